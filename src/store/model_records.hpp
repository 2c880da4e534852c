// What a model answered about conversations, what it cost, and what people asked it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"
#include "store/queue.hpp"

namespace oidor::store {

using ModelChatId = Id<struct ModelChatTag>;

/// How far an inquiry came.
enum class InquiryState {
    Waiting,   ///< It will be asked again; until then it is judged without answers.
    Answered,  ///< For good; also where no answer has a value.
    Failed,    ///< Given up.
};
/// `waiting`, `answered`, `failed`.
std::string_view format(InquiryState state);
std::optional<InquiryState> parse_inquiry_state(std::string_view text);

/// The answers to one inquiry about one conversation. `input_sha256`: of everything that decides
/// about them.
struct ModelAnswersRow {
    ConversationId conversation = {};
    Sha256 input_sha256 = {};
    InquiryState state = InquiryState::Waiting;
    std::optional<std::string> reason = {};  ///< Why it waits or failed: one word of a list.
    std::string scorecard_id = {};
    int scorecard_version = 0;
    std::string model = {};  ///< As configured.
    std::string prompt_version = {};
    std::string json = {};  ///< Canonical, compressed at rest; of answered ones.
    Timestamp updated_at = {};
    bool operator==(const ModelAnswersRow&) const = default;
};

/// What models used on one day (UTC): counts to be added, or the sum.
struct ModelSpending {
    std::int64_t calls = 0;
    std::int64_t calls_failed = 0;  ///< Of those.
    /// Of those: the endpoint did not say how many tokens; they are estimated below.
    std::int64_t calls_unpriced = 0;
    std::int64_t prompt_tokens = 0;
    std::int64_t cached_tokens = 0;  ///< Of the prompts'.
    std::int64_t completion_tokens = 0;
    std::int64_t cost_micros = 0;  ///< Millionths of a dollar.
    std::int64_t put_off = 0;      ///< Inquiries that the day's budget had no room for.
    bool operator==(const ModelSpending&) const = default;
};

/// A question that somebody asked about a conversation, and its answer.
struct ModelChatRow {
    ModelChatId id = {};
    ConversationId conversation = {};
    std::string asked_by = {};  ///< A key's name.
    std::string json = {};      ///< Question, answer and quotes; compressed at rest.
    Timestamp asked_at = {};
    bool operator==(const ModelChatRow&) const = default;
};

/// Safe to call from many threads. Writes are durable when they return. Everything here that names
/// a conversation is erased with it.
class ModelRecords {
  public:
    virtual ~ModelRecords() = default;

    /// Keeps it and queues jobs, in one transaction. Answers that are there already stay: false.
    /// NotFound: no such conversation.
    virtual Result<bool> put_answers(const ModelAnswersRow& row,
                                     const std::vector<JobSpec>& jobs) = 0;
    [[nodiscard]] virtual Result<std::optional<ModelAnswersRow>> find_answers(
        ConversationId conversation, const Sha256& input_sha256) const = 0;
    /// The newest answered inquiry about a conversation.
    [[nodiscard]] virtual Result<std::optional<ModelAnswersRow>> find_newest_answers(
        ConversationId conversation) const = 0;
    /// All answered inquiries about a conversation, newest first; one that cannot be read is left
    /// out.
    [[nodiscard]] virtual Result<std::vector<ModelAnswersRow>> list_answers(
        ConversationId conversation) const = 0;
    /// How many inquiries are in a state.
    [[nodiscard]] virtual Result<std::int64_t> count_answers(InquiryState state) const = 0;

    /// Adds to what a model used on a day (`2026-11-21`).
    virtual Result<void> add_spending(const std::string& day, const std::string& model,
                                      const ModelSpending& spending) = 0;
    /// Of all models together.
    [[nodiscard]] virtual Result<ModelSpending> sum_spending(const std::string& day) const = 0;

    /// NotFound: no such conversation.
    virtual Result<void> insert_chat(const ModelChatRow& row) = 0;
    /// The newest `limit` (1 to 500), oldest first.
    [[nodiscard]] virtual Result<std::vector<ModelChatRow>> list_chats(ConversationId conversation,
                                                                       int limit) const = 0;
};

}  // namespace oidor::store

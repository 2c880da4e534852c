// Asks a model about a conversation and believes nothing that the transcript does not show.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "domain/transcript.hpp"
#include "models/chat_model.hpp"
#include "models/question.hpp"

namespace oidor::models {

/// Raised whenever the prompt, the schema or the checks change: stored answers are not found then.
inline constexpr std::string_view kPromptVersion = "1";

/// The texts of a transcript's segments as they may leave the house: one for each, in order.
using Masking = std::function<std::vector<std::string>(const Transcript&)>;

/// How to ask.
struct AskerOptions {
    std::chrono::milliseconds timeout = 60s;
    int reply_tokens_max = 4'000;
    /// Of the segments' texts together. More is not asked about at all: half a conversation has no
    /// farewell.
    std::size_t transcript_bytes_max = std::size_t{400} << 10U;
    Masking mask = {};  ///< Empty: texts go as they are.
};

/// One question about a transcript and its answer, in words.
struct ChatTurn {
    std::string question = {};
    std::string answer = {};
};

/// An answer in words. One without a quote that stands in the transcript is null.
struct ChatReply {
    std::optional<std::string> answer = {};
    std::vector<Citation> quotes = {};
};

/// Safe to call from many threads.
class Asker {
  public:
    Asker(ChatModel& model, AskerOptions options) : model_(model), options_(std::move(options)) {}

    /// One call, and a second one where a quote does not stand in the transcript or the reply is
    /// out of form; what is still not proved has no value. A refusal, a cut reply and a transcript
    /// that is too long are answers without values. Errors: the purse's and the model's.
    Result<Answers> ask(const Transcript& transcript, const Inquiry& inquiry, Purse& purse,
                        const std::stop_token& stop = {});

    /// A question in free words. `history`: what was asked before, oldest first. Errors: Invalid
    /// (an empty or too long question), TooLarge (the transcript), the purse's and the model's.
    Result<ChatReply> chat(const Transcript& transcript, const std::vector<ChatTurn>& history,
                           const std::string& question, const std::string& language, Purse& purse,
                           const std::stop_token& stop = {});

    [[nodiscard]] std::string model_name() const { return model_.name(); }

  private:
    [[nodiscard]] std::vector<std::string> sendable(const Transcript& transcript) const;
    Result<Completion> complete(std::vector<ChatMessage> messages, json::object schema,
                                std::string_view name, Purse& purse, const std::stop_token& stop);

    ChatModel& model_;
    AskerOptions options_;
};

}  // namespace oidor::models

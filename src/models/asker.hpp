// Asks a model about a conversation and believes nothing that the transcript does not show.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/transcript.hpp"
#include "models/chat_model.hpp"
#include "models/question.hpp"

namespace oidor::models {

/// Raised whenever the prompt, the schema or the checks change: stored answers are not found then.
inline constexpr std::string_view kPromptVersion = "1";

/// How identifiers are looked for: they differ from country to country.
struct MaskingPlace {
    std::string country = {};   ///< `AR`: of the account; empty: unknown.
    std::string language = {};  ///< Of a transcript that says none.
};

/// Texts as they may leave the house.
struct Masking {
    /// Of a transcript's segments: one for each, in order. Empty: they go as they are.
    std::function<std::vector<std::string>(const Transcript&, const MaskingPlace&)> segments = {};
    /// Of what people and models wrote about it. Empty: as it is.
    std::function<std::string(std::string_view, const MaskingPlace&)> words = {};
};

/// How to ask.
struct AskerOptions {
    std::chrono::milliseconds timeout = 60s;
    int reply_tokens_max = 4'000;
    /// Of the segments' texts together. More is not asked about at all: half a conversation has no
    /// farewell.
    std::size_t transcript_bytes_max = std::size_t{400} << 10U;
    Masking mask = {};
};

/// One question about a transcript and its answer, in words.
struct ChatTurn {
    std::string question = {};
    std::string answer = {};
};

/// A question in free words.
struct ChatInquiry {
    std::vector<ChatTurn> history = {};  ///< What was asked before, oldest first.
    std::string question = {};
    MaskingPlace place = {};
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

    /// The question and all that was said before go masked as the transcript does. Errors: Invalid
    /// (an empty or too long question), TooLarge (the transcript), the purse's and the model's.
    Result<ChatReply> chat(const Transcript& transcript, const ChatInquiry& inquiry, Purse& purse,
                           const std::stop_token& stop = {});

    [[nodiscard]] std::string model_name() const { return model_.name(); }

  private:
    [[nodiscard]] std::vector<std::string> sendable(const Transcript& transcript,
                                                    const MaskingPlace& place) const;
    [[nodiscard]] std::string sendable(const std::string& words, const MaskingPlace& place) const;
    Result<Completion> complete(std::vector<ChatMessage> messages, json::object schema,
                                std::string_view name, Purse& purse, const std::stop_token& stop);

    ChatModel& model_;
    AskerOptions options_;
};

}  // namespace oidor::models

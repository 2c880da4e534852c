// Holds a reply against the transcript: what it does not show is not an answer.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "domain/transcript.hpp"
#include "models/question.hpp"

namespace oidor::models {

inline constexpr std::size_t kQuotesMax = 5;        ///< More are left out.
inline constexpr std::size_t kQuoteBytesMax = 600;  ///< A longer one is not found.
inline constexpr std::size_t kFieldBytesMax = 300;
inline constexpr std::size_t kSummaryBytesMax = 1'500;

/// What a reply is worth, and what the model may be asked to put right: a line for each fault,
/// without a word of the reply.
struct CheckedReply {
    Answers answers = {};
    std::vector<std::string> faults = {};
};

/// `reply` keeps the inquiry's schema. Never fails.
CheckedReply check_reply(const json::object& reply, const Inquiry& inquiry,
                         const Transcript& transcript);

/// What quotes are for: words that name something, or words that prove a verdict, which have to be
/// enough (is_enough_to_prove).
enum class QuoteUse { Words, Proof };

/// The quotes of an array of the schema's form that stand in the transcript, at most kQuotesMax.
/// `speaker`: whose they have to be. `state`: Verified when all do, else why the first one does
/// not.
struct CheckedQuotes {
    std::vector<Citation> quotes = {};
    AnswerState state = AnswerState::Verified;
};
CheckedQuotes check_quotes(const json::array& quotes, std::optional<Speaker> speaker,
                           const Transcript& transcript, QuoteUse use = QuoteUse::Words);

/// Takes from `second` what `first` could not prove.
Answers join_answers(Answers first, const Answers& second);

/// The first balanced object of a text, without a model's thoughts and fences around it. Invalid
/// when there is none, TooLarge when it nests too deep.
Result<json::object> extract_object(std::string_view text);

}  // namespace oidor::models

// What is asked of a model about one conversation, and what came back: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "base/result.hpp"
#include "domain/transcript.hpp"

namespace oidor::models {

/// One thing that is asked: a criterion of a scorecard.
struct Question {
    enum class Kind { YesNo, Score };
    std::string id = {};    ///< The criterion's.
    std::string text = {};  ///< In the scorecard's language.
    Kind kind = Kind::YesNo;
    Decimal min = {};  ///< Of a score; a value beyond is clamped to it.
    Decimal max = Decimal::from_int(1);
    /// Whose words prove the answer; null: anybody's.
    std::optional<Speaker> speaker = {};
};

/// Everything that is asked of one conversation, in one call.
struct Inquiry {
    std::vector<Question> questions = {};
    bool fields = false;          ///< Reason, summary, feelings, product, typification, tags.
    std::string language = "es";  ///< Of what the model writes itself.
    std::string country = {};     ///< Of the account: what its identifiers look like.
    std::string masking = {};     ///< Version of the rules that mask what is sent.
};

/// Bounds of an inquiry from outside.
inline constexpr std::size_t kQuestionsMax = 100;
inline constexpr std::size_t kQuestionBytesMax = 2'000;

/// Words of the transcript: `quote` is a byte-exact part of the segment's text.
struct Citation {
    std::size_t segment = 0;
    std::string quote = {};
    bool operator==(const Citation&) const = default;
};

/// Why an answer has no value, or that it has one.
enum class AnswerState {
    Verified,       ///< It has a value, and each quote was found in the transcript.
    NotAnswered,    ///< The model says that the conversation does not tell.
    QuoteNotFound,  ///< No quote stands in the transcript, after a second try.
    WrongSpeaker,   ///< Somebody else said what was quoted.
    NotEvidence,    ///< What was quoted speaks to the judge, or is too little to prove anything.
    OutOfSchema,    ///< The reply is not of the form that was asked for.
    Refused,        ///< The model refused, or its provider's filter did.
    Cut,            ///< The reply ends in the middle.
    TooLong,        ///< The transcript is longer than may be sent: nothing was asked.
    Failed,         ///< The endpoint refused the request for good.
};
/// `verified`, `not_answered`, …: a closed list.
std::string_view format(AnswerState state);
std::optional<AnswerState> parse_answer_state(std::string_view text);

/// The answer to one question. `value`: 1 for yes, 0 for no; only of a verified one.
struct Answer {
    std::string question = {};
    AnswerState state = AnswerState::NotAnswered;
    std::optional<Decimal> value = {};
    std::vector<Citation> quotes = {};
    bool operator==(const Answer&) const = default;
};

/// A word or sentence of the model's own, with the words that it rests on.
struct Field {
    std::string value = {};
    std::optional<Citation> quote = {};
    bool operator==(const Field&) const = default;
};

inline constexpr std::size_t kTagsMax = 5;

/// What a conversation is about. A field whose quote does not stand in the transcript is null.
struct Fields {
    std::optional<Field> reason = {};
    std::optional<Field> summary = {};
    std::optional<Field> initial_feeling = {};  ///< `positive`, `neutral`, `negative`.
    std::optional<Field> final_feeling = {};
    std::optional<Field> product = {};
    std::optional<Field> typification = {};
    /// The channel (or `null`) whose speaker is the agent, where segments do not say it.
    std::optional<int> agent_channel = {};
    std::optional<Citation> agent_quote = {};
    std::vector<Field> tags = {};
    bool operator==(const Fields&) const = default;
};

/// All answers to one inquiry. The same value has the same bytes, and so the same hash.
struct Answers {
    std::string prompt_version = {};
    std::string model = {};  ///< As the endpoint named it; empty when it was not asked.
    std::vector<Answer> answers = {};
    std::optional<Fields> fields = {};
    bool operator==(const Answers&) const = default;
};

/// Canonical JSON: what is stored, and what `answers_sha256` is over.
std::string format_answers(const Answers& answers);
/// Errors: Corrupt.
Result<Answers> parse_answers(std::string_view json_text);

/// Every question unanswered, for one reason.
Answers unanswered(const Inquiry& inquiry, AnswerState state);

/// Of what decides about answers: transcript, how it is masked, questions, prompt version, model.
/// Stored answers are found by it.
std::string inquiry_sha256(const Inquiry& inquiry, std::string_view transcript_sha256,
                           std::string_view model);

}  // namespace oidor::models

// How each kind of criterion but those of phrases is judged; for this room alone.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "audit/answers.hpp"
#include "audit/audit.hpp"
#include "audit/facts.hpp"
#include "audit/phrase_verdict.hpp"
#include "audit/reading.hpp"
#include "audit/sentiment.hpp"

namespace oidor::audit {

/// A measure's value: `duration` is the audit's, some are counted from the transcript
/// (transcript_measure_names), the rest are facts.
std::optional<Measure> find_measure(std::string_view name, const Facts& facts,
                                    const std::optional<Milliseconds>& duration,
                                    const Reading& reading);

CriterionResult judge_measure(const Criterion& criterion, const std::optional<Measure>& measure);

/// The mean over the bound speaker's words; nothing when it was never heard.
std::optional<Decimal> sentiment_level(const SentimentLexicon& lexicon, const Reading& reading,
                                       BoundSpeaker bound);

CriterionResult judge_sentiment(const Criterion& criterion, const SentimentLexicon& lexicon,
                                const Reading& reading);

/// What a model answered, as far as its quotes are in the transcript; `unknown` without them.
CriterionResult judge_question(const Criterion& criterion, Reading& reading,
                               const ModelAnswers* answers);

/// What an `only_if` rests on.
struct ConditionBasis {
    const PhraseFinding& words;
    const std::optional<Measure>& measure;
    const CriterionResult* other = nullptr;  ///< Of the criterion that it names.
};
ConditionResult judge_condition(const Condition& condition, const ConditionBasis& basis);

/// Makes a fail that is not sure an `unknown`.
void doubt(CriterionResult& result);

}  // namespace oidor::audit

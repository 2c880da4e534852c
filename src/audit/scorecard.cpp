#include "audit/scorecard.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace oidor::audit {
namespace {

constexpr std::array<ReviewFaces, 7> kReview = {{
    {ReviewReason::LowScore, "low_score", "low_score_below", true, "the rounded score is less"},
    {ReviewReason::ForbiddenPhrase, "forbidden_phrase", "forbidden_phrase", false,
     "a phrase of a `need = \"none\"` criterion was said"},
    {ReviewReason::NegativeSentiment, "negative_sentiment", "negative_sentiment_below", true,
     "the sentiment is less"},
    {ReviewReason::ShortCall, "short_call", "short_call_below_s", true,
     "it took fewer seconds; not when the duration is not known"},
    {ReviewReason::LongCall, "long_call", "long_call_above_s", true, "it took more seconds"},
    {ReviewReason::CriticalFailure, "critical_failure", "critical_failure", false,
     "a criterion of `severity = \"critical\"` failed"},
    {ReviewReason::UnknownCriterion, "unknown_criterion", "", false,
     "a criterion is `unknown`; this reason always applies"},
}};

}  // namespace

std::span<const ReviewFaces> review_table() { return kReview; }

std::string_view format(ReviewReason reason) {
    return std::ranges::find(kReview, reason, &ReviewFaces::reason)->name;
}

std::string_view format(BoundSpeaker speaker) {
    switch (speaker) {
        case BoundSpeaker::Any: return "any";
        case BoundSpeaker::Agent: return "agent";
        case BoundSpeaker::Customer: return "customer";
        case BoundSpeaker::Bot: return "bot";
    }
    return "any";
}

Result<Scorecard> get_shipped_scorecard(std::string_view id) {
    std::string known;
    for (const auto& file : shipped_scorecards()) {
        if (file.name == id) {
            return parse_scorecard(file.bytes, fmt::format("scorecards/{}.toml", id));
        }
        known += fmt::format("{}{}", known.empty() ? "" : ", ", file.name);
    }
    return fail(ErrorCode::NotFound, "scorecard `{}`: these ship: {}", id, known);
}

}  // namespace oidor::audit

#include "audit/scorecard.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace oidor::audit {
namespace {

constexpr std::array<ReviewFaces, 12> kReview = {{
    {ReviewReason::LowScore, "low_score", "low_score_below", true, "the rounded score is less"},
    {ReviewReason::ForbiddenPhrase, "forbidden_phrase", "forbidden_phrase", false,
     "a phrase of a `need = \"none\"` criterion was said"},
    {ReviewReason::NegativeSentiment, "negative_sentiment", "negative_sentiment_below", true,
     "the sentiment is less"},
    {ReviewReason::ShortCall, "short_call", "short_call_below_s", true,
     "it took fewer seconds; not when the duration is not known"},
    {ReviewReason::LongCall, "long_call", "long_call_above_s", true, "it took more seconds"},
    {ReviewReason::CriticalFailure, "critical_failure", "critical_failure", false,
     "a criterion of `severity = \"critical\"` failed; of one in a section, and of a `fatal` one, "
     "it always applies"},
    {ReviewReason::UnknownCriterion, "unknown_criterion", "", false,
     "a criterion is `unknown`; this reason always applies"},
    {ReviewReason::Suspect, "suspect", "", false,
     "words of the transcript are not believed, or are missing; this reason always applies"},
    {ReviewReason::ChannelsSwapped, "channels_swapped", "", false,
     "what is said contradicts the channel that is set as the agent's; this reason always "
     "applies"},
    {ReviewReason::ChannelsIdentical, "channels_identical", "", false,
     "both channels of the recording carry the same sound; this reason always applies"},
    {ReviewReason::ShorterThanCall, "shorter_than_call", "", false,
     "the recording is clearly shorter than the call: what nobody could hear is `unknown`, not "
     "missing; this reason always applies"},
    {ReviewReason::SilentChannel, "silent_channel", "", false,
     "one channel of the recording is without any sound; this reason always applies"},
}};

// In the order of the enumerators.
constexpr std::array<std::string_view, 6> kKinds = {"phrases", "measure", "sentiment",
                                                    "promise", "consent", "question"};
constexpr std::array<std::string_view, 4> kNeeds = {"any", "all", "none", "sequence"};
constexpr std::array<std::string_view, 5> kSpeakers = {"any", "agent", "customer", "bot", "house"};
constexpr std::array<std::string_view, 4> kSeverities = {"minor", "major", "critical", "fatal"};

}  // namespace

std::span<const ReviewFaces> review_table() { return kReview; }

std::string_view format(ReviewReason reason) {
    return std::ranges::find(kReview, reason, &ReviewFaces::reason)->name;
}

std::string_view format(BoundSpeaker speaker) {
    return kSpeakers[static_cast<std::size_t>(speaker)];
}
std::span<const std::string_view> criterion_kind_names() { return kKinds; }
std::span<const std::string_view> need_names() { return kNeeds; }
std::span<const std::string_view> bound_speaker_names() { return kSpeakers; }
std::span<const std::string_view> severity_names() { return kSeverities; }

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

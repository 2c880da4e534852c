#include "domain/timeline.hpp"

#include <array>

#include <gtest/gtest.h>

namespace oidor {
namespace {

using namespace std::chrono_literals;

Timestamp at(std::chrono::milliseconds time) { return Timestamp(1'770'000'000s + time); }

TimelinePart part(std::optional<Timestamp> start, Milliseconds duration, int channels = 1) {
    return {.started_at = start, .duration = duration, .channels = channels};
}

TEST(Timeline, follows_the_order_where_no_start_is_known) {
    const auto timeline = place_on_timeline(std::array{part({}, 10s), part({}, 5s), part({}, 1s)});
    EXPECT_FALSE(timeline.by_start_times);
    EXPECT_EQ(timeline.duration, 16s);
    EXPECT_EQ(timeline.places[1], (TimelinePlace{.offset = 10s}));
    EXPECT_EQ(timeline.places[2], (TimelinePlace{.offset = 15s}));
}

TEST(Timeline, places_by_start_times_and_says_the_gap) {
    const auto timeline = place_on_timeline(std::array{part(at(60s), 10s), part(at(0s), 40s)});
    EXPECT_TRUE(timeline.by_start_times);
    EXPECT_EQ(timeline.places[0], (TimelinePlace{.offset = 60s, .gap = 20s}));
    EXPECT_EQ(timeline.places[1], TimelinePlace());
    EXPECT_EQ(timeline.duration, 70s);
}

TEST(Timeline, sets_recordings_that_sound_at_once_beside_each_other) {
    // Each side in a file of its own; then both, transferred, in a third one.
    const auto timeline = place_on_timeline(
        std::array{part(at(0s), 30s), part(at(500ms), 29s), part(at(31s), 10s, 2)});
    EXPECT_EQ(timeline.places[1],
              (TimelinePlace{.offset = 500ms, .first_channel = 1, .overlap = 29s}));
    EXPECT_EQ(timeline.places[2], (TimelinePlace{.offset = 31s, .gap = 1s}));
    EXPECT_EQ(timeline.duration, 41s);
}

TEST(Timeline, takes_a_second_of_overlap_for_rounding) {
    const auto timeline = place_on_timeline(std::array{part(at(0s), 30500ms), part(at(29s), 10s)});
    EXPECT_EQ(timeline.places[1], (TimelinePlace{.offset = 30500ms}));
    const auto longer = place_on_timeline(std::array{part(at(0s), 31s), part(at(29s), 10s)});
    EXPECT_EQ(longer.places[1], (TimelinePlace{.offset = 29s, .first_channel = 1, .overlap = 2s}));
}

TEST(Timeline, lets_one_without_a_start_follow_the_one_before_it) {
    const auto timeline =
        place_on_timeline(std::array{part(at(0s), 30s), part({}, 10s), part(at(100s), 5s)});
    EXPECT_EQ(timeline.places[1], (TimelinePlace{.offset = 30s}));
    EXPECT_EQ(timeline.places[2], (TimelinePlace{.offset = 100s, .gap = 60s}));
}

TEST(Timeline, does_not_believe_starts_that_lie_days_apart) {
    const auto timeline = place_on_timeline(std::array{part(at(0s), 30s), part(at(25h), 10s)});
    EXPECT_FALSE(timeline.by_start_times);
    EXPECT_EQ(timeline.places[1], (TimelinePlace{.offset = 30s}));
    EXPECT_EQ(timeline.duration, 40s);
}

TEST(Timeline, of_nothing_is_empty) {
    const auto timeline = place_on_timeline({});
    EXPECT_TRUE(timeline.places.empty());
    EXPECT_EQ(timeline.duration, 0s);
    EXPECT_EQ(merge_analyses({}, timeline), AudioAnalysis());
}

TEST(Timeline, moves_a_transcripts_times_and_channels) {
    Transcript transcript;
    transcript.segments = {{.start = 1s, .end = 2s, .channel = 0, .text = "a"}, {.text = "b"}};
    transcript.segments[0].words = {{.start = 1s, .end = 2s, .text = "a"}};
    move_transcript(transcript, {.offset = 10s, .first_channel = 1});
    EXPECT_EQ(transcript.segments[0].start, 11s);
    EXPECT_EQ(transcript.segments[0].end, 12s);
    EXPECT_EQ(transcript.segments[0].channel, 1);
    EXPECT_EQ(transcript.segments[0].words[0].start, 11s);
    EXPECT_FALSE(transcript.segments[1].start);
    EXPECT_FALSE(transcript.segments[1].channel);
}

AudioAnalysis measured(Milliseconds duration, const std::vector<Intervals>& speech) {
    AudioAnalysis analysis = {.version = kAnalysisVersion, .codec = "mp3"};
    analysis.duration = duration;
    for (const auto& intervals : speech) {
        analysis.channels.push_back({.speech = intervals, .peak_dbfs = -3});
    }
    derive_measures(analysis);
    return analysis;
}

TEST(MergedAnalysis, of_one_after_the_other_adds_up) {
    auto first = measured(10s, {{{.start = 0s, .end = 4s}}, {{.start = 5s, .end = 6s}}});
    auto second = measured(20s, {{{.start = 1s, .end = 2s}}, {{.start = 1500ms, .end = 4s}}});
    first.channels[0].loudness_dbfs = -20;
    second.channels[0].loudness_dbfs = -30;
    second.warnings = {"clipped"};
    second.truncated = true;
    const std::array both = {first, second};
    const auto whole =
        merge_analyses(both, place_on_timeline(std::array{part({}, 10s, 2), part({}, 20s, 2)}));
    EXPECT_EQ(whole.duration, 30s);
    EXPECT_EQ(whole.channels[0].talk, 5s);
    EXPECT_EQ(whole.silence, first.silence + second.silence);
    EXPECT_EQ(whole.overtalk, first.overtalk + second.overtalk);
    EXPECT_EQ(whole.channels[1].speech,
              (Intervals{{.start = 5s, .end = 6s}, {.start = 11500ms, .end = 14s}}));
    // 4 s at -20 dBFS and 1 s at -30 dBFS.
    EXPECT_NEAR(*whole.channels[0].loudness_dbfs, -20.9, 0.05);
    EXPECT_EQ(whole.channels[0].peak_dbfs, -3);
    EXPECT_TRUE(whole.truncated);
    EXPECT_EQ(whole.warnings, std::vector<std::string>{"clipped"});
    EXPECT_TRUE(whole.unrecorded.empty());
}

TEST(MergedAnalysis, knows_what_was_not_recorded) {
    const std::array both = {measured(10s, {{{.start = 8s, .end = 10s}}}),
                             measured(10s, {{{.start = 0s, .end = 1s}}})};
    const auto whole =
        merge_analyses(both, place_on_timeline(std::array{part(at(0s), 10s), part(at(60s), 10s)}));
    EXPECT_EQ(whole.unrecorded, (Intervals{{.start = 10s, .end = 60s}}));
    // What was not recorded is no silence and no dead air.
    EXPECT_EQ(whole.silence, 17s);
    EXPECT_EQ(whole.longest_silence, 9s);
    EXPECT_TRUE(whole.dead_air.empty());
    EXPECT_EQ(whole.channels[0].talk + whole.channels[0].silence, 20s);
}

TEST(MergedAnalysis, of_sides_in_their_own_files_has_turns) {
    const std::array both = {measured(10s, {{{.start = 0s, .end = 3s}}}),
                             measured(10s, {{{.start = 2s, .end = 6s}}})};
    const auto whole =
        merge_analyses(both, place_on_timeline(std::array{part(at(0s), 10s), part(at(0s), 10s)}));
    ASSERT_EQ(whole.channels.size(), 2U);
    EXPECT_EQ(whole.overtalk, 1s);
    EXPECT_EQ(whole.channels[1].interruptions, 1);
    EXPECT_EQ(whole.warnings, std::vector<std::string>{"overlapping_recordings"});
}

TEST(MergedAnalysis, is_as_old_as_its_oldest_part) {
    auto old = measured(10s, {{}});
    old.version = 1;
    const std::array both = {old, measured(10s, {{}})};
    const auto timeline = place_on_timeline(std::array{part({}, 10s), part({}, 10s)});
    EXPECT_EQ(merge_analyses(both, timeline).version, 1);
}

}  // namespace
}  // namespace oidor

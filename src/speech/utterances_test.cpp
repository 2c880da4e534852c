#include "speech/utterances.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace oidor::speech {
namespace {

using namespace std::chrono_literals;
using Intervals = std::vector<SpeechInterval>;

TEST(Utterances, join_over_short_pauses_and_keep_a_margin) {
    const Intervals speech = {{1s, 2s}, {2500ms, 3s}, {5s, 6s}};
    const Intervals expected = {{800ms, 3200ms}, {4800ms, 6200ms}};
    EXPECT_EQ(plan_utterances(speech, 10s), expected);
}

TEST(Utterances, share_the_pause_between_neighbours) {
    const UtteranceRules rules = {.pause_max = 100ms};
    const Intervals speech = {{1s, 2s}, {2200ms, 3s}};
    const Intervals expected = {{800ms, 2100ms}, {2100ms, 3200ms}};
    EXPECT_EQ(plan_utterances(speech, 10s, rules), expected);
}

TEST(Utterances, stay_inside_the_recording) {
    const Intervals speech = {{100ms, 9950ms}};
    const Intervals expected = {{0ms, 10s}};
    EXPECT_EQ(plan_utterances(speech, 10s), expected);
}

TEST(Utterances, are_bounded_in_length) {
    const Intervals without_a_pause = {{0s, 50s}};
    const Intervals expected = {{0s, 20s}, {20s, 40s}, {40s, 50s}};
    EXPECT_EQ(plan_utterances(without_a_pause, 50s), expected);
    Intervals sentences;
    for (int i = 0; i < 20; ++i) {
        sentences.push_back({i * 3000ms, i * 3000ms + 2500ms});
    }
    Milliseconds last{0};
    for (const auto& interval : plan_utterances(sentences, 60s)) {
        EXPECT_GE(interval.start, last);
        EXPECT_LE(interval.end - interval.start, 20s);
        last = interval.end;
    }
    EXPECT_EQ(last, 59'700ms);
}

TEST(Utterances, of_silence_are_none) { EXPECT_TRUE(plan_utterances({}, 10s).empty()); }

/// Cuts ten seconds of counted samples, given in pieces of one size.
std::vector<std::vector<std::int16_t>> cut(const Intervals& plan, std::size_t piece,
                                           std::size_t total) {
    std::vector<std::int16_t> samples(total);
    std::iota(samples.begin(), samples.end(), std::int16_t{0});
    std::vector<std::vector<std::int16_t>> utterances;
    UtteranceCutter cutter(plan, [&](std::size_t index, std::span<const std::int16_t> part) {
        EXPECT_EQ(index, utterances.size());
        utterances.emplace_back(part.begin(), part.end());
        return Result<void>();
    });
    for (std::size_t i = 0; i < total; i += piece) {
        EXPECT_TRUE(cutter.add(std::span(samples).subspan(i, std::min(piece, total - i))));
    }
    EXPECT_TRUE(cutter.finish());
    return utterances;
}

TEST(UtteranceCutter, cuts_alike_whatever_the_pieces) {
    const Intervals plan = {{10ms, 20ms}, {20ms, 30ms}, {100ms, 200ms}};
    for (const std::size_t piece : {1U, 7U, 160U, 1600U, 16000U}) {
        const auto utterances = cut(plan, piece, 16'000);
        ASSERT_EQ(utterances.size(), 3U);
        EXPECT_EQ(utterances[0].size(), 160U);
        EXPECT_EQ(utterances[0].front(), 160);
        EXPECT_EQ(utterances[1].front(), 320);
        EXPECT_EQ(utterances[2].front(), 1600);
        EXPECT_EQ(utterances[2].back(), 3199);
    }
}

TEST(UtteranceCutter, hands_over_what_there_is_when_samples_end_early) {
    const auto utterances = cut({{10ms, 20ms}, {30ms, 40ms}}, 100, 200);
    ASSERT_EQ(utterances.size(), 1U);
    EXPECT_EQ(utterances[0].size(), 40U);
}

TEST(UtteranceCutter, passes_an_error_on) {
    const std::vector<std::int16_t> samples(1000);
    UtteranceCutter cutter({{0ms, 10ms}}, [](std::size_t, std::span<const std::int16_t>) {
        return Result<void>(fail(ErrorCode::Timeout, "late"));
    });
    EXPECT_EQ(cutter.add(samples).error().code, ErrorCode::Timeout);
}

}  // namespace
}  // namespace oidor::speech

#include "audio/analysis.hpp"

#include <gtest/gtest.h>

namespace oidor::audio {
namespace {

using namespace std::chrono_literals;
using Levels = std::vector<std::uint8_t>;

/// A level in dBFS, as the decoder writes it.
std::uint8_t level(int dbfs) { return static_cast<std::uint8_t>((dbfs + 100) * 2); }

/// `count` stretches of 20 ms at one level.
void add(Levels& levels, std::size_t count, std::uint8_t value) {
    levels.insert(levels.end(), count, value);
}

Milliseconds length_of(const Levels& levels) {
    return kLevelEvery * static_cast<std::int64_t>(levels.size());
}

TEST(FindSpeech, hears_speech_over_a_noisy_floor) {
    Levels levels;
    add(levels, 50, level(-50));
    add(levels, 50, level(-25));
    add(levels, 50, level(-50));
    const std::vector<SpeechInterval> expected = {{.start = 1s, .end = 2s}};
    EXPECT_EQ(find_speech(levels, length_of(levels)), expected);
}

TEST(FindSpeech, takes_digital_silence_as_silence) {
    EXPECT_TRUE(find_speech(Levels(500, 0), 10s).empty());
    Levels levels(500, 0);
    add(levels, 50, level(-80));  // What an encoder leaves behind.
    EXPECT_TRUE(find_speech(levels, length_of(levels)).empty());
}

TEST(FindSpeech, hears_a_channel_that_is_silent_but_for_a_sentence) {
    Levels levels(1000, 0);
    add(levels, 100, level(-20));
    const std::vector<SpeechInterval> expected = {{.start = 20s, .end = 22s}};
    EXPECT_EQ(find_speech(levels, length_of(levels)), expected);
}

TEST(FindSpeech, hears_a_channel_that_never_pauses) {
    const std::vector<SpeechInterval> expected = {{.start = 0s, .end = 10s}};
    EXPECT_EQ(find_speech(Levels(500, level(-20)), 10s), expected);
}

TEST(FindSpeech, stays_open_over_300_ms_and_not_longer) {
    for (const auto& [pause, intervals] : {std::pair(15U, 1U), std::pair(16U, 2U)}) {
        Levels levels(100, 0);
        add(levels, 20, level(-20));
        add(levels, pause, 0);
        add(levels, 20, level(-20));
        EXPECT_EQ(find_speech(levels, length_of(levels)).size(), intervals) << pause;
    }
}

TEST(FindSpeech, leaves_out_clicks) {
    Levels levels(100, 0);
    add(levels, 2, level(-10));
    add(levels, 100, 0);
    EXPECT_TRUE(find_speech(levels, length_of(levels)).empty());
    levels[102] = level(-10);
    EXPECT_EQ(find_speech(levels, length_of(levels)).size(), 1U);
}

TEST(FindSpeech, ends_with_the_recording) {
    Levels levels(100, 0);
    add(levels, 50, level(-20));
    EXPECT_EQ(find_speech(levels, 2995ms).back().end, 2995ms);
}

TEST(FindSpeech, finds_nothing_in_nothing) { EXPECT_TRUE(find_speech({}, 0ms).empty()); }

TEST(Measure, counts_overtalk_and_silence_over_all_channels) {
    Levels agent;  // Speaks from 1 to 3 s.
    add(agent, 50, 0);
    add(agent, 100, level(-20));
    add(agent, 150, 0);
    Levels customer;  // Speaks from 2 to 4 s.
    add(customer, 100, 0);
    add(customer, 100, level(-20));
    add(customer, 100, 0);
    AudioAnalysis analysis;
    measure(std::vector<Levels>{agent, customer}, 6s, analysis);
    ASSERT_EQ(analysis.channels.size(), 2U);
    EXPECT_EQ(analysis.channels[0].talk, 2s);
    EXPECT_EQ(analysis.channels[0].silence, 4s);
    EXPECT_EQ(analysis.channels[0].longest_silence, 3s);
    EXPECT_EQ(analysis.channels[1].talk, 2s);
    EXPECT_EQ(analysis.overtalk, 1s);
    EXPECT_EQ(analysis.silence, 3s);
    EXPECT_EQ(analysis.longest_silence, 2s);
    EXPECT_EQ(analysis.duration, 6s);
}

TEST(Measure, tells_one_channel_without_overtalk) {
    AudioAnalysis analysis;
    measure(std::vector<Levels>(1, Levels(100, 0)), 2s, analysis);
    EXPECT_EQ(analysis.overtalk, 0s);
    EXPECT_EQ(analysis.silence, 2s);
    EXPECT_EQ(analysis.channels[0].longest_silence, 2s);
}

}  // namespace
}  // namespace oidor::audio

#include "audio/analysis.hpp"

#include <algorithm>

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

std::vector<Stretch> stretches_of(const Levels& levels) {
    std::vector<Stretch> stretches;
    for (const auto level : levels) {
        stretches.push_back({.level = level, .peak = level});
    }
    return stretches;
}

AudioAnalysis measured(const std::vector<Levels>& channels, Milliseconds duration) {
    Heard heard;
    for (const auto& levels : channels) {
        heard.channels.push_back(stretches_of(levels));
    }
    AudioAnalysis analysis;
    measure(heard, duration, analysis);
    return analysis;
}

TEST(Measure, counts_overtalk_and_silence_over_all_channels) {
    Levels agent;  // Speaks from 1 to 3 s.
    add(agent, 50, 0);
    add(agent, 100, level(-20));
    add(agent, 150, 0);
    Levels customer;  // Speaks from 2 to 4 s.
    add(customer, 100, 0);
    add(customer, 100, level(-30));
    add(customer, 100, 0);
    const auto analysis = measured({agent, customer}, 6s);
    ASSERT_EQ(analysis.channels.size(), 2U);
    EXPECT_EQ(analysis.channels[0].talk, 2s);
    EXPECT_EQ(analysis.channels[0].silence, 4s);
    EXPECT_EQ(analysis.channels[0].longest_silence, 3s);
    EXPECT_EQ(analysis.channels[1].talk, 2s);
    EXPECT_EQ(analysis.overtalk, 1s);
    EXPECT_EQ(analysis.silence, 3s);
    EXPECT_EQ(analysis.longest_silence, 2s);
    EXPECT_EQ(analysis.duration, 6s);
    EXPECT_EQ(analysis.version, kAnalysisVersion);
    EXPECT_NEAR(*analysis.channels[0].loudness_dbfs, -20, 0.3);
    EXPECT_NEAR(*analysis.channels[1].peak_dbfs, -30, 0.3);
    EXPECT_EQ(analysis.interruptions, (std::vector{Interruption{.at = 2s, .by = 1, .of = 0}}));
    EXPECT_EQ(analysis.peaks.channels.size(), 2U);
    EXPECT_EQ(analysis.peaks.channels[0][7], 26);  // -20 dBFS: a tenth of 255.
    EXPECT_TRUE(analysis.warnings.empty());
}

TEST(Measure, tells_one_channel_without_overtalk) {
    const auto analysis = measured({Levels(100, 0)}, 2s);
    EXPECT_EQ(analysis.overtalk, 0s);
    EXPECT_EQ(analysis.silence, 2s);
    EXPECT_EQ(analysis.channels[0].longest_silence, 2s);
    EXPECT_FALSE(analysis.channels[0].loudness_dbfs);
    EXPECT_FALSE(analysis.channels[0].peak_dbfs);
}

TEST(Measure, takes_no_crosstalk_for_speech) {
    Heard heard;
    Levels agent(600, 0);
    std::fill(agent.begin() + 100, agent.begin() + 300, level(-20));
    Levels customer(600, level(-75));  // The room: what is heard over it is speech.
    std::fill(customer.begin() + 100, customer.begin() + 300, level(-40));
    std::fill(customer.begin() + 400, customer.begin() + 500, level(-25));
    heard.channels = {stretches_of(agent), stretches_of(customer)};
    heard.likeness.assign(600, 190);
    AudioAnalysis analysis;
    measure(heard, 12s, analysis);
    EXPECT_EQ(analysis.channels[1].speech, (Intervals{{.start = 8s, .end = 10s}}));
    EXPECT_EQ(analysis.overtalk, 0s);
    // As quiet, but another voice.
    heard.likeness.assign(600, 40);
    measure(heard, 12s, analysis);
    EXPECT_EQ(analysis.channels[1].speech.size(), 2U);
    EXPECT_EQ(analysis.overtalk, 4s);
}

TEST(Measure, leaves_pauses_between_words_out_of_loudness) {
    Levels levels;
    for (int i = 0; i < 20; ++i) {
        add(levels, 10, level(-20));
        add(levels, 10, level(-45));
    }
    EXPECT_NEAR(*measured({levels}, length_of(levels)).channels[0].loudness_dbfs, -20, 0.3);
}

TEST(Measure, takes_no_music_and_no_tone_for_speech) {
    Heard heard;
    heard.channels = {stretches_of(Levels(1000, 0))};
    for (std::size_t i = 250; i < 750; ++i) {
        auto& stretch = heard.channels[0][i];
        stretch = {.level = level(-20),
                   .peak = level(-10),
                   .timbre = {.steady = 180, .pitch = static_cast<std::uint8_t>(20 + i / 50)}};
    }
    for (std::size_t i = 900; i < 950; ++i) {
        heard.channels[0][i] = {.level = level(-20), .peak = level(-10)};
    }
    AudioAnalysis analysis;
    measure(heard, 20s, analysis);
    ASSERT_EQ(analysis.channels[0].music.size(), 1U);
    EXPECT_EQ(analysis.channels[0].speech, (Intervals{{.start = 18s, .end = 19s}}));
    EXPECT_EQ(analysis.channels[0].talk, 1s);
    EXPECT_EQ(analysis.warnings, std::vector<std::string>{"mostly_music"});
}

TEST(Measure, warns_of_what_makes_a_recording_useless) {
    const Levels speech(600, level(-20));
    const auto silent = measured({speech, Levels(600, 0)}, 12s);
    EXPECT_EQ(silent.warnings, std::vector<std::string>{"silent_channel"});
    const auto quiet = measured({Levels(600, level(-50))}, 12s);
    // Its own floor: nobody speaks.
    EXPECT_EQ(quiet.warnings, std::vector<std::string>{"dead_air"});
    Levels soft(600, level(-70));
    std::fill(soft.begin() + 100, soft.begin() + 500, level(-48));
    EXPECT_EQ(measured({soft}, 12s).warnings, std::vector<std::string>{"too_quiet"});
    const auto dead = measured({Levels(1000, 0)}, 20s);
    EXPECT_EQ(dead.warnings, std::vector<std::string>{"dead_air"});
    EXPECT_EQ(dead.dead_air, (Intervals{{.start = 0s, .end = 20s}}));
    Heard heard;
    heard.channels = {stretches_of(speech), stretches_of(speech)};
    for (std::size_t i = 0; i < 60; ++i) {
        heard.channels[0][i * 10].clipped = true;
    }
    heard.likeness.assign(600, 200);
    AudioAnalysis analysis;
    measure(heard, 12s, analysis);
    EXPECT_TRUE(analysis.identical_channels);
    EXPECT_EQ(analysis.overtalk, 0s);
    EXPECT_NEAR(analysis.channels[0].clipping_ratio, 0.1, 0.001);
    EXPECT_EQ(analysis.warnings, (std::vector<std::string>{"identical_channels", "clipped"}));
    EXPECT_EQ(analysis.channels[0].copy_of, std::nullopt);
    EXPECT_EQ(analysis.channels[1].copy_of, 0);
}

TEST(Measure, of_several_channels_only_copies_are_copies) {
    // 0 and 2 are one; 1 speaks when they do not.
    Levels first(600, level(-70));
    std::fill(first.begin(), first.begin() + 300, level(-20));
    Levels second(600, level(-70));
    std::fill(second.begin() + 300, second.end(), level(-22));
    Heard heard;
    heard.channels = {stretches_of(first), stretches_of(second), stretches_of(first)};
    for (std::size_t row = 0; row < 600; ++row) {
        heard.likeness.insert(heard.likeness.end(), {0, 200, 0});  // (0, 1), (0, 2), (1, 2)
    }
    AudioAnalysis analysis;
    measure(heard, 12s, analysis);
    EXPECT_TRUE(analysis.identical_channels);
    EXPECT_EQ(analysis.channels[0].copy_of, std::nullopt);
    EXPECT_EQ(analysis.channels[1].copy_of, std::nullopt);
    EXPECT_EQ(analysis.channels[2].copy_of, 0);
}

}  // namespace
}  // namespace oidor::audio

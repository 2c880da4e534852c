#include "audio/signal/timbre_meter.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "audio/signal/test_signals.hpp"

namespace oidor::audio {
namespace {

/// In pieces of any size, as frames come.
std::vector<Timbre> measure_all(const Signal& signal, std::size_t piece = 1000) {
    TimbreMeter meter;
    std::vector<Timbre> timbres;
    for (std::size_t i = 0; i < signal.size(); i += piece) {
        meter.add(std::span(signal).subspan(i, std::min(piece, signal.size() - i)), timbres);
    }
    meter.finish(timbres);
    return timbres;
}

double mean_steadiness(const std::vector<Timbre>& timbres) {
    double sum = 0;
    for (const auto& timbre : timbres) {
        sum += timbre.steady / 255.0;
    }
    return sum / static_cast<double>(timbres.size());
}

TEST(TimbreMeter, gives_a_timbre_for_every_20_ms) {
    EXPECT_EQ(measure_all(silence(2)).size(), 100U);
    EXPECT_EQ(measure_all(silence(2.01)).size(), 101U);
    EXPECT_EQ(measure_all(silence(0.001)).size(), 1U);
    EXPECT_TRUE(measure_all({}).empty());
}

TEST(TimbreMeter, hears_the_same_however_the_samples_come) {
    const auto signal = voice(1);
    const auto one = measure_all(signal, 160);
    const auto other = measure_all(signal, 333);
    ASSERT_EQ(one.size(), other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_EQ(one[i].steady, other[i].steady);
        EXPECT_EQ(one[i].pitch, other[i].pitch);
    }
}

TEST(TimbreMeter, knows_a_tone_by_its_pitch_once_it_has_stayed) {
    auto signal = silence(2);
    add_sine(signal, 425, 0.2, 0.5, 1);
    const auto timbres = measure_all(signal);
    EXPECT_EQ(timbres[10].steady, 0);
    EXPECT_TRUE(timbres[50].simple);
    EXPECT_EQ(timbres[50].pitch, 27);  // 425 Hz of 15.6 each.
    EXPECT_GT(timbres[60].steady, 240);
    EXPECT_EQ(timbres[90].steady, 0);
}

TEST(TimbreMeter, finds_chords_steady_and_voices_not) {
    auto chords = silence(4);
    for (const double hz : {262.0, 330.0, 392.0, 523.0}) {
        add_sine(chords, hz, 0.1, 0, 2);
        add_sine(chords, hz * 1.125, 0.1, 2, 2);
    }
    EXPECT_GT(mean_steadiness(measure_all(chords)), 0.7);
    EXPECT_FALSE(measure_all(chords)[80].simple);
    for (const double pitch : {90.0, 130.0, 220.0}) {
        EXPECT_LT(mean_steadiness(measure_all(voice(4, pitch))), 0.1) << pitch;
    }
    auto noise = silence(2);
    Noise().add(noise, 0.3F);
    EXPECT_LT(mean_steadiness(measure_all(noise)), 0.05);
}

TEST(TimbreMeter, marks_a_key_that_is_held) {
    auto signal = silence(1);
    add_sine(signal, 770, 0.2, 0.5, 0.1);
    add_sine(signal, 1336, 0.2, 0.5, 0.1);
    const auto timbres = measure_all(signal);
    const auto marked = std::ranges::count_if(timbres, [](const Timbre& one) { return one.key; });
    EXPECT_GE(marked, 3);
    EXPECT_LE(marked, 5);
    EXPECT_TRUE(timbres[27].key);
    EXPECT_FALSE(timbres[24].key);
}

TEST(TimbreMeter, stands_samples_that_are_no_numbers) {
    auto signal = voice(0.5);
    signal[100] = NAN;
    signal[2000] = INFINITY;
    signal[3000] = 1e30F;
    EXPECT_EQ(measure_all(signal).size(), 25U);
}

}  // namespace
}  // namespace oidor::audio

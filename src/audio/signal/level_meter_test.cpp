#include "audio/signal/level_meter.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "audio/signal/packing.hpp"
#include "audio/signal/test_signals.hpp"

namespace oidor::audio {
namespace {

std::vector<Stretch> levels_of(const Signal& signal, int rate_hz = 8000, std::size_t piece = 777) {
    LevelMeter meter(rate_hz);
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < signal.size(); i += piece) {
        meter.add(std::span(signal).subspan(i, std::min(piece, signal.size() - i)), stretches);
    }
    meter.finish(stretches);
    return stretches;
}

TEST(LevelMeter, measures_power_and_peak) {
    auto signal = silence(1);
    add_sine(signal, 400, 0.1);
    const auto stretches = levels_of(signal);
    ASSERT_EQ(stretches.size(), 50U);
    EXPECT_NEAR(stretches[20].level, level_of(-23), 1);  // A sine is 3 dB below its peak.
    EXPECT_NEAR(stretches[20].peak, level_of(-20), 1);
    EXPECT_FALSE(stretches[20].clipped);
}

TEST(LevelMeter, takes_an_offset_for_silence) {
    const auto stretches = levels_of(Signal(8000, 0.3F));
    EXPECT_EQ(stretches[10].level, 0);
    EXPECT_NEAR(stretches[10].peak, level_of(-10), 2);
}

TEST(LevelMeter, has_one_for_every_20_ms_at_any_rate) {
    for (const int rate : {4000, 8000, 11'025, 22'050, 44'100, 48'000}) {
        EXPECT_EQ(levels_of(silence(3, rate), rate).size(), 150U) << rate;
        EXPECT_EQ(levels_of(silence(3.005, rate), rate).size(), 151U) << rate;
    }
    EXPECT_EQ(levels_of(Signal(1)).size(), 1U);
    EXPECT_TRUE(levels_of({}).empty());
}

bool clips(double amplitude, int rate_hz) {
    auto signal = silence(1, rate_hz);
    add_sine(signal, 200, amplitude, 0, 1, rate_hz);
    for (auto& sample : signal) {
        sample = std::clamp(sample, -1.0F, 1.0F);
    }
    const auto stretches = levels_of(signal, rate_hz);
    return std::ranges::count_if(stretches, [](const Stretch& one) { return one.clipped; }) > 45;
}

TEST(LevelMeter, finds_what_sticks_to_full_scale) {
    for (const int rate : {8000, 16'000, 48'000}) {
        EXPECT_TRUE(clips(2, rate)) << rate;
        EXPECT_FALSE(clips(0.93, rate)) << rate;
    }
}

TEST(LevelMeter, takes_single_loud_samples_for_none) {
    auto signal = silence(1);
    for (std::size_t i = 0; i < signal.size(); ++i) {
        signal[i] = i % 4 < 2 ? 1.0F : -1.0F;
    }
    const auto stretches = levels_of(signal);
    EXPECT_FALSE(std::ranges::any_of(stretches, &Stretch::clipped));
}

TEST(LevelMeter, stands_samples_that_are_no_numbers) {
    auto signal = silence(0.1);
    signal[3] = NAN;
    signal[300] = INFINITY;
    EXPECT_EQ(levels_of(signal).size(), 5U);
}

TEST(Packing, gives_back_what_it_took) {
    const Stretch stretch = {.level = 123,
                             .peak = 199,
                             .clipped = true,
                             .timbre = {.key = true, .simple = true, .steady = 77, .pitch = 255}};
    const auto bytes = pack_stretch(stretch);
    const auto read = unpack_stretch(reinterpret_cast<const char*>(bytes.data()));
    EXPECT_EQ(read.level, 123);
    EXPECT_EQ(read.peak, 199);
    EXPECT_TRUE(read.clipped && read.timbre.key && read.timbre.simple);
    EXPECT_EQ(read.timbre.steady, 77);
    EXPECT_EQ(read.timbre.pitch, 255);
    EXPECT_EQ(unpack_stretch("\xFF\xFF\xFF\xFF\xFF").level, kLevelMax);
}

}  // namespace
}  // namespace oidor::audio

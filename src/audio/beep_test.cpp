#include "audio/beep.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace oidor::audio {
namespace {

using namespace std::chrono_literals;

constexpr WaveFormat kStereo{.rate_hz = 8000, .channels = 2};
constexpr std::int16_t kVoice = 12'345;

/// A second of two channels, given in pieces.
std::vector<std::int16_t> beeped(std::vector<SpeechInterval> stretches, std::size_t piece) {
    std::vector<std::int16_t> samples(16'000, kVoice);
    Beeper beeper(std::move(stretches));
    for (std::size_t at = 0; at < samples.size(); at += piece) {
        beeper.apply(kStereo, std::span(samples).subspan(at, std::min(piece, samples.size() - at)));
    }
    return samples;
}

TEST(Beep, nothing_of_the_voice_is_left_on_either_channel) {
    const auto samples = beeped({{100ms, 200ms}, {500ms, 2000ms}}, 320);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto at = Milliseconds(i / 2 * 1000 / 8000);
        const bool hidden = (at >= 100ms && at < 200ms) || at >= 500ms;
        EXPECT_EQ(samples[i] == kVoice, !hidden) << i;
    }
}

TEST(Beep, does_not_depend_on_how_the_stream_is_cut) {
    const std::vector<SpeechInterval> stretches = {{1ms, 3ms}, {400ms, 401ms}};
    EXPECT_EQ(beeped(stretches, 2), beeped(stretches, 16'000));
}

TEST(Beep, the_tone_is_one_kilohertz) {
    const auto samples = beeped({{0ms, 1000ms}}, 16'000);
    int crossings = 0;
    for (std::size_t i = 2; i < samples.size(); i += 2) {
        crossings += samples[i - 2] < 0 && samples[i] >= 0 ? 1 : 0;
    }
    EXPECT_NEAR(crossings, 1000, 1);
}

TEST(Beep, the_head_tells_what_follows) {
    const auto head = wave_head(kStereo, 32'000);
    ASSERT_EQ(head.size(), kWaveHeadSize);
    const auto number = [&head](std::size_t at, int size_bytes) {
        std::uint64_t value = 0;
        for (int i = size_bytes; i-- > 0;) {
            value =
                value << 8U | static_cast<unsigned char>(head[at + static_cast<std::size_t>(i)]);
        }
        return value;
    };
    EXPECT_EQ(head.substr(0, 4) + head.substr(8, 8) + head.substr(36, 4), "RIFFWAVEfmt data");
    EXPECT_EQ(number(4, 4), 32'036U);
    EXPECT_EQ(number(22, 2), 2U);
    EXPECT_EQ(number(24, 4), 8000U);
    EXPECT_EQ(number(28, 4), 32'000U);
    EXPECT_EQ(number(32, 2), 4U);
    EXPECT_EQ(number(40, 4), 32'000U);
}

}  // namespace
}  // namespace oidor::audio

#include "audio/signal/likeness.hpp"

#include <gtest/gtest.h>

#include "audio/signal/test_signals.hpp"

namespace oidor::audio {
namespace {

std::vector<std::uint8_t> likeness_of(const std::vector<Signal>& channels, std::size_t piece) {
    LikenessMeter meter(channels.size());
    std::vector<std::uint8_t> rows;
    for (std::size_t i = 0; i < channels.front().size(); i += piece) {
        std::vector<std::span<const float>> parts;
        for (const auto& channel : channels) {
            parts.push_back(std::span(channel).subspan(i, std::min(piece, channel.size() - i)));
        }
        meter.add(parts, rows);
    }
    return rows;
}

Signal scaled(Signal signal, float gain) {
    for (auto& sample : signal) {
        sample *= gain;
    }
    return signal;
}

TEST(LikenessMeter, is_whole_for_the_same_sound_at_any_gain_and_sign) {
    const auto one = voice(1);
    const auto rows = likeness_of({one, scaled(one, 0.5F), scaled(one, -2)}, 333);
    ASSERT_EQ(rows.size(), 3 * 50U);
    EXPECT_GE(rows[3 * 20], 199);
    EXPECT_GE(rows[3 * 20 + 1], 199);
    EXPECT_GE(rows[3 * 20 + 2], 199);
}

TEST(LikenessMeter, is_little_for_two_voices_and_none_for_silence) {
    const auto rows = likeness_of({voice(1, 110), voice(1, 190), silence(1)}, 160);
    int sum = 0;
    for (std::size_t i = 0; i < 50; ++i) {
        sum += rows[3 * i];
        EXPECT_EQ(rows[3 * i + 1], 0);
    }
    EXPECT_LT(sum / 50, 80);
}

TEST(LikenessMeter, has_no_pairs_in_one_channel) {
    EXPECT_EQ(count_pairs(1), 0U);
    EXPECT_EQ(count_pairs(8), 28U);
    EXPECT_TRUE(likeness_of({voice(1)}, 160).empty());
}

TEST(LikenessMeter, stands_samples_that_are_no_numbers) {
    auto one = voice(0.1);
    auto other = one;
    one[3] = NAN;
    other[200] = INFINITY;
    EXPECT_EQ(likeness_of({one, other}, 160).size(), 5U);
}

}  // namespace
}  // namespace oidor::audio

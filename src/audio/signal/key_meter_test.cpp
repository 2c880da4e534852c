#include "audio/signal/key_meter.hpp"

#include <gtest/gtest.h>

#include "audio/signal/test_signals.hpp"

namespace oidor::audio {
namespace {

constexpr double kRows[] = {697, 770, 852, 941};
constexpr double kColumns[] = {1209, 1336, 1477, 1633};

std::optional<int> key_in(const Signal& signal) {
    return find_key(std::span(signal).first<kKeyWindow>());
}

Signal two_tones(double low_hz, double high_hz, double low = 0.2, double high = 0.2) {
    auto signal = silence(0.03);
    add_sine(signal, low_hz, low);
    add_sine(signal, high_hz, high);
    return signal;
}

TEST(FindKey, tells_the_sixteen_keys_apart) {
    for (int row = 0; row < 4; ++row) {
        for (int column = 0; column < 4; ++column) {
            EXPECT_EQ(key_in(two_tones(kRows[row], kColumns[column])), row * 4 + column);
        }
    }
}

TEST(FindKey, takes_what_lines_do_to_a_tone) {
    for (const double off : {0.985, 1.015}) {
        EXPECT_EQ(key_in(two_tones(770 * off, 1336 * off)), 5) << off;
    }
    EXPECT_EQ(key_in(two_tones(770, 1336, 0.2, 0.08)), 5);
    EXPECT_EQ(key_in(two_tones(770, 1336, 0.1, 0.2)), 5);
    auto noisy = two_tones(770, 1336);
    Noise().add(noisy, 0.1F);
    EXPECT_EQ(key_in(noisy), 5);
}

TEST(FindKey, finds_none_where_there_is_none) {
    EXPECT_EQ(key_in(silence(0.03)), std::nullopt);
    EXPECT_EQ(key_in(two_tones(770, 1336, 0.002, 0.002)), std::nullopt) << "too quiet";
    EXPECT_EQ(key_in(two_tones(770, 1336, 0.2, 0.02)), std::nullopt) << "too far apart";
    EXPECT_EQ(key_in(two_tones(770, 941)), std::nullopt) << "two of one group";
    EXPECT_EQ(key_in(two_tones(425, 425)), std::nullopt) << "ringing";
    EXPECT_EQ(key_in(two_tones(480, 620)), std::nullopt) << "busy";
    auto noise = silence(0.03);
    Noise().add(noise, 0.5F);
    EXPECT_EQ(key_in(noise), std::nullopt);
}

TEST(FindKey, takes_no_voice_for_a_key) {
    // A vowel on 167 Hz has overtones near 852 and 1336 Hz, and others beside them.
    auto vowel = silence(0.03);
    for (int overtone = 1; overtone <= 20; ++overtone) {
        add_sine(vowel, 167 * overtone, 0.1 / overtone);
    }
    EXPECT_EQ(key_in(vowel), std::nullopt);
    // Two tones with overtones of their own.
    auto rich = two_tones(770, 1336);
    add_sine(rich, 1540, 0.12);
    EXPECT_EQ(key_in(rich), std::nullopt);
}

TEST(FindKey, stands_samples_that_are_no_numbers) {
    auto signal = two_tones(770, 1336);
    signal[7] = NAN;
    EXPECT_EQ(key_in(signal), std::nullopt);
    signal[7] = INFINITY;
    EXPECT_EQ(key_in(signal), std::nullopt);
}

}  // namespace
}  // namespace oidor::audio

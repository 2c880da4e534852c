#include "audio/identical.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace oidor::audio {
namespace {

using Stretches = std::vector<Stretch>;

/// Talk and pauses of 2 s in turn, levels moving as in speech.
Stretches talk(std::size_t seconds, std::size_t phase, int gain_db = 0) {
    Stretches stretches;
    for (std::size_t i = 0; i < seconds * 50; ++i) {
        const bool on = (i / 100 + phase) % 2 == 0;
        const int wave = static_cast<int>(i * 37 % 23);
        stretches.push_back(
            {.level = static_cast<Level>(on ? level_of(-30 + gain_db) + wave : 40)});
    }
    return stretches;
}

std::vector<std::uint8_t> alike(const Stretches& stretches, int value) {
    return std::vector<std::uint8_t>(stretches.size(), static_cast<std::uint8_t>(value));
}

TEST(Identical, are_channels_that_correlate_at_one_gain) {
    const auto one = talk(20, 0);
    EXPECT_TRUE(are_identical(one, one, alike(one, 200)));
    EXPECT_TRUE(are_identical(one, talk(20, 0, -5), alike(one, 195)));
}

TEST(Identical, are_channels_whose_levels_move_as_one) {
    // Delayed: samples have nothing in common.
    const auto one = talk(20, 0);
    Stretches later(3);
    later.insert(later.end(), one.begin(), one.end() - 3);
    EXPECT_TRUE(are_identical(one, later, alike(one, 20)));
}

TEST(Identical, are_not_two_who_speak_in_turn) {
    EXPECT_FALSE(are_identical(talk(20, 0), talk(20, 1), alike(talk(20, 0), 20)));
}

TEST(Identical, is_no_echo) {
    // Each side hears the other 20 dB quieter: samples correlate everywhere.
    auto first = talk(20, 0);
    auto second = talk(20, 1);
    for (std::size_t i = 0; i < first.size(); ++i) {
        auto& quiet = first[i].level < second[i].level ? first[i] : second[i];
        const auto& loud = first[i].level < second[i].level ? second[i] : first[i];
        quiet.level = static_cast<Level>(loud.level - 40);
    }
    EXPECT_FALSE(are_identical(first, second, alike(first, 200)));
    // Nor of one who speaks alone.
    EXPECT_FALSE(are_identical(talk(20, 0), talk(20, 0, -12), alike(first, 200)));
}

TEST(Identical, is_not_decided_by_a_word) {
    const Stretches word(40, Stretch{.level = level_of(-20)});
    EXPECT_FALSE(are_identical(word, word, alike(word, 200)));
    EXPECT_FALSE(are_identical({}, {}, {}));
    const Stretches quiet(4000, Stretch{.level = level_of(-70)});
    EXPECT_FALSE(are_identical(quiet, quiet, alike(quiet, 200)));
}

TEST(Identical, takes_rows_that_are_missing_for_unlike) {
    const Stretches one(200, Stretch{.level = level_of(-20)});
    EXPECT_FALSE(are_identical(one, one, {}));
    EXPECT_TRUE(are_identical(one, one, alike(one, 200)));
}

}  // namespace
}  // namespace oidor::audio

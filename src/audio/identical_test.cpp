#include "audio/identical.hpp"

#include <algorithm>
#include <chrono>
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

bool are_identical(const Stretches& first, const Stretches& second,
                   const std::vector<std::uint8_t>& likeness) {
    return compare_channels(first, second, likeness).identical;
}

SpeechInterval from_to(std::int64_t start_s, std::int64_t end_s) {
    return {.start = std::chrono::seconds(start_s), .end = std::chrono::seconds(end_s)};
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

TEST(Identical, is_not_decided_by_music_that_both_sides_hear) {
    // 300 s of the bridge's music on both legs, then 20 s of talk in turn.
    Stretches first(15'000, Stretch{.level = level_of(-25)});
    auto second = first;
    auto likeness = alike(first, 200);
    const auto one = talk(20, 0);
    const auto other = talk(20, 1);
    first.insert(first.end(), one.begin(), one.end());
    second.insert(second.end(), other.begin(), other.end());
    likeness.resize(first.size(), 20);
    EXPECT_TRUE(are_identical(first, second, likeness)) << "all of it counted alike";
    const std::vector<SpeechInterval> played = {from_to(0, 300)};
    EXPECT_FALSE(compare_channels(first, second, likeness, played).identical);
    // Where there is nothing else it decides.
    first.resize(15'000);
    second.resize(15'000);
    EXPECT_TRUE(compare_channels(first, second, likeness, played).identical);
}

TEST(Identical, tells_where_one_has_a_second_of_its_own) {
    const auto one = talk(60, 0);
    EXPECT_FALSE(compare_channels(one, one, alike(one, 200)).differs);
    // By samples: something is said on the one alone, over what both carry.
    auto likeness = alike(one, 200);
    std::fill(likeness.begin() + 200, likeness.begin() + 250, std::uint8_t{100});
    const auto by_samples = compare_channels(one, one, likeness);
    EXPECT_TRUE(by_samples.identical);
    EXPECT_TRUE(by_samples.differs);
    // By levels, with a delay between: in a pause of both, the one alone speaks.
    const auto whole = talk(600, 0);
    Stretches later(3);
    later.insert(later.end(), whole.begin(), whole.end() - 3);
    EXPECT_FALSE(compare_channels(whole, later, alike(whole, 20)).differs);
    std::fill(later.begin() + 120, later.begin() + 170, Stretch{.level = level_of(-35)});
    const auto by_levels = compare_channels(whole, later, alike(whole, 20));
    EXPECT_TRUE(by_levels.identical);
    EXPECT_TRUE(by_levels.differs);
}

TEST(Identical, takes_rows_that_are_missing_for_unlike) {
    const Stretches one(200, Stretch{.level = level_of(-20)});
    EXPECT_FALSE(are_identical(one, one, {}));
    EXPECT_TRUE(are_identical(one, one, alike(one, 200)));
}

}  // namespace
}  // namespace oidor::audio

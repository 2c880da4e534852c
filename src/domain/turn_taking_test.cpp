#include "domain/turn_taking.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace oidor {
namespace {

using namespace std::chrono_literals;

TurnTaking taking(const std::vector<Intervals>& channels, const Intervals& breaks = {}) {
    std::vector<std::span<const SpeechInterval>> lists(channels.begin(), channels.end());
    return find_turn_taking(lists, breaks);
}

TEST(TurnTaking, times_each_answer_from_the_end_of_the_turn_before) {
    const auto found = taking({{{.start = 0s, .end = 2s}, {.start = 6s, .end = 7s}},
                               {{.start = 3s, .end = 5s}, {.start = 9s, .end = 10s}}});
    EXPECT_EQ(found.channels[0].responses, (ResponseTimes{.count = 1, .mean = 1s, .longest = 1s}));
    EXPECT_EQ(found.channels[1].responses,
              (ResponseTimes{.count = 2, .mean = 1500ms, .longest = 2s}));
    EXPECT_TRUE(found.interruptions.empty());
}

TEST(TurnTaking, goes_on_over_a_speakers_own_pauses) {
    const auto found = taking(
        {{{.start = 0s, .end = 2s}, {.start = 4s, .end = 6s}}, {{.start = 6500ms, .end = 8s}}});
    EXPECT_EQ(found.channels[1].responses,
              (ResponseTimes{.count = 1, .mean = 500ms, .longest = 500ms}));
    EXPECT_EQ(found.channels[0].responses.count, 0);
}

TEST(TurnTaking, leaves_the_turn_with_whoever_speaks_on) {
    // "Ajá" while the other speaks.
    const auto found = taking({{{.start = 0s, .end = 5s}}, {{.start = 2s, .end = 2400ms}}});
    EXPECT_TRUE(found.interruptions.empty());
    EXPECT_EQ(found.channels[1].responses.count, 0);
}

TEST(TurnTaking, says_who_cut_whom_off) {
    const auto found = taking({{{.start = 0s, .end = 3s}}, {{.start = 2s, .end = 5s}}});
    EXPECT_EQ(found.interruptions, (std::vector{Interruption{.at = 2s, .by = 1, .of = 0}}));
    EXPECT_EQ(found.channels[1].interruptions, 1);
    EXPECT_EQ(found.channels[0].interruptions, 0);
    EXPECT_EQ(found.channels[1].responses, (ResponseTimes{.count = 1}));
}

TEST(TurnTaking, takes_no_short_overlap_for_an_interruption) {
    const std::vector<Intervals> first = {{{.start = 0s, .end = 3s}}};
    for (const auto& second : {SpeechInterval{.start = 2800ms, .end = 5s},    // both for 200 ms
                               SpeechInterval{.start = 2s, .end = 3400ms},    // goes on for 400 ms
                               SpeechInterval{.start = 400ms, .end = 4s}}) {  // after 400 ms
        EXPECT_TRUE(taking({first[0], {second}}).interruptions.empty()) << second.start.count();
    }
}

TEST(TurnTaking, counts_no_answer_across_a_break) {
    const Intervals music = {{.start = 3s, .end = 20s}};
    const auto found = taking({{{.start = 0s, .end = 2s}}, {{.start = 21s, .end = 22s}}}, music);
    EXPECT_EQ(found.channels[1].responses.count, 0);
}

TEST(TurnTaking, lists_so_many_and_counts_all) {
    std::vector<Intervals> channels(2);
    constexpr std::size_t kTimes = kInterruptionsMax + 5;
    for (std::size_t i = 0; i <= kTimes; ++i) {
        const auto start = Milliseconds(1000) * static_cast<std::int64_t>(i);
        channels[i % 2].push_back({.start = start, .end = start + 1600ms});
    }
    const auto found = taking(channels);
    EXPECT_EQ(found.interruptions.size(), kInterruptionsMax);
    EXPECT_EQ(found.channels[0].interruptions + found.channels[1].interruptions,
              static_cast<std::int64_t>(kTimes));
}

TEST(TurnTaking, of_one_channel_or_none_is_nothing) {
    EXPECT_TRUE(taking({}).channels.empty());
    const auto one = taking({{{.start = 0s, .end = 2s}, {.start = 3s, .end = 4s}}});
    EXPECT_EQ(one.channels[0].responses.count, 0);
    EXPECT_TRUE(one.interruptions.empty());
}

}  // namespace
}  // namespace oidor

#include "domain/intervals.hpp"

#include <array>

#include <gtest/gtest.h>

namespace oidor {
namespace {

using namespace std::chrono_literals;

const Intervals kTwo = {{.start = 1s, .end = 3s}, {.start = 5s, .end = 6s}};

TEST(Intervals, add_up_and_leave_gaps) {
    EXPECT_EQ(total_time(kTwo), 3s);
    EXPECT_EQ(longest_gap(kTwo, 10s), 4s);
    const Intervals gaps = {
        {.start = 0s, .end = 1s}, {.start = 3s, .end = 5s}, {.start = 6s, .end = 10s}};
    EXPECT_EQ(gaps_of(kTwo, 10s), gaps);
    EXPECT_EQ(gaps_of({}, 4s), (Intervals{{.start = 0s, .end = 4s}}));
    EXPECT_TRUE(gaps_of(Intervals{{.start = 0s, .end = 9s}}, 4s).empty());
    EXPECT_EQ(longest_gap({}, 0s), 0s);
}

TEST(Intervals, unite_in_order_without_touching) {
    const Intervals any = {{.start = 5s, .end = 6s},
                           {.start = 1s, .end = 2s},
                           {.start = 2s, .end = 3s},
                           {.start = 1500ms, .end = 1700ms},
                           {.start = 9s, .end = 9s}};
    EXPECT_EQ(unite(any), kTwo);
}

TEST(Intervals, are_cut_by_others) {
    const Intervals without = {{.start = 0s, .end = 1500ms},
                               {.start = 2s, .end = 2200ms},
                               {.start = 2800ms, .end = 5500ms}};
    const Intervals left = {{.start = 1500ms, .end = 2s},
                            {.start = 2200ms, .end = 2800ms},
                            {.start = 5500ms, .end = 6s}};
    EXPECT_EQ(subtract(kTwo, without), left);
    EXPECT_EQ(subtract(kTwo, {}), kTwo);
    EXPECT_TRUE(subtract(kTwo, Intervals{{.start = 0s, .end = 7s}}).empty());
}

TEST(Intervals, are_counted_at_once) {
    const Intervals other = {{.start = 2s, .end = 5500ms}};
    const std::array<std::span<const SpeechInterval>, 2> lists = {kTwo, other};
    EXPECT_EQ(at_once(lists, 2),
              (Intervals{{.start = 2s, .end = 3s}, {.start = 5s, .end = 5500ms}}));
    EXPECT_EQ(at_once(lists, 1), (Intervals{{.start = 1s, .end = 6s}}));
    EXPECT_TRUE(at_once(lists, 3).empty());
}

TEST(Intervals, reach_into_a_stretch_or_not) {
    EXPECT_TRUE(reaches_into(kTwo, 2s, 4s));
    EXPECT_TRUE(reaches_into(kTwo, 0s, 9s));
    EXPECT_FALSE(reaches_into(kTwo, 3s, 5s));
    EXPECT_FALSE(reaches_into(kTwo, 6s, 9s));
    EXPECT_FALSE(reaches_into({}, 0s, 9s));
}

}  // namespace
}  // namespace oidor

#include "base/time_zone.hpp"

#include <gtest/gtest.h>

namespace oidor {
namespace {

using namespace std::chrono_literals;

std::chrono::local_seconds local(std::string_view text) {
    return std::chrono::local_seconds(std::chrono::floor<std::chrono::seconds>(
        parse_rfc3339(std::string(text) + "Z")->time_since_epoch()));
}

TEST(TimeZone, knows_the_offsets_of_the_systems_database) {
    EXPECT_EQ(utc_offset("America/Argentina/Buenos_Aires", local("2026-02-10T10:30:00")), -180min);
    EXPECT_EQ(utc_offset("America/Santiago", local("2026-01-10T10:30:00")), -180min);
    EXPECT_EQ(utc_offset("America/Santiago", local("2026-07-10T10:30:00")), -240min);
    EXPECT_EQ(utc_offset("Nowhere/At_All", local("2026-07-10T10:30:00")), 0min);
}

TEST(TimeZone, a_moment_that_comes_twice_counts_as_the_first) {
    // New York sets its clocks back on 2026-11-01 at 02:00.
    EXPECT_EQ(utc_offset("America/New_York", local("2026-11-01T01:30:00")), -240min);
    EXPECT_EQ(utc_offset("America/New_York", local("2026-03-08T02:30:00")), -300min);
}

TEST(TimeZone, days_are_local) {
    const auto time = parse_rfc3339("2026-02-11T02:59:59Z").value();
    EXPECT_EQ(local_day("America/Argentina/Buenos_Aires", time), "2026-02-10");
    EXPECT_EQ(local_day("UTC", time), "2026-02-11");
    EXPECT_EQ(local_time("America/Lima", time), "2026-02-10 21:59:59");
}

TEST(TimeZone, tells_names_from_nonsense) {
    EXPECT_TRUE(is_time_zone("America/Bogota"));
    EXPECT_FALSE(is_time_zone("America/Bogotá"));
    EXPECT_FALSE(is_time_zone("../etc/passwd"));
    EXPECT_FALSE(is_time_zone(""));
}

}  // namespace
}  // namespace oidor

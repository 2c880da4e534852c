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

TEST(TimeZone, days_and_hours_begin_where_the_clocks_say) {
    const auto at = [](const char* text) { return parse_rfc3339(text).value(); };
    EXPECT_EQ(local_day_start("America/Lima", "2026-02-10"), at("2026-02-10T05:00:00Z"));
    EXPECT_EQ(local_day_start("America/Santiago", "2026-09-06"), at("2026-09-06T04:00:00Z"))
        << "its midnight is jumped over";
    EXPECT_FALSE(local_day_start("UTC", "2026-02-30"));
    EXPECT_FALSE(local_day_start("UTC", "2026-2-10"));
    EXPECT_FALSE(local_day_start("UTC", "yesterday."));
    EXPECT_EQ(local_hour_start("Asia/Kolkata", at("2026-02-10T10:45:12.5Z")),
              at("2026-02-10T10:30:00Z"));
    EXPECT_EQ(local_hour_start("America/New_York", at("2026-11-01T06:10:00Z")),
              at("2026-11-01T06:00:00Z"));
    EXPECT_EQ(add_days("2026-02-28", 1), "2026-03-01");
    EXPECT_EQ(add_days("2026-01-01", -1), "2025-12-31");
    EXPECT_EQ(add_days("never", 1), "never");
}

TEST(TimeZone, tells_names_from_nonsense) {
    EXPECT_TRUE(is_time_zone("America/Bogota"));
    EXPECT_FALSE(is_time_zone("America/Bogotá"));
    EXPECT_FALSE(is_time_zone("../etc/passwd"));
    EXPECT_FALSE(is_time_zone(""));
}

}  // namespace
}  // namespace oidor

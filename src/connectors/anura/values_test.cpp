#include "connectors/anura/values.hpp"

#include <gtest/gtest.h>

namespace oidor::connectors::anura {
namespace {

AccountContext buenos_aires() {
    return {.time_zone = "America/Argentina/Buenos_Aires",
            .utc_offset = [](std::string_view, std::chrono::local_seconds) {
                return std::chrono::minutes(-180);
            }};
}

std::string moment(std::string_view text) {
    const auto read = read_moment(text, buenos_aires());
    return read ? format_rfc3339(*read) : "nothing";
}

TEST(AnuraValues, whole_numbers_come_in_every_rendering) {
    EXPECT_EQ(read_integer("120"), 120);
    EXPECT_EQ(read_integer("120.0"), 120);
    EXPECT_EQ(read_integer("120.9"), 120);
    EXPECT_EQ(read_integer("120,9"), 120);
    EXPECT_EQ(read_integer("007"), 7);
    EXPECT_EQ(read_integer("0"), 0);
    EXPECT_EQ(read_integer("-1"), -1);
    for (const std::string_view text :
         {"", "abc", "12a", "1.2.3", "1e3", "9999999999999999999", "²", "0x10", "--1"}) {
        EXPECT_FALSE(read_integer(text)) << text;
    }
}

TEST(AnuraValues, seconds_are_bounded_and_may_be_a_clock) {
    EXPECT_EQ(read_seconds("0"), 0);
    EXPECT_EQ(read_seconds("00:02:00"), 120);
    EXPECT_EQ(read_seconds("02:05"), 125);
    EXPECT_EQ(read_seconds("720:00:00"), 2'592'000);
    for (const std::string_view text :
         {"-1", "-0.5", "720:00:01", "1:60", "1:2:3:4", ":5", "5:", "a:b", "2592001"}) {
        EXPECT_FALSE(read_seconds(text)) << text;
    }
}

TEST(AnuraValues, prices_are_exact) {
    EXPECT_EQ(read_price("1.5"), Decimal::from_micros(1'500'000));
    EXPECT_EQ(read_price("1,50"), Decimal::from_micros(1'500'000));
    EXPECT_EQ(read_price("1.234,50"), Decimal::from_micros(1'234'500'000));
    EXPECT_EQ(read_price("1,234.50"), Decimal::from_micros(1'234'500'000));
    EXPECT_EQ(read_price("0"), Decimal());
    EXPECT_EQ(read_price(".5"), Decimal::from_micros(500'000));
    EXPECT_EQ(read_price("0.12345678"), Decimal::from_micros(123'456));
    for (const std::string_view text : {"", "gratis", "$ 5", "1.", "5e3"}) {
        EXPECT_FALSE(read_price(text)) << text;
    }
}

TEST(AnuraValues, flags_are_read_in_spanish_too) {
    for (const std::string_view text :
         {"true", "True", "1", "yes", "Y", "si", "SI", "sí", "SÍ", "Sí", "si\xCC\x81", "on"}) {
        EXPECT_EQ(read_flag(text), true) << text;
    }
    for (const std::string_view text : {"false", "False", "0", "no", "N", "off"}) {
        EXPECT_EQ(read_flag(text), false) << text;
    }
    for (const std::string_view text : {"", "2", "tal vez", "s"}) {
        EXPECT_FALSE(read_flag(text)) << text;
    }
}

TEST(AnuraValues, moments_are_of_the_account_s_zone_unless_they_say_so) {
    for (const std::string_view text :
         {"2026-02-10 10:30:00", "2026-02-10T10:30:00", "10/02/2026 10:30:00",
          "2026-02-10T10:30:00-03:00", "2026-02-10 10:30:00-03", "2026-02-10T13:30:00Z",
          "2026-02-10T13:30:00+0000", "1770730200", "1770730200000"}) {
        EXPECT_EQ(moment(text), "2026-02-10T13:30:00Z") << text;
    }
    EXPECT_EQ(moment("2026-02-10 10:30:00.25"), "2026-02-10T13:30:00.250Z");
    for (const std::string_view text :
         {"", "ayer", "2026-02-30 10:30:00", "0000-00-00 00:00:00", "1970-01-01 00:00:00",
          "17707302", "32/01/2026 10:00:00", "9999-12-31 23:59:59", "2026-02-10", "10/02/2026"}) {
        EXPECT_EQ(moment(text), "nothing") << text;
    }
    EXPECT_FALSE(read_moment(std::string(5000, '1'), buenos_aires()));
}

TEST(AnuraValues, what_a_template_renders_for_nothing_is_empty) {
    for (const std::string_view text : {"", "null", "None", "undefined", "nil", "{{ price }}"}) {
        EXPECT_TRUE(is_empty_text(text)) << text;
    }
    EXPECT_FALSE(is_empty_text("0"));
    EXPECT_FALSE(is_empty_text("Nilda"));
}

}  // namespace
}  // namespace oidor::connectors::anura

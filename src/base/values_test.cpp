#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/decimal.hpp"
#include "base/id.hpp"
#include "base/secret.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"

namespace oidor {
namespace {

TEST(Time, reads_and_writes_rfc3339) {
    const auto time = parse_rfc3339("2026-02-10T10:30:00.25-03:00");
    ASSERT_TRUE(time);
    EXPECT_EQ(format_rfc3339(*time), "2026-02-10T13:30:00.250Z");
    EXPECT_EQ(format_rfc3339(*parse_rfc3339("2024-02-29t23:59:60z")), "2024-02-29T23:59:59Z");
    EXPECT_EQ(format_rfc3339(*parse_rfc3339("1969-12-31T23:59:59.999999Z")),
              "1969-12-31T23:59:59.999999Z");
}

TEST(Time, refuses_what_is_not_a_moment) {
    for (const auto* text :
         {"", "2026-02-10", "2026-02-30T00:00:00Z", "2026-02-10T24:00:00Z", "2026-02-10T10:30:00",
          "2026-02-10T10:30:00.Z", "2026-02-10T10:30:00Zx", "2026-02-10T10:30:00+3:00"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

TEST(Id, is_version_7_and_later_ones_sort_later) {
    auto last = make_uuid7();
    std::set<Uuid> seen = {last};
    for (int i = 0; i < 5000; ++i) {
        const auto next = make_uuid7();
        EXPECT_LT(last, next);
        seen.insert(last = next);
    }
    EXPECT_EQ(seen.size(), 5001U);
    const auto text = format_uuid(last);
    EXPECT_EQ(text[14], '7');
    EXPECT_EQ(parse_uuid(text), last);
    EXPECT_FALSE(parse_uuid(text.substr(1)));
    EXPECT_FALSE(parse_uuid("01890a5d-ac96-774b-bcce-b302099a805g"));
}

TEST(Sha256, equals_the_published_vector_whole_and_in_pieces) {
    const std::string expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    EXPECT_EQ(sha256_hex("abc"), expected);
    Sha256Stream stream;
    stream.update("a");
    stream.update("bc");
    EXPECT_EQ(to_hex(stream.finish()), expected);
    EXPECT_EQ(parse_sha256(expected), sha256("abc"));
    EXPECT_FALSE(parse_sha256("ba78"));
}

TEST(Secret, compares_whole_values) {
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(Utf8, tells_good_from_bad) {
    EXPECT_TRUE(is_utf8("añ€😀"));
    for (const auto* bad :
         {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xc3", "\xe2\x82"}) {
        EXPECT_FALSE(is_utf8(bad));
        EXPECT_TRUE(is_utf8(repair_utf8(bad)));
    }
    EXPECT_EQ(count_code_points("añ€😀"), 4U);
    EXPECT_EQ(windows1252_to_utf8("Jos\xe9 \x80"), "José €");
}

TEST(Decimal, is_exact_and_rounds_half_to_even) {
    EXPECT_EQ(Decimal::parse("55")->text(), "55.0");
    EXPECT_EQ(Decimal::parse("-0.25")->text(), "-0.25");
    EXPECT_FALSE(Decimal::parse("1e3"));
    EXPECT_FALSE(Decimal::parse("1."));
    EXPECT_FALSE(Decimal::parse("0.1234567"));
    EXPECT_EQ(Decimal::parse("54.5")->round_half_even(), 54);
    EXPECT_EQ(Decimal::parse("55.5")->round_half_even(), 56);
    EXPECT_EQ(Decimal::parse("-0.5")->round_half_even(), 0);
    EXPECT_EQ(Decimal::parse("-1.5")->round_half_even(), -2);
    EXPECT_EQ(Decimal::parse("2.500001")->round_half_even(), 3);
    EXPECT_EQ(Decimal::from_int(100).scaled(Decimal::from_int(1), Decimal::from_int(3)).text(),
              "33.333333");
    EXPECT_EQ(Decimal::from_double(0.1).text(), "0.1");
}

}  // namespace
}  // namespace oidor

#include "base/json.hpp"

#include <string>

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace oidor {
namespace {

std::string canonical(std::string_view text) {
    const auto value = parse_json(text);
    return value ? canonical_json(*value) : "error: " + value.error().message;
}

TEST(Json, canonical_form_sorts_keys_and_drops_space) {
    EXPECT_EQ(canonical(R"({"b": 1, "a": [true, null, "x"]})"), R"({"a":[true,null,"x"],"b":1})");
}

TEST(Json, canonical_numbers_print_as_ecmascript_does) {
    // RFC 8785, appendix B, and the borders of the four notations.
    EXPECT_EQ(canonical("[333333333.3333333,1E30,4.50,2e-3,0.000000000000000000000000001]"),
              "[333333333.3333333,1e+30,4.5,0.002,1e-27]");
    EXPECT_EQ(canonical("[1e21,1e20,1234567890123456,-0,-0.0,1e-6,1e-7,0.1]"),
              "[1e+21,100000000000000000000,1234567890123456,0,0,0.000001,1e-7,0.1]");
    EXPECT_EQ(canonical("[300.0,0.93,9007199254740991]"), "[300,0.93,9007199254740991]");
}

TEST(Json, canonical_strings_escape_only_what_must_be) {
    EXPECT_EQ(canonical(R"(["\u20ac$\u000f\nA'B\"\\\\\"\/ñ"])"),
              "[\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/ñ\"]");
}

TEST(Json, keys_sort_by_utf16_units) {
    // RFC 8785, section 3.2.3: U+1F600 (a surrogate pair) sorts before U+FB33.
    EXPECT_EQ(canonical("{\"\\ufb33\":1,\"\\ud83d\\ude00\":2,\"\\u00f6\":3,\"1\":4}"),
              "{\"1\":4,\"ö\":3,\"😀\":2,\"\xef\xac\xb3\":1}");
}

TEST(Json, refuses_what_is_not_json_with_the_offset) {
    EXPECT_EQ(parse_json("{\"a\": }").error().code, ErrorCode::Invalid);
    EXPECT_EQ(parse_json("").error().code, ErrorCode::Invalid);
    EXPECT_EQ(parse_json("{} {}").error().code, ErrorCode::Invalid);
    EXPECT_EQ(parse_json("\"\xff\"").error().code, ErrorCode::Invalid);
}

TEST(Json, depth_and_size_are_bounded) {
    EXPECT_EQ(parse_json(std::string(5000, '[') + std::string(5000, ']')).error().code,
              ErrorCode::TooLarge);
    EXPECT_TRUE(parse_json(std::string(31, '[') + std::string(31, ']')));
    EXPECT_EQ(parse_json("[1,2,3]", {.size_bytes_max = 4}).error().code, ErrorCode::TooLarge);
}

}  // namespace
}  // namespace oidor

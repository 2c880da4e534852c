#include "net/http_parse.hpp"

#include <random>

#include <gtest/gtest.h>

namespace oidor::net {
namespace {

TEST(PercentDecode, decodes_bytes_and_refuses_broken_escapes) {
    EXPECT_EQ(percent_decode("a%20b%C3%B1+"), "a b\xc3\xb1+");
    EXPECT_EQ(form_decode("a+b%2B"), "a b+");
    for (const std::string_view broken : {"%", "%4", "%4g", "%g4", "a%", "%%41"}) {
        EXPECT_FALSE(percent_decode(broken)) << broken;
    }
}

TEST(PercentEncode, is_undone_by_decoding) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all.push_back(static_cast<char>(byte));
    }
    EXPECT_EQ(percent_decode(percent_encode(all)), all);
    EXPECT_EQ(percent_encode("a-b_c.d~e/ñ"), "a-b_c.d~e%2F%C3%B1");
}

TEST(CollapseSlashes, keeps_one) {
    EXPECT_EQ(collapse_slashes("//a///b/"), "/a/b/");
    EXPECT_EQ(collapse_slashes(""), "");
}

TEST(Query, keeps_order_repeats_and_empty_values) {
    const auto parameters = parse_query("a=1&b&&a=2&=x&c%3d=%26&d=%zz&e=a=b").value();
    const Parameters expected = {{"a", "1"},  {"b", ""},    {"a", "2"},  {"", "x"},
                                 {"c=", "&"}, {"d", "%zz"}, {"e", "a=b"}};
    EXPECT_EQ(parameters, expected);
    EXPECT_EQ(*find_parameter(parameters, "a"), "1");
    EXPECT_EQ(find_parameter(parameters, "z"), nullptr);
}

TEST(Query, too_many_parameters_are_refused) {
    std::string query;
    for (std::size_t i = 0; i <= kParametersMax; ++i) {
        query += "a&";
    }
    EXPECT_EQ(parse_query(query).error().code, ErrorCode::TooLarge);
}

TEST(Cookies, are_read_leniently_and_bounded) {
    const auto cookies = parse_cookies("a=1; b=\"2\" ;c; =d;e=f=g");
    const Parameters expected = {{"a", "1"}, {"b", "2"}, {"e", "f=g"}};
    EXPECT_EQ(cookies, expected);
    std::string many;
    for (int i = 0; i < 1000; ++i) {
        many += "a=1;";
    }
    EXPECT_EQ(parse_cookies(many).size(), 100U);
}

TEST(Range, follows_rfc_9110) {
    struct Case {
        std::string_view header;
        std::uint64_t size;
        RangeKind kind;
        ByteRange range;
    };
    constexpr auto kBig = std::uint64_t{1} << 40U;
    for (const auto& [header, size, kind, range] :
         std::initializer_list<Case>{{"bytes=0-99", 1000, RangeKind::Part, {0, 100}},
                                     {"bytes=0-0", 1, RangeKind::Part, {0, 1}},
                                     {"bytes=100-", 1000, RangeKind::Part, {100, 900}},
                                     {"bytes=-50", 1000, RangeKind::Part, {950, 50}},
                                     {"bytes=-5000", 1000, RangeKind::Part, {0, 1000}},
                                     {"bytes=900-5000", 1000, RangeKind::Part, {900, 100}},
                                     {"BYTES=1-2", 10, RangeKind::Part, {1, 2}},
                                     {"bytes=1099511627775-", kBig, RangeKind::Part, {kBig - 1, 1}},
                                     {"bytes=1000-", 1000, RangeKind::Unsatisfiable, {}},
                                     {"bytes=0-", 0, RangeKind::Unsatisfiable, {}},
                                     {"bytes=-0", 1000, RangeKind::Unsatisfiable, {}},
                                     {"bytes=-5", 0, RangeKind::Unsatisfiable, {}},
                                     {"bytes=9-1", 1000, RangeKind::Whole, {}},
                                     {"bytes=0-1,5-6", 1000, RangeKind::Whole, {}},
                                     {"bytes=a-b", 1000, RangeKind::Whole, {}},
                                     {"bytes=-", 1000, RangeKind::Whole, {}},
                                     {"bytes=", 1000, RangeKind::Whole, {}},
                                     {"bytes=1-2-3", 1000, RangeKind::Whole, {}},
                                     {"bytes=-1-2", 1000, RangeKind::Whole, {}},
                                     {"bytes=99999999999999999999-", 1000, RangeKind::Whole, {}},
                                     {"items=0-1", 1000, RangeKind::Whole, {}},
                                     {"", 1000, RangeKind::Whole, {}}}) {
        const auto result = parse_range(header, size);
        EXPECT_EQ(result.kind, kind) << header;
        EXPECT_EQ(result.range, range) << header;
    }
}

TEST(HeaderValue, reads_quoted_and_plain_parameters) {
    const auto value = parse_header_value(R"(Form-Data; Name="a\"b;c"; filename="C:\x" ; x=y;z)");
    EXPECT_EQ(value.value, "form-data");
    const Parameters expected = {{"name", "a\"b;c"}, {"filename", "C:\\x"}, {"x", "y"}};
    EXPECT_EQ(value.parameters, expected);
}

constexpr std::string_view kForm =
    "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nuno\r\n"
    "--XX \r\ncontent-disposition: form-data; name=\"f\"; filename=\"q.mp3\"\r\n"
    "Content-Type: audio/mpeg\r\n\r\n\r\n--X\r\n--XX\r\n"
    "Content-Disposition: form-data; name=empty\r\n\r\n\r\n--XX--\r\nepilogue";

TEST(Multipart, reads_fields_and_files) {
    const auto parts = parse_multipart("multipart/form-data; boundary=XX", kForm);
    ASSERT_TRUE(parts) << parts.error().message;
    ASSERT_EQ(parts->size(), 3U);
    EXPECT_EQ((*parts)[0].name, "a");
    EXPECT_EQ((*parts)[0].content, "uno");
    EXPECT_FALSE((*parts)[0].file_name);
    EXPECT_EQ((*parts)[1].name, "f");
    EXPECT_EQ((*parts)[1].file_name, "q.mp3");
    EXPECT_EQ((*parts)[1].content_type, "audio/mpeg");
    EXPECT_EQ((*parts)[1].content, "\r\n--X");
    EXPECT_EQ((*parts)[2].name, "empty");
    EXPECT_EQ((*parts)[2].content, "");
}

TEST(Multipart, each_broken_shape_has_its_error) {
    const std::string type = "multipart/form-data; boundary=XX";
    const std::string part = "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
    EXPECT_EQ(parse_multipart("text/plain", kForm).error().code, ErrorCode::Unsupported);
    for (const auto& [content_type, body] :
         std::initializer_list<std::pair<std::string, std::string>>{
             {"multipart/form-data", part + "--XX--"},
             {"multipart/form-data; boundary=" + std::string(71, 'X'), part + "--XX--"},
             {type, ""},
             {type, "no boundary"},
             {type, part},
             {type, "--XX"},
             {type, "--XX\r\n"},
             {type, "--XXjunk\r\n\r\n\r\n--XX--"},
             {type, "--XX\r\nno colon\r\n\r\n1\r\n--XX--"},
             {type, "--XX\r\nContent-Type: a/b\r\n\r\n1\r\n--XX--"},
             {type, "--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--"}}) {
        const auto parts = parse_multipart(content_type, body);
        ASSERT_FALSE(parts) << body;
        EXPECT_EQ(parts.error().code, ErrorCode::Invalid) << body;
    }
    EXPECT_EQ(parse_multipart(type, part + part + part + "--XX--", {.parts_max = 2}).error().code,
              ErrorCode::TooLarge);
    EXPECT_EQ(parse_multipart(type, part + "--XX--", {.part_header_bytes_max = 10}).error().code,
              ErrorCode::TooLarge);
}

/// A text changed at random places: bytes flipped, cut, doubled.
std::string mutate(std::string text, std::mt19937& random) {
    const auto place = [&] { return text.empty() ? 0 : random() % text.size(); };
    for (auto changes = random() % 6; changes > 0; --changes) {
        switch (random() % 4) {
            case 0: text.resize(place()); break;
            case 1: text.insert(place(), 1, static_cast<char>(random())); break;
            case 2: text.insert(place(), text.substr(place(), random() % 20)); break;
            default:
                if (!text.empty()) {
                    text[place()] = "%=&;\"\r\n-,\0"[random() % 10];
                }
        }
    }
    return text;
}

TEST(Parsers, survive_changed_input_and_stay_inside_it) {
    std::mt19937 random(20260210);
    for (int round = 0; round < 20'000; ++round) {
        (void)parse_query(mutate("a=1&b=%20+c&d=%C3%B1", random));
        (void)parse_cookies(mutate("a=1; b=\"2\"; c", random));
        (void)parse_header_value(mutate(R"(form-data; name="a\"b"; filename=c)", random));
        const std::uint64_t size = random() % 300;
        const auto range = parse_range(mutate("bytes=100-200", random), size);
        if (range.kind == RangeKind::Part) {
            EXPECT_GT(range.range.length, 0U);
            EXPECT_LE(range.range.offset + range.range.length, size);
        }
        const std::string body = mutate(std::string(kForm), random);
        const auto parts = parse_multipart("multipart/form-data; boundary=XX", body);
        if (parts) {
            for (const auto& part : parts.value()) {
                EXPECT_LE(part.content.size(), body.size());
            }
        }
    }
}

}  // namespace
}  // namespace oidor::net

#include "server/report_sources.hpp"

#include <gtest/gtest.h>

#include "base/utf8.hpp"

namespace oidor::server {
namespace {

Transcript transcript_of(std::initializer_list<std::string_view> texts) {
    Transcript transcript;
    for (const auto text : texts) {
        transcript.segments.push_back({.text = std::string(text)});
    }
    return transcript;
}

TEST(Preview, is_what_was_said_on_one_line) {
    EXPECT_EQ(preview_of(transcript_of({})), "");
    EXPECT_EQ(preview_of(transcript_of({"Buenos días", "", "Hola\nsí"})), "Buenos días Hola sí");
}

TEST(Preview, ends_at_two_hundred_letters_and_between_them) {
    std::string words;
    for (int i = 0; i < 200; ++i) {
        words += "ñ";
    }
    EXPECT_EQ(preview_of(transcript_of({words})), words);
    const auto cut = preview_of(transcript_of({words + "x"}));
    EXPECT_EQ(cut, words + "…");
    EXPECT_TRUE(is_utf8(cut));
    EXPECT_EQ(count_code_points(preview_of(transcript_of({words.substr(0, 398), "abc"}))), 201U);
}

}  // namespace
}  // namespace oidor::server

#include "store/postgres/text.hpp"

#include <gtest/gtest.h>

#include "base/utf8.hpp"

namespace oidor::store::postgres {
namespace {

TEST(Text, what_can_be_stored_is_left_as_it_is) {
    EXPECT_FALSE(escape_text(""));
    EXPECT_FALSE(escape_text("Buenos días"));
    EXPECT_FALSE(unescape_text("Buenos días"));
}

TEST(Text, every_other_text_comes_back_whole) {
    const std::string mark = "\xF4\x8F\xBF\xBE";
    for (const auto& text : {std::string("a\0b", 3), std::string("\0", 1), std::string("\xff"),
                             std::string("a\xc3"), std::string("\xed\xa0\x80"), mark, mark + "41",
                             "a" + mark + "\xff" + mark, std::string("día\0\xfe", 6)}) {
        const auto stored = escape_text(text);
        ASSERT_TRUE(stored);
        EXPECT_TRUE(is_utf8(*stored));
        EXPECT_EQ(stored->find('\0'), std::string::npos);
        EXPECT_EQ(unescape_text(*stored), text);
    }
}

TEST(Text, a_mark_that_is_none_of_ours_is_read_as_it_is) {
    const std::string mark = "\xF4\x8F\xBF\xBE";
    EXPECT_EQ(unescape_text(mark), mark);
    EXPECT_EQ(unescape_text("a" + mark + "x1"), "a" + mark + "x1");
}

}  // namespace
}  // namespace oidor::store::postgres

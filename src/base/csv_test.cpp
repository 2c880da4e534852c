#include "base/csv.hpp"

#include <gtest/gtest.h>

#include "base/html.hpp"

namespace oidor {
namespace {

TEST(Csv, formulas_are_made_harmless) {
    EXPECT_EQ(format_text_cell("=1+1"), "'=1+1");
    EXPECT_EQ(format_text_cell("+54***79"), "'+54***79");
    EXPECT_EQ(format_text_cell("-2"), "'-2");
    EXPECT_EQ(format_text_cell("@SUM(A1)"), "'@SUM(A1)");
    EXPECT_EQ(format_text_cell("\t=1"), "'\t=1");
    EXPECT_EQ(format_text_cell("\r=1"), "\"'\r=1\"");
    EXPECT_EQ(format_text_cell("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
    EXPECT_EQ(format_text_cell("1=1"), "1=1");
    EXPECT_EQ(format_text_cell(""), "");
}

TEST(Csv, cells_are_quoted_where_they_must_be) {
    EXPECT_EQ(format_text_cell("plain ñ"), "plain ñ");
    EXPECT_EQ(format_text_cell("a,b"), "\"a,b\"");
    EXPECT_EQ(format_text_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
    EXPECT_EQ(format_text_cell("two\nlines"), "\"two\nlines\"");
}

TEST(Html, ill_formed_text_is_repaired) {
    EXPECT_EQ(escape_html("a\xff<"), "a\xef\xbf\xbd&lt;");
    EXPECT_EQ(escape_html("\"'&>"), "&quot;&#39;&amp;&gt;");
}

}  // namespace
}  // namespace oidor

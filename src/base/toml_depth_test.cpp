#include "base/toml_depth.hpp"

#include <string>

#include <gtest/gtest.h>

namespace oidor {
namespace {

std::string key_of(std::size_t parts) {
    std::string key = "a";
    for (std::size_t i = 1; i < parts; ++i) {
        key += ".a";
    }
    return key;
}

TEST(TomlDepth, finds_the_line_of_a_deep_key) {
    EXPECT_FALSE(find_deep_toml_line(key_of(16) + " = 1\n"));
    EXPECT_EQ(find_deep_toml_line(key_of(17) + " = 1\n"), 1U);
    EXPECT_EQ(find_deep_toml_line("# x\n\n[" + key_of(17) + "]\n"), 3U);
    EXPECT_EQ(find_deep_toml_line("x = {" + key_of(17) + " = 1}"), 1U);
    EXPECT_EQ(find_deep_toml_line("x = 1 # '\n" + key_of(17) + " = 1"), 2U);
    EXPECT_EQ(find_deep_toml_line("x = '\\'\n" + key_of(17) + " = 1"), 2U);
    EXPECT_EQ(find_deep_toml_line("x = \"\\\"\"\n" + key_of(17) + " = 1"), 2U);
    EXPECT_EQ(find_deep_toml_line("x = \"\"\"\n\"\" \\\"\"\" \"\"\"\"\n" + key_of(17) + " = 1"),
              3U);
    EXPECT_EQ(find_deep_toml_line("x = ''\n" + key_of(17) + " = 1"), 2U);
    EXPECT_EQ(find_deep_toml_line("x = 'open\n" + key_of(17) + " = 1"), 2U);
    std::string quoted = "\"a\"";
    for (int i = 0; i < 16; ++i) {
        quoted += " . 'a'";
    }
    EXPECT_EQ(find_deep_toml_line(quoted + " = 1"), 1U);
}

TEST(TomlDepth, counts_no_dots_of_texts_and_lists) {
    const std::string dots(100, '.');
    EXPECT_FALSE(find_deep_toml_line("a = \"" + dots + "\" # " + dots + "\n"));
    EXPECT_FALSE(find_deep_toml_line("a = '''\n" + dots + "\n'''\nb = '" + dots + "'"));
    EXPECT_FALSE(find_deep_toml_line("a = \"\"\"" + dots + "\n" + dots + "\"\"\""));
    std::string list = "a = [1.5";
    for (int i = 0; i < 100; ++i) {
        list += ", 1.5";
    }
    EXPECT_FALSE(find_deep_toml_line(list + "]"));
    EXPECT_FALSE(find_deep_toml_line(""));
    EXPECT_FALSE(find_deep_toml_line("\""));
    EXPECT_FALSE(find_deep_toml_line("\"\\"));
}

}  // namespace
}  // namespace oidor

#include "config/read/raw.hpp"

#include <random>

#include <gtest/gtest.h>

namespace oidor::config {
namespace {

TEST(Toml, is_refused_when_it_nests_without_end) {
    std::string dotted = "a";
    for (int i = 0; i < 200'000; ++i) {
        dotted += ".a";
    }
    EXPECT_FALSE(read_toml(dotted + " = 1\n", "x").faults.empty());
    EXPECT_FALSE(read_toml("[" + dotted + "]\n", "x").faults.empty());
    EXPECT_FALSE(read_toml("[[" + dotted + "]]\n", "x").faults.empty());
    EXPECT_FALSE(read_toml("a = " + std::string(200'000, '['), "x").faults.empty());
    std::string tables = "a = ";
    for (int i = 0; i < 100'000; ++i) {
        tables += "{a=";
    }
    EXPECT_FALSE(read_toml(tables, "x").faults.empty());
    // The deepest that both bounds leave: many parts in each of many inline tables.
    std::string deep;
    for (int i = 0; i < 200; ++i) {
        deep += "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = {";
    }
    EXPECT_FALSE(read_toml(deep + std::string(200, '}'), "x").faults.empty());
}

TEST(Toml, survives_any_bytes) {
    const std::string good =
        "# c\nlisten = \"127.0.0.1:1\"\n[accounts.anura.default]\nprivate_hosts = [\"a\", 'b']\n"
        "x = { y = 1.5, \"z\" = 1979-05-27 }\nt = \"\"\"\nq\"\"\"\n";
    std::mt19937 random(7);  // NOLINT(*-msc51-cpp): the same bytes every time.
    const std::string_view alphabet = "\"'[]{}=.,#\n\\ aé\xff\x01";
    for (int i = 0; i < 3000; ++i) {
        auto text = good;
        for (int k = 0; k < 1 + i % 4; ++k) {
            const auto at = random() % text.size();
            const char c = alphabet[random() % alphabet.size()];
            if (random() % 2 == 0) {
                text[at] = c;
            } else {
                text.insert(at, 1, c);
            }
        }
        const auto toml = read_toml(text, "x");
        EXPECT_LE(toml.values.size(), text.size());
        const auto dotenv = read_dotenv(text, "x");
        EXPECT_LE(dotenv.values.size() + dotenv.faults.size(), text.size());
    }
}

TEST(Dotenv, reads_names_and_values) {
    const auto given = read_dotenv(
        "A=1\r\n export B = two words # why\nC=\"a\\n\\\"b\\\"\" # c\nD='x # y'\nE=\nF=#none\n"
        "G=a#b",
        ".env");
    ASSERT_TRUE(given.faults.empty()) << given.faults.front();
    const std::vector<std::pair<std::string, std::string>> expected = {
        {"A", "1"}, {"B", "two words"}, {"C", "a\n\"b\""}, {"D", "x # y"},
        {"E", ""},  {"F", ""},          {"G", "a#b"}};
    ASSERT_EQ(given.values.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(given.values[i].path, expected[i].first);
        EXPECT_EQ(std::get<std::string>(given.values[i].data), expected[i].second);
    }
    EXPECT_EQ(given.values[3].origin, ".env:4");
}

TEST(Suggest, names_what_is_near_and_nothing_else) {
    const std::vector<std::string> known = {"listen", "language", "log.level"};
    EXPECT_EQ(suggest("lisetn", known), "listen");
    EXPECT_EQ(suggest("langage", known), "language");
    EXPECT_EQ(suggest("log.levels", known), "log.level");
    EXPECT_FALSE(suggest("store", known));
    EXPECT_FALSE(suggest(std::string(1000, 'l'), known));
    EXPECT_FALSE(suggest("x", {}));
}

TEST(Printable, keeps_a_name_from_breaking_the_line) {
    EXPECT_EQ(printable("a\nb\x1b"), "a?b?");
    EXPECT_EQ(printable("\xff"), "\xEF\xBF\xBD");
    EXPECT_EQ(printable(std::string(500, 'a')).size(), 123U);
}

}  // namespace
}  // namespace oidor::config

#include "audit/phrase_automaton.hpp"

#include <random>
#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace oidor::audit {
namespace {

using Hits = std::multiset<std::pair<std::size_t, std::size_t>>;

Hits naive(const std::vector<std::string>& patterns, const std::string& text) {
    Hits hits;
    for (std::size_t p = 0; p < patterns.size(); ++p) {
        for (auto at = text.find(patterns[p]); at != std::string::npos;
             at = text.find(patterns[p], at + 1)) {
            hits.emplace(p, at + patterns[p].size());
        }
    }
    return hits;
}

Hits found(const std::vector<std::string>& patterns, const std::string& text) {
    Hits hits;
    PhraseAutomaton(patterns).scan(
        text, [&](std::size_t pattern, std::size_t end) { hits.emplace(pattern, end); });
    return hits;
}

TEST(PhraseAutomaton, finds_what_a_search_one_by_one_finds) {
    std::mt19937 random(11);
    const auto word = [&](std::size_t size_max) {
        std::string text;
        for (auto size = random() % size_max + 1; size > 0; --size) {
            text += static_cast<char>('a' + random() % 3);
        }
        return text;
    };
    for (int round = 0; round < 500; ++round) {
        std::set<std::string> distinct;
        for (int i = 0; i < 12; ++i) {
            distinct.insert(word(6));
        }
        const std::vector<std::string> patterns(distinct.begin(), distinct.end());
        const auto text = word(80);
        EXPECT_EQ(found(patterns, text), naive(patterns, text)) << text;
    }
}

TEST(PhraseAutomaton, patterns_inside_each_other_are_all_reported) {
    const std::vector<std::string> patterns = {"abcd", "bc", "c", "abc"};
    EXPECT_EQ(found(patterns, "zabcdz"), naive(patterns, "zabcdz"));
}

TEST(PhraseAutomaton, no_patterns_find_nothing) { EXPECT_TRUE(found({}, "abc").empty()); }

TEST(PhraseAutomaton, any_byte_may_be_part_of_a_pattern) {
    const std::vector<std::string> patterns = {std::string("\0\xff", 2), "\x80"};
    const std::string text("a\0\xff\x80", 4);
    EXPECT_EQ(found(patterns, text), naive(patterns, text));
}

}  // namespace
}  // namespace oidor::audit

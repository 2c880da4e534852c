#include "audit/word_pattern.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/folding.hpp"

namespace oidor::audit {
namespace {

std::vector<std::string> matches(const std::string& expression,
                                 const std::vector<std::string>& parts) {
    std::size_t bytes = 0;
    for (const auto& part : parts) {
        bytes += part.size();
    }
    SearchText text(bytes, parts.size());
    for (const auto& part : parts) {
        text.add_folded(part, SearchText::Join::Apart);
    }
    text.finish();
    const auto pattern = WordPattern::compile(expression, Matching::Folded);
    EXPECT_TRUE(pattern) << pattern.error().message;
    std::vector<std::string> found;
    pattern->scan(text.bytes(), [&](std::size_t begin, std::size_t end) {
        found.emplace_back(text.bytes().substr(begin, end - begin));
    });
    return found;
}

using Texts = std::vector<std::string>;

TEST(WordPattern, matches_whole_words_of_one_part) {
    EXPECT_EQ(matches("en \\d+ horas", {"En 24 HORAS, en 2 horas"}),
              (Texts{"en 24 horas", "en 2 horas"}));
    EXPECT_EQ(matches("hora", {"horas ahora"}), Texts{});
    EXPECT_EQ(matches(".*", {"uno dos", "tres"}), (Texts{"uno dos", "tres"}));
    EXPECT_EQ(matches("dos\\s+tres", {"uno dos", "tres"}), Texts{});
    EXPECT_EQ(matches("[^x]+", {"uno", "dos"}), (Texts{"uno", "dos"}));
    EXPECT_EQ(matches("a", {"a a a"}), (Texts{"a", "a", "a"}));
    EXPECT_EQ(matches("", {"a"}), Texts{});
    EXPECT_EQ(matches("AÑO", {"año ano"}), Texts{"año"});
}

TEST(WordPattern, long_matches_do_not_count_and_many_are_cut) {
    EXPECT_EQ(matches(".*", {std::string(900, 'a')}).size(), 1U);
    EXPECT_EQ(matches(".*", {std::string(1'100, 'a')}).size(), 0U);
    std::string many;
    for (int i = 0; i < 2'000; ++i) {
        many += "a ";
    }
    EXPECT_EQ(matches("a", {many}).size(), WordPattern::kMatchesMax);
}

TEST(WordPattern, what_is_wrong_too_large_or_never_occurs_is_refused) {
    const auto refused = [](const std::string& expression, Matching matching = Matching::Folded) {
        const auto pattern = WordPattern::compile(expression, matching);
        return pattern ? std::string() : pattern.error().message;
    };
    EXPECT_TRUE(refused("a)(b").starts_with("not a regular expression (RE2): "));
    EXPECT_TRUE(refused("(?=a)").starts_with("not a regular expression (RE2): "));
    EXPECT_FALSE(refused("(\\w{1,100} ){50}").empty());
    EXPECT_EQ(refused("adiós"), "`ó` never occurs in folded text: write `o`");
    EXPECT_EQ(refused("adiós", Matching::Exact), "");
    EXPECT_EQ(refused("\\p{L}+ñ"), "");
}

}  // namespace
}  // namespace oidor::audit

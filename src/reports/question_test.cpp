#include "reports/question.hpp"

#include <map>

#include <gtest/gtest.h>

namespace oidor::reports {
namespace {

using Given = std::map<std::string, std::string, std::less<>>;

Result<Question> read(Kind kind, const Given& given) {
    return read_question(
        kind,
        [&given](std::string_view name) {
            const auto found = given.find(name);
            return found != given.end() ? std::optional(found->second) : std::nullopt;
        },
        "2026-02-10");
}

std::string error_of(Kind kind, const Given& given) {
    const auto question = read(kind, given);
    return question ? "none" : question.error().message;
}

TEST(Question, without_days_ends_with_today) {
    const auto week = read(Kind::Categories, {});
    ASSERT_TRUE(week);
    EXPECT_EQ(week->from, "2026-02-04");
    EXPECT_EQ(week->to, "2026-02-11");
    EXPECT_EQ(week->min_n, kMinN);
    EXPECT_EQ(week->by, By::Whole);
    EXPECT_EQ(read(Kind::Trend, {})->from, "2026-01-12");
    EXPECT_EQ(read(Kind::Categories, {{"from", "2026-01-01"}})->to, "2026-01-08");
    EXPECT_EQ(read(Kind::Categories, {{"to", "2026-01-08"}})->from, "2026-01-01");
}

TEST(Question, names_what_is_wrong) {
    EXPECT_EQ(error_of(Kind::Trend, {{"from", "ayer"}}), "from: expected a day, as in 2026-02-10");
    EXPECT_EQ(error_of(Kind::Trend, {{"to", "2026-13-01"}}),
              "to: expected a day, as in 2026-02-10");
    EXPECT_NE(error_of(Kind::Trend, {{"from", "2026-02-10"}, {"to", "2026-02-10"}}), "none");
    EXPECT_NE(error_of(Kind::Trend, {{"from", "2024-01-01"}, {"to", "2026-01-01"}}), "none");
    EXPECT_EQ(error_of(Kind::Trend, {{"from", "2025-01-01"}, {"to", "2026-01-02"}}), "none");
    EXPECT_NE(error_of(Kind::Trend, {{"by", "team"}}), "none");
    EXPECT_NE(error_of(Kind::Review, {{"by", "agent"}}), "none");
    EXPECT_NE(error_of(Kind::Executive, {{"by", "campaign"}}), "none");
    EXPECT_NE(error_of(Kind::Trend, {{"min_n", "0"}}), "none");
    EXPECT_NE(error_of(Kind::Trend, {{"min_n", "5x"}}), "none");
    EXPECT_NE(error_of(Kind::Trend, {{"limit", "5"}}), "none");
    EXPECT_NE(error_of(Kind::Trend, {{"after", "x"}}), "none");
    EXPECT_NE(error_of(Kind::Review, {{"limit", "501"}}), "none");
    EXPECT_NE(error_of(Kind::Executive, {{"limit", "5001"}}), "none");
    EXPECT_NE(error_of(Kind::Trend, {{"scorecard", "classic-es@x"}}), "none");
}

TEST(Question, takes_a_scorecard_with_or_without_its_version) {
    EXPECT_EQ(read(Kind::Trend, {{"scorecard", "classic-es"}})->scorecard_version, std::nullopt);
    const auto versioned = read(Kind::Trend, {{"scorecard", "classic-es@2"}});
    EXPECT_EQ(versioned->scorecard, "classic-es");
    EXPECT_EQ(versioned->scorecard_version, 2);
    EXPECT_EQ(read(Kind::Trend, {{"scorecard", ""}})->scorecard, std::nullopt) << "an empty field";
}

TEST(Question, every_kind_has_its_word) {
    for (int i = 0; i <= static_cast<int>(kLastKind); ++i) {
        EXPECT_EQ(parse_kind(format(static_cast<Kind>(i))), static_cast<Kind>(i));
    }
    EXPECT_EQ(parse_kind("sales"), std::nullopt);
}

}  // namespace
}  // namespace oidor::reports

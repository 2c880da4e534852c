#include "proving/difference.hpp"

#include <algorithm>

#include "proving/test_support.hpp"

namespace oidor::proving {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), with);
}

std::vector<Change> changes(const std::string& newer) { return differences(card(), card(newer)); }

TEST(Difference, a_scorecard_does_not_differ_from_itself) { EXPECT_TRUE(changes(kCard).empty()); }

TEST(Difference, a_default_written_out_or_another_spelling_is_no_change) {
    auto newer = replaced(kCard, "measure = \"duration\"\n",
                          "measure = \"duration\"\nmissing = \"unknown\"\n");
    newer = replaced(newer, "points = 20", "points = 20.0");
    newer = replaced(newer, "\"buenos días\",", "\"Buenos  dias\",");
    EXPECT_TRUE(changes(newer).empty());
}

TEST(Difference, values_say_what_they_were_and_are) {
    const auto found = changes(replaced(kCard, "turns = 2", "turns = 3, seconds = 9"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0], (Change{.kind = ChangeKind::ValueChanged,
                                .criterion = "saludo",
                                .key = "window",
                                .from = "start: 2 turns",
                                .to = "start: 9 seconds, 3 turns"}));
    const auto bands = changes(replaced(kCard, "below = 60, points = 5", "below = 30, points = 5"));
    ASSERT_EQ(bands.size(), 1U);
    EXPECT_EQ(bands[0].from, "below 60: 5 fail; up_to 600: 10 pass; else: 7 fail");
    const auto penalty = changes(replaced(kCard, "penalty_max = 8\n", ""));
    ASSERT_EQ(penalty.size(), 1U);
    EXPECT_EQ(penalty[0].from, "8");
    EXPECT_EQ(penalty[0].to, "");
}

TEST(Difference, lists_say_what_came_and_went) {
    auto newer = replaced(kCard, "\"bienvenida\",", "\"hola\", \"qué tal\",");
    newer = replaced(newer, "accented = [\"no sé\"]\n", "");
    const auto found = changes(newer);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].key, "phrases");
    EXPECT_EQ(found[0].added, (std::vector<std::string>{"hola", "qué tal"}));
    EXPECT_EQ(found[0].removed, std::vector<std::string>{"bienvenida"});
    EXPECT_EQ(found[1].criterion, "prohibidas");
    EXPECT_EQ(found[1].key, "accented");
    EXPECT_EQ(found[1].removed, std::vector<std::string>{"no sé"});
}

TEST(Difference, criteria_come_go_and_are_only_worded_otherwise) {
    auto newer = replaced(kCard, "id = \"duracion\"", "id = \"tiempo\"");
    newer = replaced(newer, "points = 20\n", "points = 20\nissue = \"No saludó\"\n");
    newer = replaced(newer, "version = 1", "version = 2");
    const auto found = changes(newer);
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].key, "version");
    EXPECT_EQ(found[1].key, "issue");
    EXPECT_FALSE(found[1].judges);
    EXPECT_EQ(found[2].kind, ChangeKind::CriterionAdded);
    EXPECT_EQ(found[2].criterion, "tiempo");
    EXPECT_EQ(found[3].kind, ChangeKind::CriterionRemoved);
    EXPECT_EQ(found[3].criterion, "duracion");
}

TEST(Difference, the_head_and_its_review_rules_are_compared) {
    auto newer = replaced(kCard, "language = \"es\"\n", "language = \"es\"\nscore = \"sum\"\n");
    newer += "[review]\nlow_score_below = 50\n";
    const auto found = changes(newer);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].key, "review.low_score_below");
    EXPECT_EQ(found[0].to, "50");
    EXPECT_EQ(found[1].key, "score");
    EXPECT_EQ(found[1].from, "percent");
}

}  // namespace
}  // namespace oidor::proving

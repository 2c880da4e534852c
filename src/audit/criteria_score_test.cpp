#include "audit/criteria_score.hpp"

#include <gtest/gtest.h>

namespace oidor::audit {
namespace {

struct Line {
    std::optional<int> points = {};
    int points_max = 0;
    bool bonus = false;
};

Audit audit_of(const std::vector<Line>& lines) {
    Audit audit;
    audit.score = Decimal::from_int(50);
    for (const auto& line : lines) {
        auto& result = audit.criteria.emplace_back();
        if (line.points) {
            result.points = Decimal::from_int(*line.points);
        }
        result.points_max = Decimal::from_int(line.points_max);
        result.bonus = line.bonus;
    }
    return audit;
}

TEST(CriteriaScore, is_what_was_reached_of_what_could_be) {
    EXPECT_EQ(criteria_score(audit_of({{60, 60}, {32, 40}})), 9'200);
    EXPECT_EQ(criteria_score(audit_of({{1, 3}})), 3'333);
    EXPECT_EQ(criteria_score(audit_of({{60, 60}, {{}, 40}})), 10'000) << "unknown: in neither sum";
}

TEST(CriteriaScore, a_bonus_adds_and_is_never_missed) {
    const Line missed{.points = 0, .points_max = 10, .bonus = true};
    const Line won{.points = 10, .points_max = 10, .bonus = true};
    EXPECT_EQ(criteria_score(audit_of({{80, 100}, missed})), 8'000);
    EXPECT_EQ(criteria_score(audit_of({{80, 100}, won})), 9'000);
    EXPECT_EQ(criteria_score(audit_of({{95, 100}, won})), 10'000) << "held to 100";
    EXPECT_EQ(criteria_score(audit_of({won})), std::nullopt);
}

TEST(CriteriaScore, penalties_do_not_go_below_nought) {
    EXPECT_EQ(criteria_score(audit_of({{10, 100}, {-20, 0}})), 0);
}

TEST(CriteriaScore, a_fatal_failure_leaves_nothing) {
    auto audit = audit_of({{90, 100}});
    audit.zeroed_by = {"insultos"};
    EXPECT_EQ(criteria_score(audit), 0);
}

TEST(CriteriaScore, nothing_judged_is_no_score) {
    auto audit = audit_of({{90, 100}});
    audit.score.reset();
    EXPECT_EQ(criteria_score(audit), std::nullopt);
    EXPECT_EQ(criteria_score(audit_of({{{}, 100}})), std::nullopt);
}

}  // namespace
}  // namespace oidor::audit

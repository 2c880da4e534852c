#include "server/model_views.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::server {
namespace {

json::object view_of(std::string_view audit, int approval = 70) {
    const auto value = parse_json(audit);
    EXPECT_TRUE(value) << audit;
    return criteria_audit_view(value->as_object(), {{"saludo", "¿Saluda quien atiende?"}},
                               approval);
}

TEST(CriteriaAudit, a_bonus_that_was_missed_lowers_nothing) {
    const auto view = view_of(R"({"quality_score":80,"criteria":[
        {"id":"saludo","outcome":"pass","points":80,"points_max":80},
        {"id":"cierre","outcome":"fail","points":0,"points_max":20},
        {"id":"extra","outcome":"fail","points":0,"points_max":30,"bonus":true}]})");
    EXPECT_EQ(view.at("score").to_number<double>(), 80);
    EXPECT_FALSE(view.at("failure").as_bool());
    EXPECT_EQ(view.at("criteria").at(0).at("question"), "¿Saluda quien atiende?");
    EXPECT_EQ(view.at("criteria").at(1).at("question"), "cierre");
    EXPECT_TRUE(view.at("criteria").at(2).at("bonus").as_bool());
}

TEST(CriteriaAudit, a_fatal_failure_is_a_failure) {
    const auto view = view_of(R"({"quality_score":0,"zeroed_by":["insulto"],"criteria":[
        {"id":"saludo","outcome":"pass","points":90,"points_max":90},
        {"id":"insulto","outcome":"fail","points":0,"points_max":10}]})");
    EXPECT_EQ(view.at("score").to_number<double>(), 0);
    EXPECT_TRUE(view.at("failure").as_bool());
}

TEST(CriteriaAudit, penalties_end_at_nought) {
    const auto view = view_of(R"({"quality_score":0,"criteria":[
        {"id":"saludo","outcome":"fail","points":0,"points_max":100},
        {"id":"palabras","outcome":"fail","points":-15,"points_max":0}]})");
    EXPECT_EQ(view.at("score").to_number<double>(), 0);
}

TEST(CriteriaAudit, what_has_no_score_has_none_here) {
    const auto view = view_of(R"({"quality_score":null,"criteria":[
        {"id":"duracion","outcome":"pass","points":10,"points_max":10},
        {"id":"saludo","outcome":"unknown","points":null,"points_max":90}]})");
    EXPECT_TRUE(view.at("score").is_null());
    EXPECT_TRUE(view.at("failure").is_null());
    EXPECT_EQ(view.at("unknown"), 1);
}

}  // namespace
}  // namespace oidor::server

// Sections, weights, critical and fatal criteria, bonus and conditions: how a score comes about.
#include <string>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "audit/test_support.hpp"
#include "base/json.hpp"

namespace oidor::audit {
namespace {

using enum Speaker;

std::string criterion(const std::string& id, const std::string& phrase, const std::string& keys) {
    return "[[criteria]]\nid = \"" + id + "\"\nkind = \"phrases\"\nneed = \"any\"\nphrases = [\"" +
           phrase + "\"]\n" + keys + "\n";
}

const std::string kSections =
    "[[sections]]\nid = \"apertura\"\ntitle = \"Apertura\"\nweight = 30\n"
    "[[sections]]\nid = \"gestion\"\nweight = 70\n";

const std::string kCriteria = criterion("a", "uno", "points = 1\nsection = \"apertura\"") +
                              criterion("b", "dos", "points = 1\nsection = \"apertura\"") +
                              criterion("c", "tres", "points = 50\nsection = \"gestion\"");

Audit judge(const std::string& toml, const std::string& text, const Facts& facts = {}) {
    return auditor_of(toml)->judge(transcript_of({say(Agent, text)}), facts);
}

TEST(Sections, share_the_score_by_their_weight) {
    EXPECT_EQ(judge(kSections + kCriteria, "uno dos tres").score->text(), "100.0");
    EXPECT_EQ(judge(kSections + kCriteria, "uno tres").score->text(), "85.0");
    const auto half = judge(kSections + kCriteria, "uno");
    EXPECT_EQ(half.score->text(), "15.0");
    ASSERT_EQ(half.sections.size(), 2U);
    EXPECT_EQ(half.sections[0].title, "Apertura");
    EXPECT_EQ(half.sections[0].score->text(), "50.0");
    EXPECT_EQ(half.sections[1].score->text(), "0.0");
}

TEST(Sections, with_nothing_that_applies_give_their_weight_to_the_others) {
    const auto toml = kSections + criterion("a", "uno", "points = 1\nsection = \"apertura\"") +
                      criterion("b", "dos", "points = 1\nsection = \"apertura\"") +
                      criterion("c", "tres",
                                "points = 50\nsection = \"gestion\"\nonly_if = { phrases = "
                                "[\"reclamo\"], speaker = \"agent\" }");
    const auto audit = judge(toml, "uno");
    EXPECT_EQ(audit.criteria.at(2).outcome, Outcome::NotApplicable);
    EXPECT_EQ(audit.score->text(), "50.0");
    EXPECT_FALSE(audit.sections.at(1).score);
    EXPECT_EQ(judge(toml, "uno reclamo").score->text(), "15.0");
}

TEST(Sections, without_weights_are_parts_of_one_sum) {
    const auto toml = "[[sections]]\nid = \"apertura\"\n[[sections]]\nid = \"gestion\"\n" + kCriteria;
    EXPECT_EQ(judge(toml, "tres").score->text(), "96.153846");
    EXPECT_EQ(judge(toml, "tres").sections.at(0).score->text(), "0.0");
}

TEST(Sections, a_failed_critical_criterion_makes_its_section_nought) {
    const auto toml = kSections +
                      criterion("a", "uno",
                                "points = 1\nsection = \"apertura\"\nseverity = \"critical\"") +
                      criterion("b", "dos", "points = 9\nsection = \"apertura\"") +
                      criterion("c", "tres", "points = 50\nsection = \"gestion\"");
    const auto audit = judge(toml, "dos tres");
    EXPECT_EQ(audit.score->text(), "70.0");
    EXPECT_EQ(audit.sections.at(0).score->text(), "0.0");
    EXPECT_EQ(audit.sections.at(0).zeroed_by, std::vector<std::string>{"a"});
    // Nobody has to ask for that review.
    EXPECT_EQ(audit.review_reasons, std::vector{ReviewReason::CriticalFailure});
    EXPECT_EQ(judge(toml, "uno tres").score->text(), "73.0");
}

TEST(Fatal, a_failed_criterion_makes_the_whole_nought) {
    const auto toml = criterion("a", "uno", "points = 1\nseverity = \"fatal\"") +
                      criterion("b", "dos", "points = 99");
    const auto audit = judge(toml, "dos");
    EXPECT_EQ(audit.score->text(), "0.0");
    EXPECT_EQ(audit.zeroed_by, std::vector<std::string>{"a"});
    EXPECT_EQ(audit.review_reasons, std::vector{ReviewReason::CriticalFailure});
    EXPECT_EQ(judge(toml, "uno").score->text(), "1.0");
    // A doubt is no fail.
    auto mumbled = say(Agent, "dos");
    mumbled.confidence = 0.1;
    const auto doubtful = auditor_of(toml)->judge(transcript_of({mumbled}), {});
    EXPECT_EQ(doubtful.score->text(), "100.0");
    EXPECT_TRUE(doubtful.zeroed_by.empty());
}

TEST(Bonus, comes_on_top_and_is_never_missed) {
    const auto toml = criterion("a", "uno", "points = 5") + criterion("b", "dos", "points = 5") +
                      criterion("c", "tres", "bonus = 20\nissue = \"no\"");
    EXPECT_EQ(judge(toml, "uno").score->text(), "50.0");
    EXPECT_TRUE(judge(toml, "uno dos").issues.empty());
    const auto more = judge(toml, "uno tres");
    EXPECT_EQ(more.score->text(), "70.0");
    EXPECT_TRUE(more.criteria.at(2).bonus);
    EXPECT_EQ(more.criteria.at(2).points->text(), "20.0");
    EXPECT_EQ(judge(toml, "uno dos tres").score->text(), "100.0");
}

TEST(Condition, decides_only_when_it_is_sure) {
    const auto toml =
        criterion("a", "hola", "points = 1") +
        criterion("b", "lamento", "points = 1\nspeaker = \"agent\"\nonly_if = { phrases = "
                                  "[\"reclamo\"], speaker = \"customer\" }");
    const auto judge_of = [&](std::vector<Segment> segments) {
        return auditor_of(toml)->judge(transcript_of(std::move(segments)), {}).criteria.at(1);
    };
    const auto without = judge_of({say(Agent, "hola"), say(Customer, "quiero pagar")});
    EXPECT_EQ(without.outcome, Outcome::NotApplicable);
    ASSERT_TRUE(without.condition);
    EXPECT_EQ(without.condition->outcome, Outcome::Fail);
    ASSERT_TRUE(without.condition->searched);
    EXPECT_EQ(without.condition->searched->speaker, BoundSpeaker::Customer);
    const auto with = judge_of({say(Agent, "hola"), say(Customer, "tengo un RECLAMO")});
    EXPECT_EQ(with.outcome, Outcome::Fail);
    EXPECT_EQ(std::get<Quote>(with.condition->evidence.at(0)).quote, "RECLAMO");
    auto mumbled = say(Customer, "tengo un amo");
    mumbled.confidence = 0.1;
    EXPECT_EQ(judge_of({say(Agent, "hola"), mumbled}).outcome, Outcome::Unknown);
    EXPECT_EQ(judge_of({say(Agent, "lo lamento"), mumbled}).outcome, Outcome::Pass);
}

TEST(Condition, may_hang_on_a_later_criterion_and_on_a_measure) {
    const auto toml =
        criterion("a", "uno", "points = 1\nonly_if = { criterion = \"b\", outcome = \"fail\" }") +
        criterion("b", "dos", "points = 1\nonly_if = { criterion = \"c\" }") +
        criterion("c", "tres", "points = 1") +
        criterion("d", "cuatro", "points = 1\nonly_if = { measure = \"duration\", at_least = 60 }");
    const auto audit = judge(toml, "tres", lasting(59));
    EXPECT_EQ(audit.criteria.at(1).outcome, Outcome::Fail);
    EXPECT_EQ(audit.criteria.at(0).outcome, Outcome::Fail);
    EXPECT_EQ(audit.criteria.at(0).condition->criterion, "b");
    EXPECT_EQ(audit.criteria.at(3).outcome, Outcome::NotApplicable);
    EXPECT_EQ(judge(toml, "tres", lasting(60)).criteria.at(3).outcome, Outcome::Fail);
    EXPECT_EQ(judge(toml, "tres").criteria.at(3).outcome, Outcome::Unknown);
    // b does not apply, so it did not fail.
    EXPECT_EQ(judge(toml, "uno", lasting(59)).criteria.at(0).outcome, Outcome::NotApplicable);
}

TEST(Json, of_an_old_scorecard_has_no_new_members) {
    const auto text = format_audit(judge(criterion("a", "uno", "points = 1"), "uno"), {});
    for (const auto* member : {"sections", "zeroed_by", "bonus", "condition", "distance"}) {
        EXPECT_FALSE(text.contains("\"" + std::string(member) + "\"")) << member;
    }
    const auto whole = parse_json(format_audit(judge(kSections + kCriteria, "uno"), {}));
    ASSERT_TRUE(whole);
    EXPECT_EQ(format_json(whole->as_object().at("sections")),
              R"([{"id":"apertura","title":"Apertura","weight":30,"score":50,"zeroed_by":[]},)"
              R"({"id":"gestion","title":"gestion","weight":70,"score":0,"zeroed_by":[]}])");
}

TEST(Facts, measures_that_nobody_asks_for_are_no_input) {
    const auto auditor = auditor_of(criterion("a", "uno", "points = 1"));
    const auto transcript = transcript_of({say(Agent, "uno")});
    Facts facts;
    facts.measures["silence"] = {.value = Decimal::from_int(1), .unit = "ratio"};
    EXPECT_EQ(auditor->judge(transcript, facts).receipt.facts_sha256,
              auditor->judge(transcript, {}).receipt.facts_sha256);
}

}  // namespace
}  // namespace oidor::audit

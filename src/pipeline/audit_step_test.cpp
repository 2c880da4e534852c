#include "pipeline/audit_step.hpp"

#include <gtest/gtest.h>

#include "pipeline/map_step.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using testing::must;

constexpr auto kAuditedEnd =
    R"({"hooktrigger":"END","cdrid":"1","dialtime":"2026-02-10 10:30:00","duration":310,"billseconds":300,
        "status":"ANSWER","wasrecorded":false,"queueagentextension":"300"})";
constexpr auto kGood = R"({"language":"es","segments":[
    {"start_ms":0,"end_ms":2000,"speaker":"agent","text":"Buenos días, mi nombre es Lucía, ¿en qué puedo ayudarle?"},
    {"start_ms":3000,"end_ms":9000,"speaker":"customer","text":"Quiero cambiar mi plan."},
    {"start_ms":290000,"end_ms":299000,"speaker":"agent","text":"Gracias por comunicarse, hasta luego."}]})";

class Judging : public testing::House {
  protected:
    Judging() {
        must(publish_shipped_scorecards(store_->directory(), clock_.now()));
        id_ = keep(kAuditedEnd);
        must(MapStep(*store_, accounts()).run(id_));
    }

    void put_transcript(const std::string& text) {
        const auto bytes = format_transcript(must(parse_transcript(text)));
        must(store_->conversations().put_transcript(id_,
                                                    {.sha256_hex = sha256_hex(bytes),
                                                     .json = bytes,
                                                     .origin = "provided",
                                                     .created_at = clock_.now()},
                                                    {}));
    }

    Result<void> run() {
        Judges judges(store_->directory());
        return AuditStep(*store_, accounts(), judges, clock_, &telemetry_).run(id_);
    }

    ConversationId id_;
};

TEST_F(Judging, the_general_scorecard_of_the_language_judges_without_a_binding) {
    put_transcript(kGood);
    must(run());
    const auto audits = must(store_->conversations().list_audits(id_));
    ASSERT_EQ(audits.size(), 1U);
    EXPECT_EQ(audits[0].scorecard_id, "general-es");
    EXPECT_EQ(audits[0].quality_score, 100);
    EXPECT_EQ(row(id_).conversation.state, ConversationState::Audited);
    EXPECT_EQ(metric(telemetry::Metric::audit_audits_total), 1);
    EXPECT_EQ(metric(telemetry::Metric::audit_run_seconds), 1);
    EXPECT_EQ(metric(telemetry::Metric::pipeline_not_auditable_total), 0);
}

TEST_F(Judging, judging_twice_leaves_one_audit) {
    put_transcript(kGood);
    must(run());
    must(run());
    EXPECT_EQ(must(store_->conversations().list_audits(id_)).size(), 1U);
}

TEST_F(Judging, a_binding_chooses_the_scorecard) {
    must(store_->directory().put_campaign({.id = "7", .name = "Ventas"}));
    must(store_->directory().put_binding({.campaign = {},
                                          .channel = "voice",
                                          .language = {},
                                          .scorecard_id = "classic-es",
                                          .version = 1,
                                          .from = {}}));
    put_transcript(kGood);
    must(run());
    EXPECT_EQ(must(store_->conversations().list_audits(id_)).at(0).scorecard_id, "classic-es");
}

TEST_F(Judging, a_language_without_a_scorecard_is_unsupported) {
    put_transcript(R"({"language":"de","segments":[{"speaker":"agent","text":"Guten Tag"}]})");
    EXPECT_EQ(run().error().code, ErrorCode::Unsupported);
}

TEST_F(Judging, nobody_speaking_is_no_bad_call) {
    put_transcript(R"({"language":"es","segments":[]})");
    must(run());
    EXPECT_EQ(row(id_).conversation.state, ConversationState::NotAuditable);
    EXPECT_EQ(row(id_).conversation.reason, "no_speech");
    EXPECT_FALSE(must(store_->conversations().list_audits(id_)).at(0).quality_score);
    EXPECT_EQ(metric(telemetry::Metric::pipeline_not_auditable_total), 1);
}

TEST_F(Judging, without_a_transcript_an_answered_call_waits) {
    must(run());
    EXPECT_TRUE(must(store_->conversations().list_audits(id_)).empty());
}

TEST_F(Judging, a_binding_that_names_more_counts_for_more_and_one_of_tomorrow_not_yet) {
    auto& directory = store_->directory();
    Judges judges(directory);
    auto conversation = row(id_).conversation;
    conversation.campaign.id = "7";
    const auto chosen = [&] { return must(judges.choose(conversation, "es"))->scorecard().id; };
    must(directory.put_binding({.channel = "voice", .scorecard_id = "classic-es", .from = {}}));
    EXPECT_EQ(chosen(), "classic-es");
    must(directory.put_binding({.campaign = "7", .scorecard_id = "general-en", .from = {}}));
    EXPECT_EQ(chosen(), "general-en");
    must(directory.put_binding({.campaign = "7",
                                .channel = "voice",
                                .scorecard_id = "classic-es",
                                .from = clock_.now() + std::chrono::hours(24)}));
    EXPECT_EQ(chosen(), "general-en");
}

}  // namespace
}  // namespace oidor::pipeline

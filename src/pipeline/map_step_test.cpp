#include "pipeline/map_step.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "pipeline/steps.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using testing::must;

class Map : public testing::House {
  protected:
    Result<void> run(ConversationId id) {
        return MapStep(*store_, accounts(), &telemetry_).run(id);
    }

    std::vector<std::string> queued() {
        std::vector<std::string> kinds;
        for (const auto& job :
             must(store_->queue().list_jobs(store::JobState::Queued, {}, {}, 100))) {
            kinds.push_back(job.kind);
        }
        return kinds;
    }

    bool is_queued(std::string_view kind) {
        const auto kinds = queued();
        return std::ranges::find(kinds, kind) != kinds.end();
    }
};

constexpr auto kAnswered =
    R"({"hooktrigger":"END","cdrid":"1","dialtime":"2026-02-10 10:30:00","direction":"IN","calling":"011 6795-0079",
        "called":"300","status":"ANSWER","duration":"130","billseconds":"120","wasrecorded":"1",
        "audio_file_mp3":"https://pbx.anura.com.ar/1.mp3","accounttags":"campaign_7, vip","queueagentextension":"300"})";

TEST_F(Map, an_answered_call_is_mapped_and_its_recording_is_to_be_fetched) {
    must(store_->directory().put_campaign({.id = "7", .name = "Ventas"}));
    must(store_->directory().put_agent({.id = "300", .name = "Lucía"}));
    const auto id = keep(kAnswered);
    must(run(id));
    const auto mapped = row(id);
    EXPECT_EQ(mapped.conversation.state, ConversationState::Ended);
    EXPECT_EQ(mapped.conversation.campaign,
              (Mapped{.id = "7", .state = MappingState::Mapped, .wanted = {}}));
    EXPECT_EQ(mapped.conversation.customer_key, "+541167950079");
    EXPECT_EQ(mapped.conversation.day, "2026-02-10");
    EXPECT_EQ(mapped.conversation.duration_s, 120);
    ASSERT_EQ(mapped.participations.size(), 1U);
    EXPECT_EQ(mapped.participations[0].agent.id, "300");
    EXPECT_EQ(mapped.participations[0].agent_name, "Lucía");
    EXPECT_TRUE(is_queued(kFetch));
}

TEST_F(Map, what_lacks_a_mapping_is_said_once_however_often_it_is_mapped) {
    using telemetry::Metric;
    const auto id = keep(kAnswered);
    must(run(id));
    must(run(id));
    EXPECT_EQ(metric(Metric::pipeline_conversations_unmapped_total), 1);
    EXPECT_TRUE(lines_.text.contains(R"("event":"conversation_mapped")")) << lines_.text;
    EXPECT_TRUE(lines_.text.contains(id.text())) << lines_.text;
    must(store_->directory().put_campaign({.id = "7", .name = "Ventas"}));
    must(store_->directory().put_agent({.id = "300", .name = "Lucía"}));
    must(run(id));
    EXPECT_EQ(metric(Metric::pipeline_conversations_unmapped_total), 1);
}

TEST_F(Map, events_that_cannot_be_read_are_said) {
    std::promise<Result<std::vector<store::EventReceipt>>> done;
    store_->inbox().keep({{.conversation = {.source = "anura",
                                            .account = "default",
                                            .channel = Channel::Voice,
                                            .external_id = "9"},
                           .external_id = "9",
                           .kind = "END",
                           .body_sha256 = sha256("?"),
                           .normalised = {},
                           .raw = "?",
                           .content_type = {},
                           .received_at = clock_.now()}},
                         [&done](auto receipts) { done.set_value(std::move(receipts)); });
    const auto id = must(done.get_future().get()).at(0).conversation;
    EXPECT_EQ(run(id).error().code, ErrorCode::Invalid);
    EXPECT_EQ(metric(telemetry::Metric::pipeline_events_unreadable_total), 1);
    EXPECT_FALSE(lines_.text.contains("conversation_mapped")) << lines_.text;
}

TEST_F(Map, runs_twice_with_the_effect_of_once) {
    const auto id = keep(kAnswered);
    must(run(id));
    const auto once = row(id);
    must(run(id));
    const auto twice = row(id);
    EXPECT_EQ(once.participations, twice.participations);
    EXPECT_EQ(once.recordings, twice.recordings);
    EXPECT_EQ(once.conversation, twice.conversation);
}

TEST_F(Map, what_is_named_and_not_there_is_unmapped_and_never_the_default) {
    must(store_->directory().put_campaign({.id = "1", .name = "Otra"}));
    options_.default_campaign_id = "1";
    const auto id = keep(kAnswered);
    must(run(id));
    EXPECT_EQ(row(id).conversation.campaign,
              (Mapped{.id = {}, .state = MappingState::Unmapped, .wanted = "7"}));
}

TEST_F(Map, nothing_named_takes_the_default) {
    must(store_->directory().put_campaign({.id = "1", .name = "Otra"}));
    options_.default_campaign_id = "1";
    const auto id = keep(
        R"({"hooktrigger":"END","cdrid":"2","duration":"10","billseconds":"9","status":"ANSWER"})");
    must(run(id));
    EXPECT_EQ(row(id).conversation.campaign.state, MappingState::Defaulted);
    EXPECT_EQ(row(id).conversation.campaign.id, "1");
}

TEST_F(Map, the_explicit_table_comes_before_the_rule) {
    must(store_->directory().put_campaign({.id = "7", .name = "Ventas"}));
    must(store_->directory().put_campaign({.id = "8", .name = "VIP"}));
    must(store_->directory().put_mapping({.target = store::MappingTarget::Campaign,
                                          .source = "anura",
                                          .account = "default",
                                          .kind = "tag",
                                          .value = "VIP",
                                          .id = "8"}));
    const auto id = keep(kAnswered);
    must(run(id));
    EXPECT_EQ(row(id).conversation.campaign.id, "8");
}

TEST_F(Map, a_missed_call_goes_to_the_audit_which_says_that_nobody_answered) {
    const auto id = keep(
        R"({"hooktrigger":"END","cdrid":"3","duration":0,"billseconds":0,"status":"NO ANSWER"})");
    must(run(id));
    EXPECT_TRUE(is_queued(kAudit));
    EXPECT_FALSE(is_queued(kFetch));
}

TEST_F(Map, an_answered_call_without_a_recording_says_so) {
    const auto id = keep(
        R"({"hooktrigger":"END","cdrid":"4","duration":60,"billseconds":50,"status":"ANSWER","wasrecorded":false})");
    must(run(id));
    EXPECT_EQ(row(id).conversation.state, ConversationState::NoRecording);
    EXPECT_EQ(row(id).conversation.reason, "not_recorded");
}

TEST_F(Map, a_call_that_goes_on_stays_open) {
    const auto id = keep(R"({"hooktrigger":"START","cdrid":"5","dialtime":"2026-02-10 10:30:00"})");
    must(run(id));
    EXPECT_EQ(row(id).conversation.state, ConversationState::Open);
    EXPECT_EQ(queued(), std::vector<std::string>{std::string(kMap)});
}

TEST_F(Map, an_unknown_conversation_is_not_found) {
    EXPECT_EQ(run(ConversationId::make()).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace oidor::pipeline

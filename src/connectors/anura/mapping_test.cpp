#include "connectors/anura/mapping.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace oidor::connectors::anura {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNoon = std::chrono::sys_days(std::chrono::year(2026) / 2 / 10) + 12h;

/// Events in the order of their receipt, a minute apart; the kind is given before the body.
ConversationDraft merged(const std::vector<std::pair<std::string, std::string>>& bodies) {
    std::vector<KeptEvent> events;
    for (const auto& [kind, body] : bodies) {
        events.push_back({.kind = kind,
                          .normalised = body,
                          .received_at = kNoon + std::chrono::minutes(events.size())});
    }
    return merge(events, {}).value();
}

std::vector<std::string> legs(const ConversationDraft& draft) {
    std::vector<std::string> legs;
    for (const auto& part : draft.participations) {
        legs.push_back(part.leg);
    }
    return legs;
}

using Legs = std::vector<std::string>;
using Lookups = std::vector<std::pair<std::string, std::string>>;

TEST(AnuraMapping, campaigns_come_from_the_first_tag_that_names_one) {
    EXPECT_EQ(campaign_of_tags("campaign_123, tag2, campaign_456"), "123");
    EXPECT_EQ(campaign_of_tags("soporte, CAMPAIGN_7"), "7");
    EXPECT_EQ(campaign_of_tags("vip,42"), "42");
    EXPECT_EQ(campaign_of_tags("campaign_007"), "7");
    EXPECT_EQ(campaign_of_tags("campaign_x, campaign_, 0, campaign_00, 5"), "5");
    for (const std::string_view tags :
         {"", ",,", "ventas", "campaign", "campaign_1b", "campaign_-1", "1234567890123456789"}) {
        EXPECT_FALSE(campaign_of_tags(tags)) << tags;
    }
}

TEST(AnuraMapping, agents_come_from_the_extension_then_from_the_name_s_digits) {
    EXPECT_EQ(agent_id_of("300", "Ana 301"), "300");
    EXPECT_EQ(agent_id_of("SIP/300", "Ana 301 bis 302"), "301");
    EXPECT_EQ(agent_id_of(std::nullopt, "Agente 0300"), "300");
    EXPECT_EQ(agent_id_of("²", "Ana"), std::nullopt);
    EXPECT_EQ(agent_id_of("0", std::nullopt), std::nullopt);
    EXPECT_EQ(agent_id_of(std::nullopt, std::nullopt), std::nullopt);
}

TEST(AnuraMapping, directions_and_outcomes_are_read_in_every_spelling) {
    EXPECT_EQ(direction_of("IN"), Direction::Inbound);
    EXPECT_EQ(direction_of(" Entrante "), Direction::Inbound);
    EXPECT_EQ(direction_of("o"), Direction::Outbound);
    EXPECT_EQ(direction_of("interna"), Direction::Internal);
    EXPECT_EQ(direction_of("inside"), Direction::Unknown);
    EXPECT_EQ(outcome_of("answered"), CallOutcome::Answered);
    EXPECT_EQ(outcome_of("NO ANSWER"), CallOutcome::NoAnswer);
    EXPECT_EQ(outcome_of("no_answer"), CallOutcome::NoAnswer);
    EXPECT_EQ(outcome_of("Busy"), CallOutcome::Busy);
    EXPECT_EQ(outcome_of("CANCEL"), CallOutcome::Cancelled);
    EXPECT_EQ(outcome_of("CHAN-UNAVAIL"), CallOutcome::Failed);
    EXPECT_EQ(outcome_of("CONGESTION"), CallOutcome::Failed);
    EXPECT_EQ(outcome_of("RINGING"), CallOutcome::Unknown);
}

TEST(AnuraMapping, the_outcome_is_the_talk_s_when_the_status_says_nothing) {
    EXPECT_EQ(merged({{"END", R"({"billseconds":1})"}}).outcome, CallOutcome::Answered);
    EXPECT_EQ(merged({{"END", R"({"billseconds":0})"}}).outcome, CallOutcome::Unknown);
    EXPECT_EQ(merged({{"TALK", "{}"}}).outcome, CallOutcome::Answered);
    EXPECT_EQ(merged({{"TALK", "{}"}, {"END", R"({"status":"FAILED"})"}}).outcome,
              CallOutcome::Failed);
}

TEST(AnuraMapping, a_higher_event_wins_and_nothing_is_no_correction) {
    const auto draft = merged({{"END", R"({"calling":"1","called":"2"})"},
                               {"START", R"({"calling":"9","called":"9","direction":"IN"})"},
                               {"END", R"({"calling":"3","called":null})"},
                               {"RECORDING", R"({"calling":"8","direction":"OUT"})"},
                               {"HOLD", R"({"calling":"7"})"}});
    EXPECT_EQ(draft.address_from, "3");
    EXPECT_EQ(draft.address_to, "2");
    EXPECT_EQ(draft.direction, Direction::Outbound);
}

TEST(AnuraMapping, the_duration_is_talk_time) {
    EXPECT_EQ(merged({{"END", R"({"duration":30,"billseconds":20})"}}).duration_s, 20);
    EXPECT_EQ(merged({{"END", R"({"duration":30,"status":"ANSWER"})"}}).duration_s, 30);
    EXPECT_EQ(merged({{"END", R"({"duration":30,"status":"BUSY"})"}}).duration_s, std::nullopt);
    EXPECT_EQ(merged({{"END", R"({"duration":30,"billseconds":0,"status":"BUSY"})"}}).duration_s,
              0);
}

TEST(AnuraMapping, an_unknown_start_is_what_the_receipts_allow) {
    EXPECT_EQ(merged({{"RECORDING", "{}"}, {"END", R"({"duration":90})"}}).started_at, kNoon - 30s);
    EXPECT_EQ(merged({{"START", "{}"}, {"END", R"({"duration":30})"}}).started_at, kNoon);
}

TEST(AnuraMapping, only_the_end_or_its_recording_ends_a_call) {
    EXPECT_FALSE(merged({{"START", "{}"}, {"TALK", "{}"}, {"ORIGINATE", "{}"}}).ended);
    EXPECT_FALSE(merged({{"HANGUP", R"({"duration":5})"}}).ended);
    EXPECT_TRUE(merged({{"END", "{}"}}).ended);
    EXPECT_TRUE(merged({{"RECORDING", "{}"}}).ended);
}

TEST(AnuraMapping, a_recording_is_announced_when_the_source_says_that_there_is_one) {
    EXPECT_TRUE(
        merged({{"END", R"({"wasrecorded":"0","audio_file_mp3":"u"})"}}).recordings.empty());
    const auto later = merged({{"RECORDING", "{}"}, {"END", R"({"wasrecorded":"0"})"}});
    EXPECT_EQ(later.recorded, true);
    ASSERT_EQ(later.recordings.size(), 1U);
    EXPECT_TRUE(later.recordings[0].candidate_urls.empty());
    EXPECT_TRUE(merged({{"END", R"({"status":"ANSWER"})"}}).recordings.empty());
    const auto all = merged(
        {{"END",
          R"({"audio_play_wav":"pw","audio_file_ogg":"o","audio_file_mp3":"m","audio_file_wav":"w"})"},
         {"END", R"({"audio_file_mp3":"m2","audio_file_wav":"w"})"}});
    ASSERT_EQ(all.recordings.size(), 1U);
    EXPECT_EQ(all.recordings[0].candidate_urls, (Legs{"w", "m2", "m", "o", "pw"}));
}

TEST(AnuraMapping, links_are_bounded) {
    std::vector<std::pair<std::string, std::string>> bodies;
    for (int i = 0; i < 40; ++i) {
        bodies.emplace_back("END", "{\"audio_file_mp3\":\"u" + std::to_string(i) + "\"}");
    }
    EXPECT_EQ(merged(bodies).recordings.at(0).candidate_urls.size(), 12U);
}

TEST(AnuraMapping, each_agent_who_talked_has_a_part) {
    EXPECT_EQ(legs(merged({{"TALK", R"({"queueagentextension":"300"})"},
                           {"TALK", R"({"queueagentextension":"301"})"},
                           {"END", R"({"queueagentextension":"302"})"}})),
              (Legs{"300", "301", "302"}));
    EXPECT_EQ(legs(merged({{"TALK", R"({"queueagentextension":"300"})"},
                           {"END", R"({"queueagentextension":"300"})"}})),
              (Legs{"300"}));
    EXPECT_EQ(legs(merged({{"END", "{}"}})), (Legs{""}));
}

TEST(AnuraMapping, a_corrected_end_is_no_transfer) {
    EXPECT_EQ(legs(merged({{"END", R"({"queueagentextension":"300"})"},
                           {"END", R"({"queueagentextension":"301"})"}})),
              (Legs{"301"}));
}

TEST(AnuraMapping, a_phone_that_only_rang_took_no_part) {
    EXPECT_EQ(legs(merged({{"START", R"({"queueagentextension":"300"})"},
                           {"END", R"({"queueagentextension":"301"})"}})),
              (Legs{"301"}));
    EXPECT_EQ(legs(merged({{"START", R"({"queueagentextension":"300"})"}, {"END", "{}"}})),
              (Legs{"300"}));
}

TEST(AnuraMapping, a_name_stands_for_the_one_extension_that_it_comes_with) {
    const auto draft = merged({{"TALK", R"({"queueagentname":"Ana"})"},
                               {"END", R"({"queueagentname":"Ana","queueagentextension":"300"})"}});
    EXPECT_EQ(legs(draft), (Legs{"300"}));
    EXPECT_EQ(draft.participations[0].name, "Ana");
    EXPECT_EQ(legs(merged({{"TALK", R"({"queueagentname":"Ana"})"},
                           {"TALK", R"({"queueagentname":"Ana","queueagentextension":"300"})"},
                           {"END", R"({"queueagentname":"Ana","queueagentextension":"301"})"}})),
              (Legs{"Ana", "300", "301"}));
}

TEST(AnuraMapping, the_account_s_extension_is_asked_only_outside_of_queues) {
    const auto queue = merged(
        {{"END", R"({"queueagentextension":"300","answerextension":"1","accountextension":"2"})"}});
    EXPECT_EQ(queue.participations[0].lookups, (Lookups{{"extension", "300"}}));
    const auto direct = merged({{"END", R"({"answerextension":"1","accountextension":"2"})"}});
    EXPECT_EQ(direct.participations[0].leg, "1");
    EXPECT_FALSE(direct.participations[0].wanted);
    EXPECT_EQ(direct.participations[0].lookups, (Lookups{{"extension", "1"}, {"extension", "2"}}));
    const auto account = merged({{"END", R"({"accountextension":"2"})"}});
    EXPECT_EQ(legs(account), (Legs{""}));
    EXPECT_EQ(account.participations[0].lookups, (Lookups{{"extension", "2"}}));
}

TEST(AnuraMapping, turns_have_times_only_where_the_source_tells_them) {
    constexpr auto* kEnd =
        R"({"dialtime":"2026-02-10T12:00:00Z","status":"ANSWER","duration":100,"billseconds":90,
            "queueagentextension":"301","queuetalktime":90})";
    const auto draft = merged({{"TALK", R"({"queueagentextension":"300"})"}, {"END", kEnd}});
    ASSERT_EQ(draft.participations.size(), 2U);
    EXPECT_EQ(draft.participations[0].from, kNoon + 10s);
    EXPECT_FALSE(draft.participations[0].to);
    EXPECT_FALSE(draft.participations[1].from);
    EXPECT_EQ(draft.participations[1].to, kNoon + 100s);
}

TEST(AnuraMapping, events_that_cannot_be_read_are_left_out) {
    EXPECT_EQ(merged({{"END", "not json"}, {"START", R"({"calling":"1"})"}}).address_from, "1");
}

}  // namespace
}  // namespace oidor::connectors::anura

#include "connectors/net2phone/mapping.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "connectors/net2phone/shapes.hpp"

namespace oidor::connectors::net2phone {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kReceived = std::chrono::sys_days(std::chrono::year(2026) / 2 / 10) + 15h;

KeptEvent kept(std::string_view name, const json::object& more) {
    json::object item = {{"event", name}, {"call_id", "1"}};
    for (const auto& [key, value] : more) {
        item[key] = value;
    }
    return {
        .kind = std::string(name), .normalised = canonical_json(item), .received_at = kReceived};
}

ConversationDraft merged(const std::vector<KeptEvent>& events, const AccountContext& account = {}) {
    const auto draft = merge(events, account);
    EXPECT_TRUE(draft);
    return draft.value();
}

Timestamp at(std::string_view text) { return parse_rfc3339(text).value(); }

TEST(Merge, a_time_without_an_offset_is_of_the_account_s_zone) {
    AccountContext account{.name = "default", .time_zone = "America/Bogota"};
    account.utc_offset = [](std::string_view zone, std::chrono::local_seconds) {
        return zone == "America/Bogota" ? std::chrono::minutes(-300) : std::chrono::minutes(0);
    };
    const std::vector events = {kept("call_ringing", {{"timestamp", "2026-02-10T08:00:00.5"}})};
    EXPECT_EQ(merged(events, account).started_at, at("2026-02-10T13:00:00.5Z"));
    EXPECT_EQ(merged(events).started_at, at("2026-02-10T08:00:00.5Z"));
}

TEST(Merge, the_source_s_own_time_decides_between_equals_not_the_order_of_arrival) {
    auto late = kept("call_completed", {{"timestamp", "2026-02-10T13:00:09Z"}, {"duration", 120}});
    auto early = kept("call_completed", {{"timestamp", "2026-02-10T13:00:07Z"}, {"duration", 100}});
    early.received_at = kReceived + 1h;
    EXPECT_EQ(merged({late, early}).duration_s, 120);
    EXPECT_EQ(merged({early, late}).duration_s, 120);
}

TEST(Merge, zero_is_a_value_and_null_overwrites_nothing) {
    const auto draft = merged({kept("call_answered", {{"duration", 40}}),
                               kept("call_completed", {{"duration", 0}, {"direction", nullptr}}),
                               kept("call_ringing", {{"direction", "outbound"}})});
    EXPECT_EQ(draft.duration_s, 0);
    EXPECT_EQ(draft.direction, Direction::Outbound);
}

TEST(Merge, a_call_that_was_missed_and_one_that_was_answered) {
    EXPECT_EQ(merged({kept("call_missed", {})}).outcome, CallOutcome::NoAnswer);
    EXPECT_TRUE(merged({kept("call_missed", {})}).ended);
    // Missed by one, taken by another.
    EXPECT_EQ(merged({kept("call_missed", {}), kept("call_answered", {})}).outcome,
              CallOutcome::Answered);
    EXPECT_EQ(merged({kept("call_completed", {{"duration", 5}})}).outcome, CallOutcome::Answered);
    EXPECT_EQ(merged({kept("call_completed", {{"duration", 0}})}).outcome, CallOutcome::Unknown);
    EXPECT_FALSE(merged({kept("call_answered", {})}).ended);
}

TEST(Merge, no_campaign_is_named_and_the_operator_is_the_user_s_account) {
    const auto draft = merged({kept(
        "call_completed",
        {{"call_source", "queue"},
         {"user",
          {{"id", 7}, {"name", "Ana"}, {"account_id", "0300"}, {"email", "ana@example.com"}}}})});
    EXPECT_FALSE(draft.campaign_wanted);
    using Lookups = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(draft.campaign_lookups, (Lookups{{"call_source", "queue"}}));
    ASSERT_EQ(draft.participations.size(), 1U);
    const auto& part = draft.participations.front();
    EXPECT_EQ(part.leg, "300");
    EXPECT_EQ(part.wanted, "300");
    EXPECT_EQ(part.name, "Ana");
    EXPECT_EQ(part.lookups, (Lookups{{"account_id", "300"},
                                     {"user_id", "7"},
                                     {"email", "ana@example.com"},
                                     {"agent_name", "Ana"}}));
}

TEST(Merge, an_operator_of_nought_or_of_letters_is_nobody) {
    for (const json::value& id : {json::value(0), json::value("00"), json::value("x1"),
                                  json::value(-1), json::value("1234567890123456789")}) {
        const auto draft = merged({kept("call_completed", {{"user", {{"account_id", id}}}})});
        EXPECT_FALSE(draft.participations.front().wanted) << canonical_json(id);
        EXPECT_EQ(draft.participations.front().leg, "");
        EXPECT_TRUE(draft.details_json->contains("user.account_id"));
    }
}

TEST(Merge, what_a_recorded_event_says_of_the_audio_comes_first) {
    const auto draft =
        merged({kept("call_recorded",
                     {{"timestamp", "2026-02-10T13:00:00Z"}, {"recording_url", "https://n/new"}}),
                kept("call_completed",
                     {{"timestamp", "2026-02-10T14:00:00Z"}, {"recording_url", "https://n/old"}})});
    ASSERT_EQ(draft.recordings.size(), 1U);
    EXPECT_EQ(draft.recordings.front().candidate_urls,
              (std::vector<std::string>{"https://n/new", "https://n/old"}));
    EXPECT_EQ(draft.recorded, true);
}

TEST(Merge, a_recording_without_a_link_is_announced) {
    const auto draft = merged({kept("call_recorded", {})});
    ASSERT_EQ(draft.recordings.size(), 1U);
    EXPECT_TRUE(draft.recordings.front().candidate_urls.empty());
    EXPECT_TRUE(merged({kept("call_completed", {})}).recordings.empty());
}

TEST(Merge, a_message_on_the_machine_is_an_audio_of_its_own) {
    const auto draft = merged({kept("call_missed", {{"audio_message_url", "https://n/m.mp3"}}),
                               kept("call_recorded", {{"recording_url", "https://n/r.mp3"}})});
    ASSERT_EQ(draft.recordings.size(), 2U);
    EXPECT_EQ(draft.recordings[0].external_id, "main");
    EXPECT_EQ(draft.recordings[1].external_id, "message");
}

TEST(Merge, the_times_of_the_agent_s_part) {
    const auto draft = merged(
        {kept("call_ringing", {{"timestamp", "2026-02-10T13:00:00Z"}}),
         kept("call_answered", {{"timestamp", "2026-02-10T13:00:10Z"}}),
         kept("call_completed", {{"timestamp", "2026-02-10T13:02:10Z"}, {"duration", 120}})});
    EXPECT_EQ(draft.started_at, at("2026-02-10T13:00:00Z"));
    EXPECT_EQ(draft.ended_at, at("2026-02-10T13:02:10Z"));
    EXPECT_EQ(draft.participations.front().from, at("2026-02-10T13:00:10Z"));
    EXPECT_EQ(draft.participations.front().to, at("2026-02-10T13:02:10Z"));
}

TEST(Merge, without_any_time_the_receipt_counts_and_is_said) {
    const auto draft = merged({kept("call_recorded", {})});
    EXPECT_EQ(draft.started_at, kReceived);
    EXPECT_TRUE(draft.details_json->contains("started_at: unknown"));
}

}  // namespace
}  // namespace oidor::connectors::net2phone

#include <algorithm>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kLease = 10s;

SinkEntry sink_of(const std::string& name, const std::string& fingerprint = "1") {
    return {.name = name, .kind = "files", .fingerprint = fingerprint};
}

SinkStatus status_of(Store& store, const std::string& name) {
    const auto sinks = must(store.outbox().list_sinks());
    const auto found = std::ranges::find(sinks, name, &SinkStatus::name);
    if (found == sinks.end()) {
        ADD_FAILURE() << name << " is not registered";
        return {};
    }
    return *found;
}

SinkTurn take(Store& store, const std::string& name) {
    const auto turn = must(store.outbox().take_turn(name, kLease));
    if (!turn) {
        ADD_FAILURE() << "somebody else has the turn of " << name;
        return {};
    }
    return *turn;
}

/// Notes all that was there, so that only later changes wait.
SinkTurn take_filled(Store& store, const std::string& name) {
    auto turn = take(store, name);
    while (must(store.outbox().backfill(turn, 100))) {
    }
    return turn;
}

std::vector<OutboxItem> waiting(Store& store, const std::string& name) {
    return must(store.outbox().list_waiting(name, 100));
}

ConversationRow merge(Store& store, ConversationId id, const std::string& day = "2026-02-02") {
    MappedConversation mapped;
    mapped.conversation.id = id;
    mapped.conversation.day = day;
    mapped.participations = {{.leg = "Ana", .agent_name = "Ana"}};
    mapped.recordings = {{.external_id = "main", .candidate_urls = {"https://a"}}};
    return must(store.conversations().merge(mapped, {}));
}

SentRow sent_of(ConversationId id, const std::string& key, const std::string& day) {
    return {
        .conversation = id,
        .row = {.table = "call_audits", .key = key, .days = {day}, .sha256_hex = sha256_hex(key)}};
}

TEST_P(StoreContract, a_change_waits_for_every_sink_once) {
    must(store().outbox().register_sinks({sink_of("a"), sink_of("b")}));
    const auto id = make_conversation(1);
    EXPECT_EQ(must(store().outbox().count_waiting(id)), 0);
    merge(store(), id);
    const auto noted_at = clock_.now();
    clock_.advance(5s);
    merge(store(), id);
    EXPECT_EQ(must(store().outbox().count_waiting(id)), 2);
    for (const auto* name : {"a", "b"}) {
        const auto items = waiting(store(), name);
        ASSERT_EQ(items.size(), 1U);
        EXPECT_EQ(items[0].conversation, id);
        EXPECT_EQ(items[0].revision, 2);
        EXPECT_EQ(items[0].noted_at, noted_at);
        EXPECT_FALSE(items[0].again);
        EXPECT_TRUE(items[0].held.empty());
        EXPECT_EQ(status_of(store(), name).waiting, 1);
        EXPECT_EQ(status_of(store(), name).oldest_at, noted_at);
    }
    reopen();
    EXPECT_EQ(waiting(store(), "a").size(), 1U);
}

TEST_P(StoreContract, every_kind_of_change_is_noted) {
    must(store().outbox().register_sinks({sink_of("a")}));
    const auto row = merge(store(), make_conversation(1));
    const auto id = row.conversation.id;
    const auto revision = [&] { return waiting(store(), "a").at(0).revision; };
    auto before = revision();
    auto recording = row.recordings.at(0);
    recording.state = RecordingState::Missing;
    must(store().conversations().put_recording(recording, {}));
    EXPECT_GT(revision(), before);
    before = revision();
    const std::string json = R"({"segments":[]})";
    const TranscriptRow transcript{.sha256_hex = sha256_hex(json),
                                   .json = json,
                                   .origin = "provided",
                                   .created_at = clock_.now()};
    EXPECT_TRUE(must(store().conversations().put_transcript(id, transcript, {})));
    EXPECT_GT(revision(), before);
    before = revision();
    EXPECT_FALSE(must(store().conversations().put_transcript(id, transcript, {})));
    EXPECT_EQ(revision(), before);
    must(store().conversations().put_audit({.id = AuditId::make(),
                                            .participation = row.participations.at(0).id,
                                            .conversation = id,
                                            .scorecard_id = "general-es",
                                            .input_sha256 = sha256_hex("1"),
                                            .json = "{}",
                                            .created_at = clock_.now()},
                                           ConversationState::Audited, std::nullopt));
    EXPECT_GT(revision(), before);
}

TEST_P(StoreContract, what_is_not_committed_is_not_noted) {
    must(store().outbox().register_sinks({sink_of("a")}));
    MappedConversation nobody;
    nobody.conversation.id = ConversationId::make();
    EXPECT_EQ(code_of(store().conversations().merge(nobody, {})), "NotFound");
    EXPECT_TRUE(waiting(store(), "a").empty());
}

TEST_P(StoreContract, a_new_sink_begins_with_all_that_is_there) {
    for (int i = 1; i <= 5; ++i) {
        merge(store(), make_conversation(i));
    }
    must(store().outbox().register_sinks({sink_of("a")}));
    EXPECT_TRUE(status_of(store(), "a").backfilling);
    EXPECT_TRUE(must(store().outbox().glance("a", 10)).backfilling);
    const auto turn = take(store(), "a");
    EXPECT_TRUE(turn.backfilling);
    EXPECT_TRUE(must(store().outbox().backfill(turn, 2)));
    EXPECT_EQ(waiting(store(), "a").size(), 2U);
    EXPECT_TRUE(must(store().outbox().backfill(turn, 2)));
    EXPECT_FALSE(must(store().outbox().backfill(turn, 2)));
    EXPECT_FALSE(must(store().outbox().backfill(turn, 2)));
    const auto items = waiting(store(), "a");
    EXPECT_EQ(items.size(), 5U);
    EXPECT_TRUE(items.at(0).again);
    EXPECT_FALSE(status_of(store(), "a").backfilling);
}

TEST_P(StoreContract, a_sink_for_news_begins_with_the_next_change) {
    merge(store(), make_conversation(1));
    auto news = sink_of("mail");
    news.wants_past = false;
    must(store().outbox().register_sinks({news}));
    EXPECT_FALSE(status_of(store(), "mail").backfilling);
    const auto id = make_conversation(2);
    merge(store(), id);
    ASSERT_EQ(waiting(store(), "mail").size(), 1U);
    EXPECT_EQ(waiting(store(), "mail")[0].conversation, id);
}

TEST_P(StoreContract, registering_again_changes_nothing_but_for_another_fingerprint) {
    must(store().outbox().register_sinks({sink_of("a")}));
    merge(store(), make_conversation(1));
    take_filled(store(), "a");
    must(store().outbox().register_sinks({sink_of("a")}));
    EXPECT_FALSE(status_of(store(), "a").backfilling);
    must(store().outbox().register_sinks({sink_of("a", "2")}));
    EXPECT_TRUE(status_of(store(), "a").backfilling);
}

TEST_P(StoreContract, one_has_the_turn_until_it_ends_or_runs_out) {
    must(store().outbox().register_sinks({sink_of("a")}));
    const auto second = open_second();
    EXPECT_FALSE(must(store().outbox().take_turn("unknown", kLease)));
    const auto first_turn = take(store(), "a");
    EXPECT_FALSE(must(second->outbox().take_turn("a", kLease)));
    must(store().outbox().end_turn(first_turn));
    const auto second_turn = take(*second, "a");
    EXPECT_EQ(code_of(store().outbox().prolong(first_turn, kLease)), "Conflict");
    must(store().outbox().end_turn(first_turn));
    clock_.advance(6s);
    must(second->outbox().prolong(second_turn, kLease));
    clock_.advance(6s);
    EXPECT_FALSE(must(store().outbox().take_turn("a", kLease)));
    clock_.advance(kLease);
    const auto third_turn = take(store(), "a");
    const auto id = merge(store(), make_conversation(1)).conversation.id;
    const auto items = waiting(store(), "a");
    EXPECT_EQ(code_of(second->outbox().begin(second_turn, {sent_of(id, "k", "2026-02-02")})),
              "Conflict");
    EXPECT_EQ(code_of(second->outbox().settle(second_turn, {.done = items})), "Conflict");
    EXPECT_EQ(code_of(second->outbox().set_aside(second_turn, items.at(0), OutboxState::Refused,
                                                 {.code = ErrorCode::Invalid})),
              "Conflict");
    EXPECT_EQ(code_of(second->outbox().put_failure(second_turn, {.code = ErrorCode::Unavailable},
                                                   clock_.now())),
              "Conflict");
    EXPECT_EQ(code_of(second->outbox().backfill(second_turn, 10)), "Conflict");
    EXPECT_EQ(waiting(store(), "a").size(), 1U);
    must(store().outbox().prolong(third_turn, kLease));
}

TEST_P(StoreContract, what_is_under_way_is_known_before_it_is_sent) {
    must(store().outbox().register_sinks({sink_of("a")}));
    const auto id = merge(store(), make_conversation(1)).conversation.id;
    const auto turn = take_filled(store(), "a");
    must(store().outbox().begin(turn, {sent_of(id, "k", "2026-02-02")}));
    reopen();
    const auto held = waiting(store(), "a").at(0).held;
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(held[0], (HeldRow{.table = "call_audits", .key = "k", .days = {"2026-02-02"}}));
    EXPECT_EQ(must(store().outbox().count_held("a")), 1);
}

TEST_P(StoreContract, what_is_settled_waits_no_more_and_is_held) {
    must(store().outbox().register_sinks({sink_of("a")}));
    const auto id = merge(store(), make_conversation(1)).conversation.id;
    const auto turn = take_filled(store(), "a");
    auto sent = sent_of(id, "k", "2026-02-02");
    sent.row.days = {"2026-02-02", "2026-02-01"};
    must(store().outbox().begin(turn, {sent, sent_of(id, "l", "2026-02-02")}));
    sent.row.days = {"2026-02-02"};
    must(store().outbox().settle(turn, {.put = {sent},
                                        .removed = {sent_of(id, "l", "2026-02-02").row},
                                        .done = waiting(store(), "a")}));
    EXPECT_TRUE(waiting(store(), "a").empty());
    EXPECT_EQ(must(store().outbox().count_waiting(id)), 0);
    const auto status = status_of(store(), "a");
    EXPECT_EQ(status.rows_delivered, 2);
    EXPECT_EQ(status.delivered_at, clock_.now());
    merge(store(), id);
    const auto items = waiting(store(), "a");
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].held, std::vector<HeldRow>{sent.row});
}

TEST_P(StoreContract, what_changed_on_its_way_keeps_waiting) {
    must(store().outbox().register_sinks({sink_of("a")}));
    const auto id = merge(store(), make_conversation(1)).conversation.id;
    const auto turn = take_filled(store(), "a");
    const auto items = waiting(store(), "a");
    clock_.advance(1s);
    merge(store(), id);
    must(store().outbox().settle(turn, {.done = items}));
    ASSERT_EQ(waiting(store(), "a").size(), 1U);
    EXPECT_GT(waiting(store(), "a")[0].revision, items.at(0).revision);
    EXPECT_EQ(waiting(store(), "a")[0].noted_at, clock_.now());
}

TEST_P(StoreContract, what_is_set_aside_waits_for_an_operator_or_a_change) {
    must(store().outbox().register_sinks({sink_of("a")}));
    const auto id = merge(store(), make_conversation(1)).conversation.id;
    const auto turn = take_filled(store(), "a");
    const Error refused{.code = ErrorCode::TooLarge, .message = "a row of 3 MB"};
    const auto set_aside = [&](OutboxState state) {
        must(store().outbox().set_aside(turn, waiting(store(), "a").at(0), state, refused));
        EXPECT_TRUE(waiting(store(), "a").empty());
        EXPECT_EQ(must(store().outbox().count_waiting(id)), 1);
    };
    set_aside(OutboxState::Refused);
    EXPECT_EQ(status_of(store(), "a").refused, 1);
    EXPECT_EQ(must(store().outbox().retry("a")), 1);
    EXPECT_TRUE(waiting(store(), "a").at(0).again);
    set_aside(OutboxState::NeedsAttention);
    EXPECT_EQ(status_of(store(), "a").needs_attention, 1);
    clock_.advance(1s);
    merge(store(), id);
    ASSERT_EQ(waiting(store(), "a").size(), 1U);
    EXPECT_EQ(waiting(store(), "a")[0].noted_at, clock_.now());
    // What was read before the change sets nothing aside.
    const auto before = waiting(store(), "a");
    merge(store(), id);
    must(store().outbox().set_aside(turn, before.at(0), OutboxState::Refused, refused));
    EXPECT_EQ(waiting(store(), "a").size(), 1U);
}

TEST_P(StoreContract, a_failed_sink_waits_and_says_why) {
    must(store().outbox().register_sinks({sink_of("a"), sink_of("b")}));
    merge(store(), make_conversation(1));
    const Error away{.code = ErrorCode::Unavailable, .message = "the disk is full"};
    const auto next = clock_.now() + 30s;
    EXPECT_EQ(must(store().outbox().put_failure(take_filled(store(), "a"), away, next)), 1);
    const auto status = status_of(store(), "a");
    EXPECT_EQ(status.failures, 1);
    EXPECT_EQ(status.next_at, next);
    EXPECT_EQ(status.error_code, "Unavailable");
    EXPECT_EQ(status.error_message, "the disk is full");
    EXPECT_EQ(must(store().outbox().glance("a", 10)).next_at, next);
    EXPECT_FALSE(must(store().outbox().glance("b", 10)).next_at);
    // The failure ended the turn.
    const auto turn = take(store(), "a");
    EXPECT_EQ(must(store().outbox().put_failure(turn, away, next)), 2);
    must(store().outbox().settle(take(store(), "a"), {}));
    EXPECT_EQ(status_of(store(), "a").failures, 0);
    EXPECT_FALSE(status_of(store(), "a").error_code);
}

TEST_P(StoreContract, a_paused_sink_gets_nothing_and_misses_nothing) {
    must(store().outbox().register_sinks({sink_of("a")}));
    const auto turn = take_filled(store(), "a");
    const auto id = merge(store(), make_conversation(1)).conversation.id;
    must(store().outbox().pause("a"));
    EXPECT_EQ(status_of(store(), "a").paused_at, clock_.now());
    EXPECT_FALSE(must(store().outbox().glance("a", 10)).ready);
    EXPECT_EQ(code_of(store().outbox().begin(turn, {sent_of(id, "k", "2026-02-02")})), "Conflict");
    EXPECT_EQ(code_of(store().outbox().prolong(turn, kLease)), "Conflict");
    // What was sent already is settled all the same.
    must(store().outbox().settle(turn, {.put = {sent_of(id, "k", "2026-02-02")}}));
    must(store().outbox().end_turn(turn));
    EXPECT_FALSE(must(store().outbox().take_turn("a", kLease)));
    merge(store(), make_conversation(2));
    must(store().outbox().resume("a"));
    EXPECT_FALSE(status_of(store(), "a").paused_at);
    EXPECT_EQ(waiting(store(), "a").size(), 2U);
    EXPECT_EQ(code_of(store().outbox().pause("unknown")), "NotFound");
    EXPECT_EQ(code_of(store().outbox().resume("unknown")), "NotFound");
    EXPECT_EQ(code_of(store().outbox().retry("unknown")), "NotFound");
    EXPECT_EQ(code_of(store().outbox().forget("unknown")), "NotFound");
    EXPECT_EQ(code_of(store().outbox().deliver_again("unknown", {}, {})), "NotFound");
}

TEST_P(StoreContract, days_are_delivered_again) {
    must(store().outbox().register_sinks({sink_of("a"), sink_of("b")}));
    const auto turn = take_filled(store(), "a");
    for (int i = 1; i <= 4; ++i) {
        merge(store(), make_conversation(i), "2026-02-0" + std::to_string(i));
    }
    make_conversation(5);
    must(store().outbox().settle(turn, {.done = waiting(store(), "a")}));
    EXPECT_EQ(must(store().outbox().deliver_again("a", "2026-02-02", "2026-02-03")), 2);
    const auto items = waiting(store(), "a");
    ASSERT_EQ(items.size(), 2U);
    EXPECT_TRUE(items[0].again);
    EXPECT_EQ(must(store().outbox().deliver_again("a", "2026-02-04", {})), 1);
    EXPECT_EQ(must(store().outbox().deliver_again("a", {}, "2026-02-01")), 1);
    EXPECT_EQ(must(store().outbox().deliver_again("a", {}, {})), 5);
    EXPECT_EQ(waiting(store(), "a").size(), 5U);
    EXPECT_FALSE(waiting(store(), "b").at(0).again);
}

TEST_P(StoreContract, a_forgotten_sink_hears_of_nothing_until_it_is_back) {
    must(store().outbox().register_sinks({sink_of("a")}));
    merge(store(), make_conversation(1));
    must(store().outbox().forget("a"));
    EXPECT_TRUE(status_of(store(), "a").forgotten);
    EXPECT_EQ(status_of(store(), "a").waiting, 0);
    EXPECT_FALSE(must(store().outbox().take_turn("a", kLease)));
    merge(store(), make_conversation(2));
    EXPECT_TRUE(waiting(store(), "a").empty());
    must(store().outbox().register_sinks({sink_of("a")}));
    EXPECT_FALSE(status_of(store(), "a").forgotten);
    take_filled(store(), "a");
    EXPECT_EQ(waiting(store(), "a").size(), 2U);
}

TEST_P(StoreContract, a_parcel_is_all_that_goes_out) {
    const auto row = merge(store(), make_conversation(1));
    const auto id = row.conversation.id;
    EXPECT_FALSE(must(store().outbox().find_parcel(ConversationId::make())));
    auto recording = row.recordings.at(0);
    EXPECT_TRUE(must(store().outbox().find_parcel(id))->stored_at.empty());
    recording.state = RecordingState::Stored;
    recording.sha256 = sha256_hex("audio");
    must(store().conversations().put_recording(recording, {}));
    const std::string json = R"({"segments":[]})";
    must(store().conversations().put_transcript(id,
                                                {.sha256_hex = sha256_hex(json),
                                                 .json = json,
                                                 .origin = "provided",
                                                 .created_at = clock_.now()},
                                                {}));
    for (const auto* input : {"1", "2"}) {
        must(store().conversations().put_audit({.id = AuditId::make(),
                                                .participation = row.participations.at(0).id,
                                                .conversation = id,
                                                .scorecard_id = "general-es",
                                                .input_sha256 = sha256_hex(input),
                                                .json = "{}",
                                                .created_at = clock_.now()},
                                               ConversationState::Audited, std::nullopt));
    }
    const auto parcel = must(store().outbox().find_parcel(id));
    ASSERT_TRUE(parcel);
    EXPECT_EQ(parcel->row.conversation.id, id);
    EXPECT_EQ(parcel->stored_at.at(recording.id), clock_.now());
    EXPECT_EQ(parcel->transcript->json, json);
    ASSERT_EQ(parcel->audits.size(), 1U);
    EXPECT_EQ(parcel->audits[0].input_sha256, sha256_hex("2"));
}

}  // namespace
}  // namespace oidor::store

#include <algorithm>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

const Timestamp kMorning = Timestamp(std::chrono::seconds(1'770'000'000));
const std::vector<std::string> kKinds = {"map", "fetch", "transcribe", "audit"};

AnnouncedList make_list(int number) {
    return {.source = "anura",
            .account = "default",
            .sha256 = sha256("list " + std::to_string(number))};
}

Announcement make_call(int number) {
    return {.external_id = make_key(number).external_id,
            .started_at = kMorning + std::chrono::minutes(number),
            .duration_s = 60,
            .outcome = CallOutcome::Answered,
            .recorded = true};
}

AnnouncedSpan make_span(int list, Timestamp from, Timestamp to) {
    return {.source = "anura",
            .account = "default",
            .from = from,
            .to = to,
            .list_sha256 = make_list(list).sha256,
            .list_name = "calls.csv",
            .rows_refused = 0};
}

/// Takes down what a walk shows.
class Collected final : public CallVisitor {
  public:
    void begin() override { calls.clear(); }
    void take(CallFacts call) override { calls.push_back(std::move(call)); }
    std::vector<CallFacts> calls = {};

    [[nodiscard]] const CallFacts* find(int number) const {
        const auto id = make_key(number).external_id;
        const auto found = std::ranges::find(calls, id, &CallFacts::external_id);
        return found != calls.end() ? &*found : nullptr;
    }
};

Collected walk(Store& store, Timestamp from, Timestamp to) {
    Collected collected;
    must(store.coverage().walk_calls(
        {.from = from, .to = to, .source = {}, .account = {}, .job_kinds = kKinds}, collected));
    return collected;
}

/// A conversation that was mapped, with a recording.
ConversationRow make_mapped(Store& store, int number) {
    const auto id = must(store.conversations().identify(make_key(number)));
    MappedConversation mapped;
    mapped.conversation.id = id;
    mapped.conversation.key = make_key(number);
    mapped.conversation.state = ConversationState::Ended;
    mapped.conversation.started_at = kMorning + std::chrono::minutes(number);
    mapped.conversation.day = "2026-02-02";
    mapped.conversation.campaign = {.id = {}, .state = MappingState::Unmapped, .wanted = "ventas"};
    mapped.participations = {{.leg = "a"}, {.leg = "b"}};
    mapped.recordings = {{.external_id = "main", .candidate_urls = {"https://example.com/a.mp3"}}};
    return must(store.conversations().merge(mapped, {}));
}

TEST_P(StoreContract, the_same_list_twice_changes_nothing) {
    auto& coverage = store().coverage();
    const std::vector calls = {make_call(1), make_call(2)};
    EXPECT_EQ(must(coverage.compare_announcements(make_list(1), calls)),
              (AnnouncedCounts{.added = 2}));
    EXPECT_EQ(must(coverage.put_announcements(make_list(1), calls)), (AnnouncedCounts{.added = 2}));
    EXPECT_EQ(must(coverage.put_announcements(make_list(1), calls)), (AnnouncedCounts{.same = 2}));
    const auto seen = walk(store(), kMorning, kMorning + 1h);
    ASSERT_EQ(seen.calls.size(), 2U);
    EXPECT_EQ(seen.calls[0].announced, make_call(1));
    EXPECT_FALSE(seen.calls[0].received);
    EXPECT_EQ(seen.calls[0].account, (AccountName{.source = "anura", .account = "default"}));
}

TEST_P(StoreContract, lists_that_overlap_agree_and_a_later_one_corrects) {
    auto& coverage = store().coverage();
    must(coverage.put_announcements(make_list(1), {make_call(1), make_call(2)}));
    EXPECT_EQ(must(coverage.put_announcements(make_list(2), {make_call(2), make_call(3)})),
              (AnnouncedCounts{.added = 1, .same = 1}));
    auto corrected = make_call(2);
    corrected.started_at += 5min;
    corrected.duration_s = {};
    EXPECT_EQ(must(coverage.put_announcements(make_list(3), {corrected})),
              (AnnouncedCounts{.changed = 1}));
    const auto seen = walk(store(), kMorning, kMorning + 1h);
    ASSERT_EQ(seen.calls.size(), 3U);
    EXPECT_EQ(seen.find(2)->announced->started_at, corrected.started_at);
    EXPECT_EQ(seen.find(2)->announced->duration_s, 60) << "what is not told is not corrected";
}

TEST_P(StoreContract, rows_of_one_list_with_one_id_are_one_call) {
    auto& coverage = store().coverage();
    auto leg = make_call(1);
    leg.started_at += 2min;
    leg.duration_s = 90;
    leg.outcome = CallOutcome::NoAnswer;
    leg.recorded = {};
    for (int run = 0; run < 2; ++run) {
        const auto first = must(coverage.put_announcements(make_list(1), {leg, make_call(1)}));
        EXPECT_EQ(first, run == 0 ? AnnouncedCounts{.added = 1} : AnnouncedCounts{.same = 1});
        EXPECT_EQ(must(coverage.put_announcements(make_list(1), {leg})),
                  (AnnouncedCounts{.same = 1}));
    }
    const auto seen = walk(store(), kMorning, kMorning + 1h);
    ASSERT_EQ(seen.calls.size(), 1U);
    auto expected = make_call(1);
    expected.duration_s = 90;
    EXPECT_EQ(seen.calls[0].announced, expected);
}

TEST_P(StoreContract, more_announcements_than_a_statement_holds_are_kept) {
    auto& coverage = store().coverage();
    std::vector<Announcement> calls;
    for (int i = 0; i < 1'203; ++i) {
        calls.push_back(make_call(i));
        calls.back().started_at = kMorning;  // pages go on within one moment
    }
    EXPECT_EQ(must(coverage.put_announcements(make_list(1), calls)),
              (AnnouncedCounts{.added = 1'203}));
    EXPECT_EQ(must(coverage.put_announcements(make_list(1), calls)),
              (AnnouncedCounts{.same = 1'203}));
    EXPECT_EQ(walk(store(), kMorning, kMorning + 1s).calls.size(), 1'203U);
}

TEST_P(StoreContract, claims_are_kept_once_and_cut_by_a_list_that_replaces) {
    auto& coverage = store().coverage();
    must(coverage.put_announcements(make_list(1), {make_call(10), make_call(70)}));
    const auto wide = make_span(1, kMorning, kMorning + 3h);
    must(coverage.put_span(wide));
    must(coverage.put_span(wide));
    EXPECT_EQ(must(coverage.list_spans(kMorning, kMorning + 1h)), std::vector{wide});
    EXPECT_TRUE(must(coverage.list_spans(kMorning + 3h, kMorning + 4h)).empty());
    must(coverage.put_announcements(make_list(2), {make_call(75)}));
    const auto middle = make_span(2, kMorning + 1h, kMorning + 2h);
    EXPECT_EQ(must(coverage.withdraw_others(middle)), 1);
    must(coverage.put_span(middle));
    EXPECT_EQ(must(coverage.list_spans(kMorning, kMorning + 3h)),
              (std::vector{make_span(1, kMorning, kMorning + 1h), middle,
                           make_span(1, kMorning + 2h, kMorning + 3h)}));
    const auto seen = walk(store(), kMorning, kMorning + 3h);
    EXPECT_TRUE(seen.find(10));
    EXPECT_FALSE(seen.find(70));
    EXPECT_TRUE(seen.find(75));
}

TEST_P(StoreContract, an_announcement_can_be_forgotten) {
    auto& coverage = store().coverage();
    const AccountName account = {.source = "anura", .account = "default"};
    must(coverage.put_announcements(make_list(1), {make_call(1)}));
    must(coverage.forget_announcement(account, make_key(1).external_id));
    must(coverage.forget_announcement(account, make_key(1).external_id));
    EXPECT_TRUE(walk(store(), kMorning, kMorning + 1h).calls.empty());
}

TEST_P(StoreContract, accounts_are_those_of_conversations_lists_and_claims) {
    auto& coverage = store().coverage();
    make_conversation(1);
    make_conversation(2);
    auto list = make_list(1);
    list.account = "peru";
    must(coverage.put_announcements(list, {make_call(1)}));
    auto span = make_span(1, kMorning, kMorning + 1h);
    span.source = "net2phone";
    must(coverage.put_span(span));
    EXPECT_EQ(must(coverage.list_accounts()),
              (std::vector<AccountName>{{.source = "anura", .account = "default"},
                                        {.source = "anura", .account = "peru"},
                                        {.source = "net2phone", .account = "default"}}));
}

TEST_P(StoreContract, a_walk_shows_what_became_of_a_call) {
    auto row = make_mapped(store(), 1);
    must(store().coverage().put_announcements(make_list(1), {make_call(1), make_call(2)}));
    must(store().queue().enqueue({{.kind = "fetch", .key = row.conversation.id.text()},
                                  {.kind = "other", .key = row.conversation.id.text()}}));
    auto recording = row.recordings.front();
    recording.state = RecordingState::Missing;
    recording.reason = "absent";
    must(store().conversations().put_recording(recording, {}));
    const auto seen = walk(store(), kMorning, kMorning + 1h);
    ASSERT_EQ(seen.calls.size(), 2U);
    const auto& call = *seen.find(1);
    ASSERT_TRUE(call.received);
    EXPECT_EQ(call.announced, make_call(1));
    EXPECT_EQ(call.received->id, row.conversation.id);
    EXPECT_EQ(call.received->state, ConversationState::Ended);
    EXPECT_EQ(call.received->day, "2026-02-02");
    EXPECT_EQ(call.received->listed_at, kMorning + 1min);
    EXPECT_TRUE(call.received->campaign_unmapped);
    EXPECT_EQ(call.received->recordings, 1);
    EXPECT_EQ(call.received->recordings_stored, 0);
    EXPECT_EQ(call.received->lacking_state, RecordingState::Missing);
    EXPECT_EQ(call.received->lacking_reason, "absent");
    EXPECT_FALSE(call.received->transcribed);
    EXPECT_EQ(call.received->participations, 2);
    EXPECT_EQ(call.received->judged, 0);
    ASSERT_EQ(call.received->jobs.size(), 1U) << "of the kinds that were asked for";
    EXPECT_EQ(call.received->jobs[0].kind, "fetch");
    EXPECT_EQ(call.received->jobs[0].state, JobState::Queued);
    EXPECT_FALSE(seen.find(2)->received);
}

TEST_P(StoreContract, a_walk_tells_deliveries_once_there_is_a_sink) {
    const auto id = make_mapped(store(), 1).conversation.id;
    const auto delivery = [&] {
        return walk(store(), kMorning, kMorning + 1h).find(1)->received->delivery;
    };
    EXPECT_FALSE(delivery());
    must(store().outbox().register_sinks({{.name = "a", .kind = "files", .fingerprint = "1"}}));
    ASSERT_TRUE(delivery());
    EXPECT_TRUE(delivery()->waiting) << "what was there is still to be noted";
    const auto turn = must(store().outbox().take_turn("a", 10s));
    ASSERT_TRUE(turn);
    while (must(store().outbox().backfill(*turn, 100))) {
    }
    EXPECT_TRUE(delivery()->waiting);
    EXPECT_FALSE(delivery()->delivered || delivery()->stopped);
    const auto items = must(store().outbox().list_waiting("a", 10));
    ASSERT_EQ(items.size(), 1U);
    const SentRow sent = {.conversation = id,
                          .row = {.table = "call_audits",
                                  .key = "1",
                                  .days = {"2026-02-02"},
                                  .sha256_hex = sha256_hex("1")}};
    must(store().outbox().settle(*turn, {.put = {sent}, .removed = {}, .done = items}));
    EXPECT_TRUE(delivery()->delivered);
    EXPECT_FALSE(delivery()->waiting);
    make_mapped(store(), 1);
    EXPECT_TRUE(delivery()->waiting) << "it changed again";
    EXPECT_FALSE(delivery()->delivered);
    const auto again = must(store().outbox().list_waiting("a", 10));
    ASSERT_EQ(again.size(), 1U);
    must(store().outbox().set_aside(*turn, again[0], OutboxState::Refused,
                                    {.code = ErrorCode::Forbidden, .message = "no"}));
    EXPECT_EQ(delivery()->stopped, "refused");
}

TEST_P(StoreContract, an_erased_call_is_not_announced_again) {
    must(store().coverage().put_announcements(make_list(1), {make_call(1), make_call(2)}));
    const auto whole = make_whole(make_key(1).external_id, "+5491100000000", "one");
    erase(whole.id);
    EXPECT_EQ(walk(store(), kMorning, kMorning + 1h).calls.size(), 1U);
    EXPECT_EQ(must(store().coverage().compare_announcements(make_list(1), {make_call(1)})),
              (AnnouncedCounts{.erased = 1}));
    EXPECT_EQ(
        must(store().coverage().put_announcements(make_list(1), {make_call(1), make_call(2)})),
        (AnnouncedCounts{.same = 1, .erased = 1}));
    EXPECT_EQ(walk(store(), kMorning, kMorning + 1h).calls.size(), 1U);
}

TEST_P(StoreContract, a_walk_keeps_to_its_window_and_account) {
    make_mapped(store(), 1);
    must(store().coverage().put_announcements(make_list(1), {make_call(2)}));
    EXPECT_TRUE(walk(store(), kMorning, kMorning + 1min).calls.empty()) << "half-open";
    EXPECT_EQ(walk(store(), kMorning + 1min, kMorning + 2min).calls.size(), 1U);
    EXPECT_EQ(walk(store(), kMorning + 2min, kMorning + 3min).calls.size(), 1U);
    Collected collected;
    must(store().coverage().walk_calls({.from = kMorning,
                                        .to = kMorning + 1h,
                                        .source = "anura",
                                        .account = "second",
                                        .job_kinds = kKinds},
                                       collected));
    EXPECT_TRUE(collected.calls.empty());
}

TEST_P(StoreContract, a_walk_shows_each_received_call_once_over_many_pages) {
    for (int i = 0; i < 520; ++i) {
        make_conversation(i);  // all at one moment: the clock stands still
    }
    const auto seen = walk(store(), clock_.now(), clock_.now() + 1s);
    EXPECT_EQ(seen.calls.size(), 520U);
    std::vector<std::string> ids;
    std::ranges::transform(seen.calls, std::back_inserter(ids), &CallFacts::external_id);
    std::ranges::sort(ids);
    EXPECT_EQ(std::ranges::unique(ids).begin(), ids.end());
}

}  // namespace
}  // namespace oidor::store

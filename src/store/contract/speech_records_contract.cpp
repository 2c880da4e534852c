#include <algorithm>

#include <fmt/format.h>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

SpeechCallRow make_call(std::optional<ConversationId> conversation, const std::string& request) {
    SpeechCallRow call;
    call.id = SpeechCallId::make();
    call.conversation = conversation;
    call.request = sha256(request);
    call.source = "anura";
    call.account = "default";
    call.campaign = "7";
    call.engine = "azure";
    call.model = "small";
    call.day = "2026-02-02";
    call.audio_ms = 60'000;
    call.sent_ms = 40'000;
    call.billed_ms = 40'000;
    call.cost_micros = 11'111;
    call.currency = "USD";
    return call;
}

SpeechReplyRow make_reply(const std::string& request, const Sha256& audio) {
    return {.request = sha256(request),
            .audio = audio,
            .engine = "azure",
            .model = "small",
            .json = R"({"transcript":{}})",
            .created_at = {}};
}

SpeechCallEnding paid(const SpeechCallRow& call) {
    return {.id = call.id,
            .state = SpeechCallState::Paid,
            .sent_ms = 41'000,
            .billed_ms = 42'000,
            .cost_micros = 12'000,
            .error_code = {},
            .model = {}};
}

TEST_P(StoreContract, a_reply_is_there_before_anybody_uses_it) {
    auto& records = store().speech_records();
    const auto whole = make_whole("a", "+541111", "one");
    const auto call = make_call(whole.id, "r");
    EXPECT_FALSE(must(records.find_reply(sha256("r"))));
    ASSERT_EQ(must(records.begin_call(call, {}, clock_.now() - 6h)), SpeechStart::Begun);
    const auto reply = make_reply("r", whole.audio);
    must(records.end_call(paid(call), {reply}));
    reopen();
    auto found = must(store().speech_records().find_reply(sha256("r")));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->json, reply.json);
    EXPECT_EQ(found->audio, whole.audio);
    EXPECT_EQ(found->created_at, clock_.now());
    const auto lines = must(store().speech_records().list_calls(whole.id));
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].state, SpeechCallState::Paid);
    EXPECT_EQ(lines[0].sent_ms, 41'000);
    EXPECT_EQ(lines[0].billed_ms, 42'000);
    EXPECT_EQ(lines[0].cost_micros, 12'000);
    EXPECT_TRUE(lines[0].ended_at);
}

TEST_P(StoreContract, what_parts_were_answered_is_kept_when_the_whole_was_not) {
    auto& records = store().speech_records();
    const auto whole = make_whole("a", "+541111", "one");
    const auto call = make_call(whole.id, "r");
    ASSERT_EQ(must(records.begin_call(call, {}, clock_.now() - 6h)), SpeechStart::Begun);
    auto ending = paid(call);
    ending.state = SpeechCallState::Unconfirmed;
    ending.error_code = "RateLimited";
    must(
        records.end_call(ending, {make_reply("r|0", whole.audio), make_reply("r|1", whole.audio)}));
    EXPECT_TRUE(must(records.find_reply(sha256("r|0"))));
    EXPECT_TRUE(must(records.find_reply(sha256("r|1"))));
    EXPECT_FALSE(must(records.find_reply(sha256("r"))));
    EXPECT_EQ(erase(whole.id).conversations, 1);
    EXPECT_FALSE(must(records.find_reply(sha256("r|0"))));
}

TEST_P(StoreContract, one_reply_is_asked_for_by_one_at_a_time) {
    auto& records = store().speech_records();
    const auto one = make_whole("a", "+541111", "same");
    const auto two = make_whole("b", "+542222", "same");
    const auto first = make_call(one.id, "r");
    const auto long_ago = clock_.now() - 6h;
    ASSERT_EQ(must(records.begin_call(first, {}, long_ago)), SpeechStart::Begun);
    EXPECT_EQ(must(records.begin_call(make_call(two.id, "r"), {}, long_ago)),
              SpeechStart::UnderWay);
    EXPECT_EQ(must(records.begin_call(make_call(two.id, "another"), {}, long_ago)),
              SpeechStart::Begun);
    // Whoever is under way for hours is dead.
    clock_.advance(7h);
    EXPECT_EQ(must(records.begin_call(make_call(two.id, "r"), {}, clock_.now() - 6h)),
              SpeechStart::Begun);
    EXPECT_EQ(must(records.list_calls(one.id)).at(0).state, SpeechCallState::Unconfirmed);
}

TEST_P(StoreContract, a_call_whose_worker_ended_without_a_word_is_unconfirmed) {
    auto& records = store().speech_records();
    const auto whole = make_whole("a", "+541111", "one");
    const auto lost = make_call(whole.id, "r");
    const auto long_ago = clock_.now() - 6h;
    ASSERT_EQ(must(records.begin_call(lost, {}, long_ago)), SpeechStart::Begun);
    reopen();
    auto& again = store().speech_records();
    const auto second = make_call(whole.id, "r");
    ASSERT_EQ(must(again.begin_call(second, {}, long_ago)), SpeechStart::Begun);
    auto lines = must(again.list_calls(whole.id));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].state, SpeechCallState::Unconfirmed);
    EXPECT_EQ(lines[0].cost_micros, 11'111);  // What it may have cost.
    EXPECT_EQ(lines[1].state, SpeechCallState::Open);
    // The worker that was taken for dead comes back with the reply: it was paid.
    must(again.end_call(paid(lost), {make_reply("r", whole.audio)}));
    lines = must(again.list_calls(whole.id));
    EXPECT_EQ(lines[0].state, SpeechCallState::Paid);
}

TEST_P(StoreContract, a_call_that_has_to_wait_leaves_no_line) {
    auto& records = store().speech_records();
    const auto whole = make_whole("a", "+541111", "one");
    const auto call = make_call(whole.id, "r");
    ASSERT_EQ(must(records.begin_call(call, {}, clock_.now() - 6h)), SpeechStart::Begun);
    must(records.withdraw_call(call.id));
    EXPECT_TRUE(must(records.list_calls(whole.id)).empty());
}

TEST_P(StoreContract, a_budget_counts_what_is_spent_or_may_be) {
    auto& records = store().speech_records();
    const auto whole = make_whole("a", "+541111", "one");
    const auto long_ago = clock_.now() - 6h;
    const SpeechBudget budget = {.from = clock_.now() - 1h,
                                 .to = clock_.now() + 1h,
                                 .cost_micros = 20'000,
                                 .currency = "USD"};
    EXPECT_EQ(must(records.sum_spent(budget)), 0);
    const auto open = make_call(whole.id, "a");
    ASSERT_EQ(must(records.begin_call(open, budget, long_ago)), SpeechStart::Begun);
    EXPECT_EQ(must(records.sum_spent(budget)), 11'111);
    must(records.end_call(paid(open), {}));
    EXPECT_EQ(must(records.sum_spent(budget)), 12'000);
    auto other = make_call(whole.id, "b");
    other.currency = "ARS";
    ASSERT_EQ(must(records.begin_call(other, budget, long_ago)), SpeechStart::Begun);
    EXPECT_EQ(must(records.sum_spent(budget)), 12'000);
    const auto second = make_call(whole.id, "c");
    ASSERT_EQ(must(records.begin_call(second, budget, long_ago)), SpeechStart::Begun);
    EXPECT_EQ(must(records.begin_call(make_call(whole.id, "d"), budget, long_ago)),
              SpeechStart::UsedUp);
    must(records.end_call({.id = second.id,
                           .state = SpeechCallState::Failed,
                           .sent_ms = 0,
                           .billed_ms = 0,
                           .cost_micros = 0,
                           .error_code = "Unavailable",
                           .model = {}},
                          {}));
    EXPECT_EQ(must(records.begin_call(make_call(whole.id, "e"), budget, long_ago)),
              SpeechStart::Begun);
    // Another day has a budget of its own.
    clock_.advance(2h);
    const SpeechBudget tomorrow = {
        .from = budget.to, .to = budget.to + 24h, .cost_micros = 1, .currency = "USD"};
    EXPECT_EQ(must(records.begin_call(make_call(whole.id, "f"), tomorrow, long_ago)),
              SpeechStart::Begun);
    EXPECT_EQ(must(records.begin_call(make_call(whole.id, "g"), tomorrow, long_ago)),
              SpeechStart::UsedUp);
}

TEST_P(StoreContract, a_reply_that_is_used_again_is_one_line_however_often) {
    auto& records = store().speech_records();
    const auto whole = make_whole("a", "+541111", "one");
    auto cached = make_call(whole.id, "a");
    cached.state = SpeechCallState::Cached;
    for (int look = 0; look < 3; ++look) {
        cached.id = SpeechCallId::make();
        must(records.insert_cached(cached));
    }
    EXPECT_EQ(must(records.list_calls(whole.id)).size(), 1U);
    cached.id = SpeechCallId::make();
    cached.request = sha256("b");
    must(records.insert_cached(cached));
    EXPECT_EQ(must(records.list_calls(whole.id)).size(), 2U);
}

TEST_P(StoreContract, the_ledger_names_the_model_that_answered) {
    auto& records = store().speech_records();
    const auto whole = make_whole("a", "+541111", "one");
    for (const auto* const model : {"", "large-2026"}) {
        const auto call = make_call(whole.id, std::string("r") + model);
        must(records.begin_call(call, {}, clock_.now() - 6h));
        auto ending = paid(call);
        ending.model = model;
        must(records.end_call(ending, {}));
        const auto line = must(records.list_calls(whole.id)).back();
        EXPECT_EQ(line.model, *model == '\0' ? call.model : model);
        clock_.advance(1s);
    }
}

TEST_P(StoreContract, spending_on_engines_is_summed_by_what_tells_it_apart) {
    auto& records = store().speech_records();
    const auto whole = make_whole("a", "+541111", "one");
    const auto long_ago = clock_.now() - 6h;
    for (const auto* const request : {"a", "b"}) {
        const auto call = make_call(whole.id, request);
        must(records.begin_call(call, {}, long_ago));
        must(records.end_call(paid(call), {}));
    }
    auto cached = make_call(whole.id, "a");
    cached.state = SpeechCallState::Cached;
    cached.sent_ms = cached.billed_ms = 0;
    cached.cost_micros = 0;
    cached.campaign.reset();
    must(records.insert_cached(cached));
    auto unpriced = make_call(whole.id, "c");
    unpriced.day = "2026-02-03";
    unpriced.cost_micros.reset();
    must(records.begin_call(unpriced, {}, long_ago));
    const auto sums =
        must(records.list_spending({.from_day = "2026-02-02", .to_day = "2026-02-03"}));
    ASSERT_EQ(sums.size(), 2U);
    const auto& spent = sums[0].state == SpeechCallState::Paid ? sums[0] : sums[1];
    EXPECT_EQ(spent.calls, 2);
    EXPECT_EQ(spent.audio_ms, 120'000);
    EXPECT_EQ(spent.sent_ms, 82'000);
    EXPECT_EQ(spent.billed_ms, 84'000);
    EXPECT_EQ(spent.cost_micros, 24'000);
    EXPECT_EQ(spent.campaign, "7");
    const auto next =
        must(records.list_spending({.from_day = "2026-02-03", .to_day = "2026-02-04"}));
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].calls_unpriced, 1);
    EXPECT_EQ(next[0].cost_micros, 0);
    SpendingFilter limited = {.from_day = "2026-02-02", .to_day = "2026-02-04"};
    limited.campaigns_allowed = {"8", "9"};
    EXPECT_TRUE(must(records.list_spending(limited)).empty());
    limited.campaigns_allowed = {"7"};
    EXPECT_EQ(must(records.list_spending(limited)).size(), 2U);
    limited.source = "twilio";
    EXPECT_TRUE(must(records.list_spending(limited)).empty());
}

TEST_P(StoreContract, an_erased_conversation_leaves_the_money_and_none_of_the_words) {
    auto& records = store().speech_records();
    const auto gone = make_whole("a", "+541111", "same");
    const auto other = make_whole("b", "+542222", "same");
    const auto long_ago = clock_.now() - 6h;
    for (const auto* const request : {"first", "again"}) {
        const auto call = make_call(gone.id, request);
        must(records.begin_call(call, {}, long_ago));
        must(records.end_call(paid(call), {make_reply(request, gone.audio)}));
    }
    auto under_way = make_call(gone.id, "third");
    must(records.begin_call(under_way, {}, long_ago));
    HearingRow hearing;
    hearing.conversation = gone.id;
    must(records.put_hearing(hearing, {}));
    EXPECT_EQ(erase(gone.id).conversations, 1);
    EXPECT_FALSE(must(records.find_hearing(gone.id)));
    EXPECT_TRUE(must(records.list_calls(gone.id)).empty());
    // The other conversation has the same audio: what was said there is its own.
    EXPECT_TRUE(must(records.find_reply(sha256("first"))));
    // The reply comes when its conversation is gone: the money is noted, the words are not kept.
    EXPECT_EQ(code_of(records.end_call(paid(under_way), {make_reply("third", gone.audio)})),
              "NotFound");
    EXPECT_FALSE(must(records.find_reply(sha256("third"))));
    const auto sums =
        must(records.list_spending({.from_day = "2026-02-02", .to_day = "2026-02-03"}));
    ASSERT_EQ(sums.size(), 1U);
    EXPECT_EQ(sums[0].calls, 3);
    EXPECT_EQ(sums[0].cost_micros, 36'000);
    EXPECT_EQ(erase(other.id).conversations, 1);
    EXPECT_FALSE(must(records.find_reply(sha256("first"))));
    EXPECT_FALSE(must(records.find_reply(sha256("again"))));
}

TEST_P(StoreContract, a_call_for_no_conversation_is_refused) {
    auto& records = store().speech_records();
    const auto nobody = make_call(ConversationId::make(), "r");
    EXPECT_EQ(code_of(records.begin_call(nobody, {}, clock_.now())), "NotFound");
    EXPECT_EQ(code_of(records.insert_cached(nobody)), "NotFound");
    HearingRow hearing;
    hearing.conversation = ConversationId::make();
    EXPECT_EQ(code_of(records.put_hearing(hearing, {})), "NotFound");
}

TEST_P(StoreContract, ends_of_hearing_are_listed_oldest_call_first) {
    auto& records = store().speech_records();
    std::vector<ConversationId> ids;
    for (int i = 0; i < 4; ++i) {
        const auto name = fmt::format("call-{}", i);
        const auto receipts = must(keep({make_event(name, "END")}));
        MappedConversation mapped;
        mapped.conversation =
            must(store().conversations().find_conversation(receipts.at(0).conversation))
                ->conversation;
        // The later they came, the earlier they began.
        mapped.conversation.started_at = Timestamp(std::chrono::seconds(1'769'000'000 - i));
        must(store().conversations().merge(mapped, {}));
        ids.push_back(mapped.conversation.id);
    }
    const auto put = [&](std::size_t i, HearingState state, std::optional<std::string> reason) {
        HearingRow row;
        row.conversation = ids[i];
        row.state = state;
        row.reason = std::move(reason);
        row.engine = "azure";
        must(records.put_hearing(row, {{.kind = "audit", .key = ids[i].text(), .run_at = {}}}));
    };
    put(0, HearingState::Suspect, "repetition,compression");
    put(1, HearingState::Suspect, "speech_over_silence");
    put(2, HearingState::Failed, "took_too_long");
    put(3, HearingState::Heard, {});
    EXPECT_EQ(claim("audit").size(), 4U);
    const auto all = must(records.list_hearings({}, {}, 10));
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].hearing.conversation, ids[3]);
    EXPECT_EQ(all[3].hearing.conversation, ids[0]);
    EXPECT_EQ(all[3].external_id, "call-0");
    HearingFilter filter;
    filter.state = HearingState::Suspect;
    auto found = must(records.list_hearings(filter, {}, 10));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].hearing.conversation, ids[1]);
    const HearingCursor after = {.at = found[0].listed_at, .id = ids[1]};
    found = must(records.list_hearings(filter, after, 10));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].hearing.conversation, ids[0]);
    filter.reason = "compression";
    EXPECT_EQ(must(records.list_hearings(filter, {}, 10)).size(), 1U);
    filter.reason = "press";
    EXPECT_TRUE(must(records.list_hearings(filter, {}, 10)).empty());
    EXPECT_EQ(must(records.count_hearings()),
              (std::vector<HearingCount>{{.state = HearingState::Failed, .count = 1},
                                         {.state = HearingState::Suspect, .count = 2}}));
    reopen();
    auto row = must(store().speech_records().find_hearing(ids[2]));
    ASSERT_TRUE(row);
    EXPECT_EQ(row->reason, "took_too_long");
    EXPECT_EQ(row->updated_at, clock_.now());
    row->state = HearingState::Waiting;
    row->wanted_engine = "openai";
    row->not_before = clock_.now();
    must(store().speech_records().put_hearing(*row, {}));
    EXPECT_EQ(must(store().speech_records().find_hearing(ids[2])), row);
}

TEST_P(StoreContract, whoever_wants_it_heard_again_meanwhile_is_not_overruled) {
    auto& records = store().speech_records();
    HearingRow row;
    row.conversation = make_conversation(1);
    row.recordings = 1;
    EXPECT_TRUE(must(records.end_hearing(row, {})));
    EXPECT_FALSE(must(records.end_hearing(row, {})));
    const auto seen = must(records.find_hearing(row.conversation))->updated_at;
    clock_.advance(1s);
    auto wanted = row;
    wanted.state = HearingState::Waiting;
    wanted.wanted_engine = "openai";
    must(records.put_hearing(wanted, {}));
    EXPECT_FALSE(must(records.end_hearing(row, seen)));
    const auto now = must(records.find_hearing(row.conversation));
    EXPECT_EQ(now->state, HearingState::Waiting);
    EXPECT_EQ(now->wanted_engine, "openai");
    row.reason = "repetition";
    EXPECT_TRUE(must(records.end_hearing(row, now->updated_at)));
    EXPECT_EQ(must(records.find_hearing(row.conversation))->reason, "repetition");
    row.conversation = ConversationId::make();
    EXPECT_EQ(code_of(records.end_hearing(row, {})), "NotFound");
}

TEST_P(StoreContract, what_could_not_be_heard_and_is_handed_in_has_not_failed) {
    auto& records = store().speech_records();
    HearingRow row;
    row.conversation = make_conversation(1);
    row.state = HearingState::Failed;
    row.reason = "took_too_long";
    must(records.put_hearing(row, {}));
    TranscriptRow words;
    words.json = "{}";
    words.sha256_hex = sha256_hex(words.json);
    words.origin = "azure";
    must(store().conversations().put_transcript(row.conversation, words, {}));
    EXPECT_EQ(must(records.find_hearing(row.conversation))->state, HearingState::Failed);
    words.json = "[]";
    words.sha256_hex = sha256_hex(words.json);
    words.origin = "provided";
    must(store().conversations().put_transcript(row.conversation, words, {}));
    const auto handed_in = must(records.find_hearing(row.conversation));
    EXPECT_EQ(handed_in->state, HearingState::Heard);
    EXPECT_EQ(handed_in->reason, std::nullopt);
}

TEST_P(StoreContract, an_estimate_walks_what_is_stored_and_what_is_only_announced) {
    const auto whole = make_whole("stored", "+541111", "one");
    auto row = *must(store().conversations().find_conversation(whole.id));
    row.recordings.at(0).duration = 90s;
    row.recordings.at(0).channels = 2;
    must(store().conversations().put_recording(row.recordings.at(0), {}));
    const auto at = row.conversation.started_at.value_or(row.conversation.created_at);
    const AnnouncedList list = {.source = "anura", .account = "default", .sha256 = sha256("list")};
    must(store().coverage().put_announcements(list, {{.external_id = "stored",
                                                      .started_at = at,
                                                      .duration_s = 80,
                                                      .outcome = CallOutcome::Answered,
                                                      .recorded = true},
                                                     {.external_id = "announced",
                                                      .started_at = at,
                                                      .duration_s = 60,
                                                      .outcome = CallOutcome::Answered,
                                                      .recorded = std::nullopt},
                                                     {.external_id = "busy",
                                                      .started_at = at,
                                                      .duration_s = {},
                                                      .outcome = CallOutcome::Busy,
                                                      .recorded = false}}));
    std::vector<EstimateCall> calls;
    must(store().speech_records().walk_estimate(
        at, at + 1s, [&](const EstimateCall& call) { calls.push_back(call); }));
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_TRUE(calls[0].stored);
    EXPECT_TRUE(calls[0].transcribed);
    EXPECT_EQ(calls[0].measured_ms, 90'000);
    EXPECT_EQ(calls[0].channels, 2);
    const auto announced = std::ranges::find_if(
        calls, [](const EstimateCall& call) { return !call.stored && call.recorded; });
    ASSERT_NE(announced, calls.end());
    EXPECT_EQ(announced->stated_s, 60);
    EXPECT_EQ(announced->measured_ms, std::nullopt);
    EXPECT_EQ(std::ranges::count_if(calls, [](const EstimateCall& call) { return !call.recorded; }),
              1);
    calls.clear();
    must(store().speech_records().walk_estimate(
        at + 1s, at + 2s, [&](const EstimateCall& call) { calls.push_back(call); }));
    EXPECT_TRUE(calls.empty());
}

}  // namespace
}  // namespace oidor::store

// What asking costs, and when nothing more is paid.
#include <algorithm>

#include <gtest/gtest.h>

#include "pipeline/kept_reply.hpp"
#include "pipeline/speech_desk.hpp"
#include "pipeline/testing/desk.hpp"

namespace oidor::pipeline {
namespace {

using namespace std::chrono_literals;
using store::SpeechCallState;
using testing::Desk;
using testing::must;

TEST_F(Desk, an_error_says_in_the_ledger_what_it_may_have_cost) {
    auto paying = desk();
    const std::vector<std::pair<ErrorCode, SpeechCallState>> cases = {
        {ErrorCode::Unauthenticated, SpeechCallState::Refused},
        {ErrorCode::TooLarge, SpeechCallState::Refused},
        {ErrorCode::Unavailable, SpeechCallState::Failed},
        {ErrorCode::Timeout, SpeechCallState::Unconfirmed},
        {ErrorCode::Cancelled, SpeechCallState::Unconfirmed}};
    for (const auto& [code, state] : cases) {
        clock_.advance(1s);
        parrot_.error = Error{.code = code, .message = "no", .retry_after = {}};
        EXPECT_EQ(ask(paying, id_).error().code, code);
        const auto line = lines(id_).back();
        EXPECT_EQ(line.state, state);
        EXPECT_EQ(line.error_code, faces_of(code).name);
        // 60 s: both channels, as it was about to be sent.
        EXPECT_EQ(line.cost_micros, state == SpeechCallState::Unconfirmed ? 60'000 : 0);
        EXPECT_TRUE(line.ended_at);
    }
    const auto count = lines(id_).size();
    parrot_.error = Error{.code = ErrorCode::RateLimited, .message = "wait", .retry_after = 7s};
    EXPECT_EQ(ask(paying, id_).error().retry_after, 7s);
    EXPECT_EQ(lines(id_).size(), count);
    EXPECT_FALSE(must(store_->speech_records().find_reply(sha256("one"))));
}

TEST_F(Desk, what_left_before_an_engine_asked_to_wait_is_in_the_ledger) {
    auto paying = desk();
    parrot_.told = {10s, 5s};
    parrot_.error = Error{.code = ErrorCode::RateLimited, .message = "wait", .retry_after = 7s};
    EXPECT_EQ(ask(paying, id_).error().retry_after, 7s);
    ASSERT_EQ(lines(id_).size(), 1U);
    EXPECT_EQ(lines(id_).at(0).state, SpeechCallState::Unconfirmed);
    EXPECT_EQ(lines(id_).at(0).sent_ms, 15'000);
    EXPECT_EQ(lines(id_).at(0).cost_micros, 15'000);
    // Each request is rounded up for itself.
    costs_.prices = {*config::parse_engine_price("azure 3.60/h minimum=20s")};
    parrot_.error.reset();
    auto dear = desk();
    must(ask(dear, id_));
    EXPECT_EQ(lines(id_).at(1).state, SpeechCallState::Paid);
    EXPECT_EQ(lines(id_).at(1).sent_ms, 15'000);
    EXPECT_EQ(lines(id_).at(1).billed_ms, 40'000);
}

TEST_F(Desk, answers_that_are_not_believed_are_not_paid_for_without_end) {
    auto paying = desk();
    parrot_.told = {10s};
    parrot_.error = Error{.code = ErrorCode::Unavailable, .message = "no", .retry_after = {}};
    for (int time = 0; time < 3; ++time) {
        clock_.advance(1s);
        EXPECT_EQ(ask(paying, id_).error().code, ErrorCode::Unavailable);
        EXPECT_EQ(lines(id_).back().state, SpeechCallState::Unconfirmed);
    }
    EXPECT_EQ(faces_of(ask(paying, id_).error().code).fate, JobFate::Stop);
    EXPECT_EQ(parrot_.asked, 3);
    // Whoever asks for it by name tries anew.
    clock_.advance(1s);
    wanted_at_ = clock_.now();
    parrot_.error.reset();
    must(ask(paying, id_));
    EXPECT_EQ(parrot_.asked, 4);
}

TEST_F(Desk, a_reply_that_could_not_be_read_again_is_not_kept) {
    auto paying = desk();
    parrot_.voice = 100'000;
    parrot_.told = {10s};
    EXPECT_EQ(ask(paying, id_).error().code, ErrorCode::Corrupt);
    EXPECT_EQ(lines(id_).back().state, SpeechCallState::Unconfirmed);
    EXPECT_EQ(lines(id_).back().cost_micros, 10'000);
    parrot_.voice.reset();
    clock_.advance(1s);
    must(ask(paying, id_));
    EXPECT_EQ(parrot_.asked, 2);
}

TEST_F(Desk, the_ledger_names_the_model_whose_price_it_is) {
    costs_.prices = {*config::parse_engine_price("azure:large-2026 3.60/h")};
    auto paying = desk();
    must(ask(paying, id_));
    EXPECT_EQ(lines(id_).at(0).model, "large-2026");
    EXPECT_EQ(lines(id_).at(0).cost_micros, 30'000);
}

TEST_F(Desk, an_order_keeps_its_line_until_its_result_is_there) {
    parrot_.capabilities_.takes_urls = true;
    costs_.budget_micros = 60'000;
    parrot_.error = Error{.code = ErrorCode::RateLimited, .message = "runs", .retry_after = 60s};
    for (int start = 0; start < 3; ++start) {
        clock_.advance(60s);
        auto paying = desk();
        EXPECT_EQ(ask(paying, id_).error().retry_after, 60s);
        ASSERT_EQ(lines(id_).size(), 1U);
        EXPECT_EQ(lines(id_).at(0).state, SpeechCallState::Open);
        EXPECT_EQ(lines(id_).at(0).cost_micros, 60'000);
    }
    // What is ordered counts: the next one waits for another day.
    auto paying = desk();
    const auto other = make_call("2", "two");
    EXPECT_TRUE(ask(paying, other, "two").error().message.contains("budget"));
    EXPECT_EQ(parrot_.asked, 3);
    // A stop, or a service that is away for a while, leaves it as it is.
    for (const auto code : {ErrorCode::Cancelled, ErrorCode::Unavailable}) {
        parrot_.error = Error{.code = code, .message = "no", .retry_after = {}};
        EXPECT_EQ(ask(paying, id_).error().code, code);
        EXPECT_EQ(lines(id_).at(0).state, SpeechCallState::Open);
    }
    parrot_.error.reset();
    must(ask(paying, id_));
    ASSERT_EQ(lines(id_).size(), 1U);
    EXPECT_EQ(lines(id_).at(0).state, SpeechCallState::Paid);
    EXPECT_EQ(lines(id_).at(0).cost_micros, 30'000);
    // Heard anew it is another order.
    EXPECT_EQ(parrot_.anew, "");
    clock_.advance(1s);
    costs_.budget_micros.reset();
    auto free = desk();
    must(ask(free, id_, "one", clock_.now()));
    EXPECT_NE(parrot_.anew, "");
}

TEST_F(Desk, a_crash_while_the_engine_works_is_unconfirmed_and_a_later_one_costs_nothing) {
    const auto conversation = row(id_).conversation;
    // What a process leaves that died under the call.
    store::SpeechCallRow lost;
    lost.id = store::SpeechCallId::make();
    lost.conversation = id_;
    const EngineCall call{.engine = parrot_, .request = request_, .cut_key = {}, .to_send = 30s};
    lost.request = name_reply(sha256("one"), call);
    lost.source = lost.account = lost.engine = lost.day = "x";
    lost.currency = "USD";
    lost.cost_micros = 30'000;
    must(store_->speech_records().begin_call(lost, {}, clock_.now() - 7h));
    auto paying = desk();
    must(ask(paying, id_));
    const auto after = lines(id_);
    ASSERT_EQ(after.size(), 2U);
    EXPECT_EQ(std::ranges::count(after, SpeechCallState::Unconfirmed, &store::SpeechCallRow::state),
              1);
    EXPECT_EQ(std::ranges::count(after, SpeechCallState::Paid, &store::SpeechCallRow::state), 1);
    // Dying behind it costs nothing: the reply is kept.
    auto next_process = desk();
    must(ask(next_process, id_));
    EXPECT_EQ(parrot_.asked, 1);
}

TEST_F(Desk, the_same_audio_of_another_call_waits_for_the_reply_that_is_on_its_way) {
    const auto other = make_call("2", "one");
    store::SpeechCallRow open;
    open.id = store::SpeechCallId::make();
    open.conversation = other;
    const EngineCall call{.engine = parrot_, .request = request_, .cut_key = {}, .to_send = 30s};
    open.request = name_reply(sha256("one"), call);
    open.source = open.account = open.engine = open.day = "x";
    open.currency = "USD";
    must(store_->speech_records().begin_call(open, {}, clock_.now() - 7h));
    auto paying = desk();
    const auto waits = ask(paying, id_);
    ASSERT_FALSE(waits);
    EXPECT_EQ(waits.error().code, ErrorCode::RateLimited);
    EXPECT_EQ(waits.error().retry_after, 30s);
    EXPECT_EQ(paying.closed_until(), std::nullopt);
    EXPECT_EQ(parrot_.asked, 0);
}

TEST_F(Desk, a_used_up_budget_closes_until_the_next_day_of_the_account) {
    costs_.budget_micros = 30'000;
    auto paying = desk();
    must(ask(paying, id_));
    const auto other = make_call("2", "two");
    const auto refused = ask(paying, other, "two");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::RateLimited);
    // It is 15:00 UTC, 12:00 in Buenos Aires.
    EXPECT_EQ(refused.error().retry_after, 12h);
    EXPECT_EQ(paying.closed_until(), clock_.now() + 12h);
    EXPECT_EQ(parrot_.asked, 1);
    EXPECT_TRUE(lines(other).empty());
    // What is there already costs nothing.
    must(ask(paying, id_));
    clock_.advance(12h);
    must(ask(paying, other, "two"));
    EXPECT_EQ(lines(other).at(0).day, "2026-02-11");
    EXPECT_EQ(parrot_.asked, 2);
}

TEST_F(Desk, the_budget_has_a_zone_of_its_own) {
    costs_.budget_micros = 0;
    costs_.budget_time_zone = "UTC";
    auto paying = desk();
    EXPECT_EQ(ask(paying, id_).error().retry_after, 9h);
    EXPECT_EQ(parrot_.asked, 0);
}

TEST_F(Desk, what_costs_nothing_or_nobody_knows_is_not_held_up) {
    costs_.budget_micros = 0;
    costs_.prices.clear();
    auto unpriced = desk();
    must(ask(unpriced, id_));
    EXPECT_EQ(lines(id_).at(0).cost_micros, std::nullopt);
    EXPECT_EQ(telemetry_.value(telemetry::Metric::speech_calls_unpriced_total, {.engine = "azure"}),
              1);
    costs_.prices = {*config::parse_engine_price("azure 3.60/h")};
    parrot_.capabilities_.offline = true;
    auto offline = desk();
    const auto other = make_call("2", "two");
    must(ask(offline, other, "two"));
    EXPECT_EQ(parrot_.asked, 2);
}

}  // namespace
}  // namespace oidor::pipeline

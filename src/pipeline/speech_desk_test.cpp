#include "pipeline/speech_desk.hpp"

#include <set>

#include <gtest/gtest.h>

#include "pipeline/kept_reply.hpp"
#include "pipeline/seal_key.hpp"
#include "pipeline/testing/desk.hpp"

namespace oidor::pipeline {
namespace {

using namespace std::chrono_literals;
using store::SpeechCallState;
using testing::Desk;
using testing::must;

TEST_F(Desk, a_reply_is_paid_for_once_whoever_asks) {
    auto paying = desk();
    const auto first = must(ask(paying, id_));
    const auto second = must(ask(paying, id_));
    EXPECT_EQ(first, second);
    const auto other = make_call("2", "one");
    const auto third = must(ask(paying, other));
    EXPECT_EQ(first, third);
    EXPECT_EQ(parrot_.asked, 1);
    EXPECT_EQ(first.signs.size(), 1U);
    EXPECT_EQ(first.signs.at(0).average_log_probability, -0.25);
    EXPECT_EQ(first.signs.at(0).compression_ratio, std::nullopt);
    EXPECT_EQ(first.unheard.size(), 1U);
    EXPECT_EQ(first.model, "large-2026");
    ASSERT_EQ(lines(id_).size(), 2U);
    const auto line = lines(id_).at(0);
    EXPECT_EQ(line.state, SpeechCallState::Paid);
    EXPECT_EQ(line.audio_ms, 40'000);
    EXPECT_EQ(line.sent_ms, 30'000);
    EXPECT_EQ(line.billed_ms, 30'000);
    EXPECT_EQ(line.cost_micros, 30'000);
    EXPECT_EQ(line.currency, "USD");
    EXPECT_EQ(line.day, "2026-02-10");
    EXPECT_EQ(lines(id_).at(1).state, SpeechCallState::Cached);
    EXPECT_EQ(lines(other).at(0).state, SpeechCallState::Cached);
    EXPECT_EQ(lines(other).at(0).cost_micros, 0);
    EXPECT_EQ(telemetry_.value(telemetry::Metric::speech_replies_found_total, {.engine = "azure"}),
              2);
}

TEST_F(Desk, what_decides_about_a_reply_is_in_its_name) {
    auto paying = desk();
    must(ask(paying, id_));
    std::set<Sha256> names;
    const auto note = [&] {
        const EngineCall call{
            .engine = parrot_, .request = request_, .cut_key = cut_key_, .to_send = 30s};
        names.insert(name_reply(sha256("one"), call));
    };
    note();
    cut_key_ = "120-1840";
    note();
    request_.again = true;
    note();
    request_.phrases = {"Mar del Plata"};
    note();
    request_.language_candidates = {"es", "pt"};
    note();
    request_.language = "es-AR";
    note();
    parrot_.capabilities_.model = "small";
    note();
    parrot_.capabilities_.options_key = "profanity=masked";
    note();
    parrot_.capabilities_.name = "openai";
    note();
    EXPECT_EQ(names.size(), 9U);
    // Who the agent is changes no word.
    request_.agent_channel = 1;
    note();
    EXPECT_EQ(names.size(), 9U);
}

TEST_F(Desk, speakers_are_those_of_the_settings_of_now) {
    auto paying = desk();
    EXPECT_EQ(must(ask(paying, id_)).transcript.segments.at(0).speaker, Speaker::Agent);
    request_.agent_channel = 1;
    EXPECT_EQ(must(ask(paying, id_)).transcript.segments.at(0).speaker, Speaker::Customer);
    request_.agent_channel.reset();
    EXPECT_EQ(must(ask(paying, id_)).transcript.segments.at(0).speaker, Speaker::Unknown);
    EXPECT_EQ(parrot_.asked, 1);
}

TEST_F(Desk, what_is_wanted_anew_is_asked_for_once_more_and_once) {
    auto paying = desk();
    must(ask(paying, id_));
    clock_.advance(1h);
    const auto wanted = clock_.now();
    must(ask(paying, id_, "one", wanted));
    EXPECT_EQ(parrot_.asked, 2);
    // The job comes back, after a crash perhaps: what was paid since then is used.
    clock_.advance(1s);
    must(ask(paying, id_, "one", wanted));
    EXPECT_EQ(parrot_.asked, 2);
}

TEST_F(Desk, a_price_may_name_the_model_as_the_engine_does) {
    costs_.prices = {*config::parse_engine_price("azure:large-2026 7.20/h")};
    auto paying = desk();
    must(ask(paying, id_));
    EXPECT_EQ(lines(id_).at(0).cost_micros, 60'000);
}

TEST_F(Desk, a_conversation_erased_meanwhile_keeps_no_words) {
    const auto conversation = row(id_).conversation;
    store_->erasure().use_seal_key(seal_key_in(folder_ / "seal.key"));
    must(store_->erasure().erase(id_, store::ErasureCause::Restored, {}));
    auto paying = desk();
    const SpeechOrder order{.conversation = conversation,
                            .time_zone = "UTC",
                            .audio = sha256("one"),
                            .duration = 40s,
                            .not_before = {}};
    const auto gone =
        paying.ask(order, {.engine = parrot_, .request = request_, .cut_key = {}, .to_send = 30s});
    EXPECT_EQ(gone.error().code, ErrorCode::NotFound);
    EXPECT_EQ(parrot_.asked, 0);
}

TEST_F(Desk, parts_that_were_answered_are_there_when_the_whole_is_asked_for_again) {
    auto paying = desk();
    parrot_.told = {15s};
    parrot_.part = "half an answer";
    parrot_.error = Error{.code = ErrorCode::RateLimited, .message = "wait", .retry_after = 7s};
    EXPECT_FALSE(ask(paying, id_));
    EXPECT_FALSE(parrot_.found_part);
    EXPECT_EQ(lines(id_).at(0).state, SpeechCallState::Unconfirmed);
    EXPECT_EQ(lines(id_).at(0).sent_ms, 15'000);
    parrot_.error.reset();
    must(ask(paying, id_));
    EXPECT_EQ(parrot_.found_part, "half an answer");
    // To be heard anew, parts are asked for anew as well.
    clock_.advance(1s);
    must(ask(paying, id_, "one", clock_.now()));
    EXPECT_FALSE(parrot_.found_part);
}

TEST_F(Desk, a_kept_reply_that_nobody_can_read_is_told_and_asked_for_again) {
    const EngineCall call{.engine = parrot_, .request = request_, .cut_key = {}, .to_send = 30s};
    auto paying = desk();
    must(ask(paying, id_));
    const auto paid = lines(id_).at(0);
    store::SpeechCallRow broken = paid;
    broken.id = store::SpeechCallId::make();
    must(store_->speech_records().begin_call(broken, {}, clock_.now() - 7h));
    must(store_->speech_records().end_call(
        {.id = broken.id, .state = SpeechCallState::Paid},
        {store::SpeechReplyRow{.request = name_reply(sha256("one"), call),
                               .audio = sha256("one"),
                               .engine = "azure",
                               .json = "{}"}}));
    must(ask(paying, id_));
    EXPECT_EQ(parrot_.asked, 2);
    EXPECT_TRUE(lines_.text.contains("speech_reply_unreadable"));
    must(ask(paying, id_));
    EXPECT_EQ(parrot_.asked, 2);
}

TEST_F(Desk, a_kept_reply_that_is_none_is_corrupt) {
    for (const auto* const text : {"", "[]", "{}", R"({"transcript":{"segments":3}})",
                                   R"({"transcript":{"segments":[]},"signs":[{}]})",
                                   R"({"transcript":{"segments":[]},"unheard":[{"channel":1}]})"}) {
        EXPECT_EQ(parse_reply(text).error().code, ErrorCode::Corrupt) << text;
    }
}

}  // namespace
}  // namespace oidor::pipeline

#include "pipeline/speech_desk.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "pipeline/hear_again.hpp"
#include "pipeline/kept_reply.hpp"
#include "pipeline/map_step.hpp"
#include "pipeline/steps.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using namespace std::chrono_literals;
using store::SpeechCallState;
using testing::must;

/// Says the same words of everything, and counts how often it is asked.
class Parrot final : public speech::Engine {
  public:
    Parrot() {
        capabilities_.name = "azure";
        capabilities_.model = "large";
        capabilities_.duration_max = 6h;
    }
    [[nodiscard]] const speech::EngineCapabilities& capabilities() const override {
        return capabilities_;
    }
    [[nodiscard]] Result<speech::EngineReply> transcribe(
        const speech::SpeechRequest& request) const override {
        ++asked;
        anew = request.anew;
        for (const auto audio : told) {
            request.on_sent(audio);
        }
        found_part = request.parts.find("first half");
        if (!part.empty() && !found_part) {
            request.parts.keep("first half", part);
        }
        if (error) {
            return fail(*error);
        }
        speech::EngineReply reply;
        Segment segment;
        segment.start = 1000ms;
        segment.end = 2000ms;
        segment.channel = 0;
        segment.text = "Buenos días.";
        segment.confidence = 0.75;
        segment.speaker = speech::speaker_of(request, 0);
        reply.transcript.language = "es";
        reply.transcript.segments = {segment};
        reply.signs = {{.no_speech_probability = 0.01,
                        .average_log_probability = -0.25,
                        .compression_ratio = {}}};
        reply.model = "large-2026";
        reply.sent = sent;
        reply.unheard = {{.channel = 1, .from = 4000ms, .speech = 2500ms}};
        return reply;
    }

    mutable int asked = 0;
    mutable std::string anew = {};
    std::string part = {};  ///< The answer about a part, before the whole.
    mutable std::optional<std::string> found_part = {};
    std::vector<Milliseconds> told = {};  ///< Of each request that may be billed.
    std::optional<Error> error = {};
    Milliseconds sent = 30s;
    speech::EngineCapabilities capabilities_ = {};
};

class Desk : public testing::House {
  protected:
    Desk() {
        costs_.prices = {*config::parse_engine_price("azure 3.60/h")};
        request_.language = "es";
        request_.analysis.duration = 30s;
        request_.analysis.channels.resize(2);
        request_.agent_channel = 0;
        id_ = make_call("1", "one");
    }

    /// A conversation with a recording of this content.
    ConversationId make_call(const std::string& external_id, const std::string& content) {
        const auto id = keep(R"({"hooktrigger":"END","cdrid":")" + external_id +
                             R"(","dialtime":"2026-02-10 10:30:00","status":"ANSWER",
                                "wasrecorded":true,"audio_file_wav":"https://pbx.anura.com.ar/1.wav"})");
        must(MapStep(*store_, accounts()).run(id));
        auto recording = row(id).recordings.at(0);
        recording.state = RecordingState::Stored;
        recording.sha256 = sha256_hex(content);
        must(store_->conversations().put_recording(recording, {}));
        return id;
    }

    SpeechDesk desk() { return SpeechDesk(store_->speech_records(), clock_, costs_, &telemetry_); }
    Result<speech::EngineReply> ask(SpeechDesk& desk, ConversationId id,
                                    const std::string& content = "one",
                                    std::optional<Timestamp> not_before = {}) {
        const auto conversation = row(id).conversation;
        const SpeechOrder order{.conversation = conversation,
                                .time_zone = options_.time_zone,
                                .audio = sha256(content),
                                .duration = 40s,
                                .not_before = not_before,
                                .wanted_at = wanted_at_};
        return desk.ask(order, {.engine = parrot_,
                                .request = request_,
                                .cut_key = cut_key_,
                                .to_send = request_.analysis.duration});
    }
    std::vector<store::SpeechCallRow> lines(ConversationId id) {
        return must(store_->speech_records().list_calls(id));
    }

    std::optional<Timestamp> wanted_at_ = {};
    Parrot parrot_ = {};
    SpeechCosts costs_ = {};
    speech::SpeechRequest request_ = {};
    std::string cut_key_ = {};
    ConversationId id_ = {};
};

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
    const auto& line = lines(id_).at(0);
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
    EXPECT_EQ(telemetry_.value(telemetry::Metric::speech_replies_found_total), 2);
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

TEST_F(Desk, the_installations_zone_counts_before_the_accounts) {
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
    EXPECT_EQ(telemetry_.value(telemetry::Metric::speech_calls_unpriced_total), 1);
    costs_.prices = {*config::parse_engine_price("azure 3.60/h")};
    parrot_.capabilities_.offline = true;
    auto offline = desk();
    const auto other = make_call("2", "two");
    must(ask(offline, other, "two"));
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

TEST_F(Desk, an_older_call_stands_before_a_younger_one_whenever_its_recording_came) {
    auto older = row(id_).conversation;
    auto younger = row(make_call("2", "two")).conversation;
    older.started_at = clock_.now() - 3h;
    younger.started_at = clock_.now() - 1h;
    older.created_at = younger.created_at = clock_.now();
    // The younger one's recording came first.
    must(store_->queue().enqueue({transcribe_job(younger)}));
    must(store_->queue().enqueue({transcribe_job(older)}));
    const auto leased = must(store_->queue().claim({std::string(kTranscribe)}, 2, 10s));
    ASSERT_EQ(leased.size(), 2U);
    EXPECT_EQ(leased[0].key, older.id.text());
    EXPECT_EQ(leased[1].key, younger.id.text());
    // A clock that is ahead does not hold a call up.
    auto ahead = row(make_call("3", "three")).conversation;
    ahead.started_at = clock_.now() + 5h;
    ahead.created_at = clock_.now();
    must(store_->queue().enqueue({transcribe_job(ahead)}));
    EXPECT_EQ(must(store_->queue().claim({std::string(kTranscribe)}, 2, 10s)).size(), 1U);
}

TEST_F(Desk, what_failed_goes_back_to_its_place_and_is_not_done) {
    auto& records = store_->speech_records();
    must(store_->conversations().put_state(id_, ConversationState::Failed, "took_too_long", {}));
    store::HearingRow failed;
    failed.conversation = id_;
    failed.state = store::HearingState::Failed;
    failed.reason = "took_too_long";
    must(records.put_hearing(failed, {}));
    must(hear_again(*store_, id_, "pocketsphinx", clock_.now()));
    const auto hearing = must(records.find_hearing(id_));
    ASSERT_TRUE(hearing);
    EXPECT_EQ(hearing->state, store::HearingState::Waiting);
    EXPECT_EQ(hearing->wanted_engine, "pocketsphinx");
    // A reply that was paid for before it failed may be used.
    EXPECT_EQ(hearing->not_before, std::nullopt);
    EXPECT_EQ(row(id_).conversation.state, ConversationState::Ended);
    EXPECT_EQ(must(store_->queue().claim({std::string(kTranscribe)}, 9, 10s)).size(), 1U);
    EXPECT_EQ(hear_again(*store_, id_, "nobody", clock_.now()).error().code, ErrorCode::Invalid);
    EXPECT_EQ(hear_again(*store_, ConversationId::make(), {}, clock_.now()).error().code,
              ErrorCode::NotFound);
}

TEST_F(Desk, what_was_heard_badly_is_asked_for_anew_and_what_was_handed_in_stays) {
    const auto words = format_transcript({});
    const auto put = [&](ConversationId id, const std::string& origin) {
        store::TranscriptRow transcript;
        transcript.sha256_hex = sha256_hex(words);
        transcript.json = words;
        transcript.origin = origin;
        transcript.created_at = clock_.now();
        must(store_->conversations().put_transcript(id, transcript, {}));
    };
    put(id_, "azure");
    auto& records = store_->speech_records();
    store::HearingRow suspect;
    suspect.conversation = id_;
    suspect.state = store::HearingState::Suspect;
    suspect.reason = "repetition";
    must(records.put_hearing(suspect, {}));
    const auto handed_in = make_call("2", "two");
    put(handed_in, "provided");
    suspect.conversation = handed_in;
    must(records.put_hearing(suspect, {}));
    store::HearingFilter filter;
    filter.state = store::HearingState::Suspect;
    EXPECT_EQ(must(hear_all_again(*store_, filter, {}, clock_.now())), 1);
    EXPECT_EQ(must(records.find_hearing(id_))->not_before, clock_.now());
    // Asked for twice, it is wanted since the first time.
    const auto first = clock_.now();
    clock_.advance(1h);
    must(hear_again(*store_, id_, {}, clock_.now()));
    EXPECT_EQ(must(records.find_hearing(id_))->not_before, first);
    EXPECT_EQ(hear_again(*store_, handed_in, {}, clock_.now()).error().code, ErrorCode::Conflict);
}

}  // namespace
}  // namespace oidor::pipeline

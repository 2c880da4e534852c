#include "pipeline/hear_again.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "pipeline/steps.hpp"
#include "pipeline/testing/desk.hpp"

namespace oidor::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::Desk;
using testing::must;

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

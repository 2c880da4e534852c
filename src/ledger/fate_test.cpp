#include "ledger/fate.hpp"

#include <gtest/gtest.h>

namespace oidor::ledger {
namespace {

using store::CallFacts;
using store::CallJob;
using store::JobState;
using store::ReceivedCall;

/// A call with one stored recording, transcribed, of one participation that is judged.
ReceivedCall whole() {
    ReceivedCall call;
    call.state = ConversationState::Audited;
    call.recordings = 1;
    call.recordings_stored = 1;
    call.transcribed = true;
    call.participations = 1;
    call.judged = 1;
    return call;
}

CallJob job(const std::string& kind, JobState state, const std::string& code = "") {
    return {.kind = kind,
            .state = state,
            .error_code = code.empty() ? std::nullopt : std::optional(code)};
}

std::string reason_of(const ReceivedCall& call) {
    CallFacts facts;
    facts.received = call;
    const auto fate = fate_of(facts);
    return fate.gap
               ? std::string(format(*fate.gap)) + (fate.detail.empty() ? "" : ": " + fate.detail)
               : "none";
}

TEST(Fate, names_are_read_back) {
    for (int i = 0; i <= static_cast<int>(kLastGap); ++i) {
        const auto gap = static_cast<Gap>(i);
        EXPECT_EQ(parse_gap(format(gap)), gap);
    }
    EXPECT_EQ(format(kLastGap), "inconsistent");
    EXPECT_FALSE(parse_gap("lost"));
}

TEST(Fate, a_judged_call_has_no_gap) {
    EXPECT_EQ(reason_of(whole()), "none");
    CallFacts facts;
    facts.received = whole();
    const auto fate = fate_of(facts);
    EXPECT_TRUE(fate.received && fate.recorded && fate.fetched && fate.transcribed && fate.audited);
    EXPECT_FALSE(fate.announced || fate.not_auditable || fate.delivered);
}

TEST(Fate, what_is_only_announced_was_not_received) {
    CallFacts facts;
    facts.announced = store::Announcement{};
    const auto fate = fate_of(facts);
    EXPECT_EQ(fate.gap, Gap::NotReceived);
    EXPECT_TRUE(fate.announced);
    EXPECT_FALSE(fate.received);
}

TEST(Fate, an_open_call_waits_for_its_end_unless_it_cannot_be_read) {
    auto call = ReceivedCall{};
    EXPECT_EQ(reason_of(call), "not_ended");
    call.jobs = {job("map", JobState::Queued)};
    EXPECT_EQ(reason_of(call), "map_pending");
    call.jobs = {job("map", JobState::Dead, "Invalid")};
    EXPECT_EQ(reason_of(call), "dead_letter: Invalid");
    call.jobs = {job("map", JobState::Done)};
    EXPECT_EQ(reason_of(call), "not_ended");
}

TEST(Fate, an_ended_call_is_where_its_job_is) {
    auto call = whole();
    call.state = ConversationState::Ended;
    call.judged = 0;
    call.transcribed = false;
    call.recordings_stored = 0;
    call.lacking_state = RecordingState::Fetching;
    call.lacking_reason = "absent";
    EXPECT_EQ(reason_of(call), "inconsistent: stalled");
    call.jobs = {job("fetch", JobState::Queued)};
    EXPECT_EQ(reason_of(call), "fetch_pending: absent");
    call.recordings_stored = 1;
    call.jobs = {job("fetch", JobState::Done), job("transcribe", JobState::Running)};
    EXPECT_EQ(reason_of(call), "transcribe_pending");
    call.jobs = {job("transcribe", JobState::Skipped, "Unsupported")};
    EXPECT_EQ(reason_of(call), "transcribe_failed: Unsupported");
    call.transcribed = true;
    call.jobs = {job("audit", JobState::Queued)};
    EXPECT_EQ(reason_of(call), "audit_pending");
    call.jobs = {job("audit", JobState::Discarded)};
    EXPECT_EQ(reason_of(call), "audit_failed: discarded");
    call.jobs = {job("map", JobState::Running)};
    EXPECT_EQ(reason_of(call), "map_pending");
}

TEST(Fate, a_call_without_recording_says_why) {
    auto call = whole();
    call.state = ConversationState::NoRecording;
    call.transcribed = false;
    call.judged = 0;
    call.recordings = call.recordings_stored = 0;
    call.reason = "no_recording_announced";
    EXPECT_EQ(reason_of(call), "no_recording_announced");
    call.reason = "not_recorded";
    EXPECT_EQ(reason_of(call), "not_recorded");
    call.recordings = 1;
    call.reason = "recording_missing";
    call.lacking_state = RecordingState::Missing;
    call.lacking_reason = "absent";
    EXPECT_EQ(reason_of(call), "recording_missing: absent");
    call.jobs = {job("fetch", JobState::Queued)};
    EXPECT_EQ(reason_of(call), "fetch_pending: absent") << "it is asked for again";
    call.jobs = {};
    call.lacking_state = RecordingState::Failed;
    call.lacking_reason = "denied";
    EXPECT_EQ(reason_of(call), "recording_failed: denied");
    call.recordings_stored = 1;
    EXPECT_EQ(reason_of(call), "inconsistent: no_recording_yet_stored");
}

TEST(Fate, a_list_that_speaks_of_a_recording_is_told) {
    CallFacts facts;
    facts.received =
        ReceivedCall{.state = ConversationState::NoRecording, .reason = "no_recording_announced"};
    facts.announced = store::Announcement{.recorded = true};
    EXPECT_EQ(fate_of(facts).detail, "listed_as_recorded");
}

TEST(Fate, a_failed_call_says_what_failed) {
    auto call = whole();
    call.state = ConversationState::Failed;
    call.judged = 0;
    call.reason = "no_engine";
    EXPECT_EQ(reason_of(call), "transcribe_failed: no_engine");
    call.jobs = {job("transcribe", JobState::Queued)};
    EXPECT_EQ(reason_of(call), "transcribe_pending");
    call.reason = "not_judged";
    call.jobs = {job("audit", JobState::Dead, "Internal")};
    EXPECT_EQ(reason_of(call), "audit_failed: Internal");
}

TEST(Fate, nothing_to_judge_is_no_gap_but_silence_is) {
    auto call = whole();
    call.state = ConversationState::NotAuditable;
    call.reason = "abandoned";
    EXPECT_EQ(reason_of(call), "none");
    CallFacts facts;
    facts.received = call;
    EXPECT_TRUE(fate_of(facts).not_auditable);
    EXPECT_FALSE(fate_of(facts).audited);
    call.reason = "no_speech";
    EXPECT_EQ(reason_of(call), "no_speech");
}

TEST(Fate, a_judged_call_that_lacks_something_says_so) {
    auto call = whole();
    call.recordings = 2;
    call.lacking_state = RecordingState::Missing;
    call.lacking_reason = "empty";
    EXPECT_EQ(reason_of(call), "recording_missing: empty");
    call = whole();
    call.participations = 2;
    EXPECT_EQ(reason_of(call), "inconsistent: audit_absent");
    call.jobs = {job("audit", JobState::Queued)};
    EXPECT_EQ(reason_of(call), "audit_pending");
    call = whole();
    call.judged = 0;
    call.participations = 0;
    EXPECT_EQ(reason_of(call), "inconsistent: audit_absent");
}

TEST(Fate, delivery_counts_once_there_is_a_sink) {
    auto call = whole();
    call.delivery = store::CallDelivery{.delivered = false, .waiting = true, .stopped = {}};
    EXPECT_EQ(reason_of(call), "delivery_pending");
    call.delivery->stopped = "needs_attention";
    EXPECT_EQ(reason_of(call), "delivery_failed: needs_attention");
    call.delivery = store::CallDelivery{};
    EXPECT_EQ(reason_of(call), "none") << "older than the sink";
    call.delivery->delivered = true;
    EXPECT_EQ(reason_of(call), "none");
    CallFacts facts;
    facts.received = call;
    EXPECT_EQ(fate_of(facts).delivered, true);
}

}  // namespace
}  // namespace oidor::ledger

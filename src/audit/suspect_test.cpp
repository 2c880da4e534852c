// Nobody fails on words that are not believed.
#include <algorithm>

#include <gtest/gtest.h>

#include "audit/test_support.hpp"

namespace oidor::audit {
namespace {

constexpr auto kCriteria = R"(
[[criteria]]
id = "saludo"
kind = "phrases"
need = "any"
speaker = "agent"
points = 10
phrases = ["buenos días"]
[[criteria]]
id = "despedida"
kind = "phrases"
need = "any"
speaker = "agent"
points = 10
window = { from = "end", seconds = 20, turns = 3 }
phrases = ["que tenga buen día"]
[[criteria]]
id = "prohibidas"
kind = "phrases"
need = "none"
speaker = "agent"
penalty = 10
phrases = ["no es mi problema"]
[[criteria]]
id = "turnos"
kind = "measure"
measure = "turns"
points = 10
bands = [{ up_to = 2, points = 10 }, { points = 0 }]
)";

Transcript call() {
    return transcript_of({say(Speaker::Agent, "Hola, sí, dígame.", 0, 2000),
                          say(Speaker::Customer, "No tengo internet.", 2500, 4000),
                          say(Speaker::Agent, "No es mi problema.", 5000, 7000),
                          say(Speaker::Customer, "Bueno.", 7500, 8000)});
}

bool has(const Audit& audit, ReviewReason reason) {
    return std::ranges::find(audit.review_reasons, reason) != audit.review_reasons.end();
}

TEST(Suspect, what_failed_is_unknown_and_somebody_has_to_look) {
    const auto auditor = auditor_of(kCriteria);
    const auto believed = auditor->judge(call(), lasting(8), {});
    for (const auto& id : {"saludo", "despedida", "prohibidas", "turnos"}) {
        EXPECT_EQ(result_of(believed, id).outcome, Outcome::Fail) << id;
    }
    EXPECT_FALSE(has(believed, ReviewReason::Suspect));
    auto transcript = call();
    transcript.segments[0].doubts = {"repetition"};
    transcript.segments[2].doubts = {"repetition"};
    const auto doubted = auditor->judge(transcript, lasting(8), {});
    for (const auto& id : {"saludo", "despedida", "prohibidas", "turnos"}) {
        EXPECT_EQ(result_of(doubted, id).outcome, Outcome::Unknown) << id;
    }
    EXPECT_TRUE(has(doubted, ReviewReason::Suspect));
}

TEST(Suspect, whatever_confidence_a_scorecard_asks_for) {
    const auto auditor = auditor_of(kCriteria, "confidence_min = 0");
    auto transcript = call();
    transcript.segments[2].doubts = {"no_speech"};
    transcript.segments[2].confidence = 1;
    EXPECT_EQ(result_of(auditor->judge(transcript, lasting(8), {}), "prohibidas").outcome,
              Outcome::Unknown);
}

TEST(Suspect, a_stretch_that_was_not_heard_may_have_had_the_farewell) {
    const auto auditor = auditor_of(kCriteria);
    auto transcript = call();
    auto unheard = say(Speaker::Agent, "", 9000, 20'000);
    unheard.doubts = {"cut"};
    unheard.confidence = 0;
    transcript.segments.push_back(unheard);
    const auto audit = auditor->judge(transcript, lasting(20), {});
    EXPECT_EQ(result_of(audit, "despedida").outcome, Outcome::Unknown);
    EXPECT_EQ(result_of(audit, "prohibidas").outcome, Outcome::Fail) << "that was surely said";
    transcript.segments.back().doubts.clear();
    EXPECT_EQ(result_of(auditor->judge(transcript, lasting(20), {}), "despedida").outcome,
              Outcome::Fail);
}

TEST(Suspect, the_missing_words_may_have_been_written_on_the_other_side) {
    const auto auditor = auditor_of(kCriteria);
    auto transcript = call();
    transcript.segments[1].doubts = {"speech_over_silence"};
    const auto audit = auditor->judge(transcript, lasting(8), {});
    EXPECT_EQ(result_of(audit, "saludo").outcome, Outcome::Unknown);
    EXPECT_EQ(result_of(audit, "prohibidas").outcome, Outcome::Fail) << "that was surely said";
    // Outside the window it says nothing of what is looked for inside.
    transcript = call();
    transcript.segments.insert(transcript.segments.begin(),
                               say(Speaker::Customer, "Eh eh eh.", 0, 1000));
    for (std::size_t i = 1; i < transcript.segments.size(); ++i) {
        *transcript.segments[i].start += Milliseconds(60'000);
        *transcript.segments[i].end += Milliseconds(60'000);
    }
    transcript.segments[0].doubts = {"repetition"};
    EXPECT_EQ(result_of(auditor->judge(transcript, lasting(68), {}), "despedida").outcome,
              Outcome::Fail);
}

TEST(Suspect, what_was_found_of_the_channels_is_a_reason_to_look) {
    const auto auditor = auditor_of(kCriteria);
    auto transcript = call();
    transcript.add_finding(kChannelsSwapped);
    const auto swapped = auditor->judge(transcript, lasting(8), {});
    EXPECT_TRUE(has(swapped, ReviewReason::ChannelsSwapped));
    EXPECT_FALSE(has(swapped, ReviewReason::ChannelsIdentical));
    transcript = call();
    transcript.add_finding(kChannelsIdentical);
    EXPECT_TRUE(has(auditor->judge(transcript, lasting(8), {}), ReviewReason::ChannelsIdentical));
}

TEST(Suspect, a_voicemail_alone_is_not_auditable) {
    const auto auditor = auditor_of(kCriteria);
    auto transcript =
        transcript_of({say(Speaker::Ivr, "Deje su mensaje después del tono.", 0, 3000),
                       say(Speaker::Unknown, "Hola, hola.", 3500, 4000)});
    transcript.add_finding(kVoicemail);
    const auto audit = auditor->judge(transcript, lasting(4), {});
    EXPECT_FALSE(audit.auditable);
    EXPECT_EQ(audit.reason, NotAuditable::Voicemail);
    EXPECT_FALSE(audit.score);
    auto known = lasting(4);
    known.not_auditable = NotAuditable::Internal;
    EXPECT_EQ(auditor->judge(transcript, known, {}).reason, NotAuditable::Internal);
}

TEST(Suspect, a_transcript_without_doubts_keeps_its_audit) {
    const auto auditor = auditor_of(kCriteria);
    const auto audit = auditor->judge(call(), lasting(8), {});
    const auto stored = parse_transcript(format_transcript(call())).value();
    EXPECT_EQ(format_audit(audit, {}), format_audit(auditor->judge(stored, lasting(8), {}), {}));
}

TEST(Incomplete, what_was_not_recorded_is_not_missing) {
    const auto auditor = auditor_of(kCriteria);
    auto transcript = call();
    transcript.add_finding(kShorterThanCall);
    const auto audit = auditor->judge(transcript, lasting(8), {});
    EXPECT_EQ(result_of(audit, "saludo").outcome, Outcome::Unknown);
    EXPECT_EQ(result_of(audit, "despedida").outcome, Outcome::Unknown);
    EXPECT_EQ(result_of(audit, "turnos").outcome, Outcome::Unknown);
    // What was said was said.
    EXPECT_EQ(result_of(audit, "prohibidas").outcome, Outcome::Fail);
    EXPECT_TRUE(has(audit, ReviewReason::ShorterThanCall));
}

TEST(Incomplete, an_empty_channel_asks_for_review) {
    const auto auditor = auditor_of(kCriteria);
    auto transcript = call();
    transcript.add_finding(kSilentChannel);
    const auto audit = auditor->judge(transcript, lasting(8), {});
    EXPECT_TRUE(has(audit, ReviewReason::SilentChannel));
    EXPECT_EQ(result_of(audit, "saludo").outcome, Outcome::Fail);  // The agent was heard.
}

}  // namespace
}  // namespace oidor::audit

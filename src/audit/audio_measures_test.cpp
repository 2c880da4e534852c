#include "audit/audio_measures.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/test_support.hpp"

namespace oidor::audit {
namespace {

using namespace std::chrono_literals;

/// A call of 100 s with two sides.
AudioAnalysis two_sides() {
    AudioAnalysis analysis = {.version = kAnalysisVersion};
    analysis.duration = 100s;
    analysis.channels = {{.speech = {{.start = 0s, .end = 30s}, {.start = 65s, .end = 70s}},
                          .music = {{.start = 45s, .end = 55s}},
                          .loudness_dbfs = -21.44,
                          .clipping_ratio = 0.0125},
                         {.speech = {{.start = 28s, .end = 40s}, {.start = 60s, .end = 64s}},
                          .music = {{.start = 50s, .end = 58s}},
                          .loudness_dbfs = -30.0}};
    derive_measures(analysis);
    return analysis;
}

Transcript sides(Speaker first, Speaker second) {
    Transcript transcript;
    transcript.segments = {{.speaker = first, .channel = 0, .text = "hola"},
                           {.speaker = second, .channel = 1, .text = "buenas"}};
    return transcript;
}

Facts facts_of(const AudioAnalysis& analysis, const Transcript& transcript) {
    Facts facts;
    add_audio_measures(analysis, transcript, facts);
    return facts;
}

std::string value(const Facts& facts, std::string_view name) {
    const auto found = facts.measures.find(name);
    return found != facts.measures.end() ? found->second.value.text() + " " + found->second.unit
                                         : "-";
}

TEST(AudioMeasures, of_a_call_with_two_sides) {
    const auto facts = facts_of(two_sides(), sides(Speaker::Agent, Speaker::Customer));
    EXPECT_EQ(value(facts, "silence"), "0.51 ratio");
    EXPECT_EQ(value(facts, "silence_s"), "51.0 s");
    EXPECT_EQ(value(facts, "longest_silence_s"), "30.0 s");
    EXPECT_EQ(value(facts, "speech_s"), "49.0 s");
    EXPECT_EQ(value(facts, "overtalk"), "0.02 ratio");
    EXPECT_EQ(value(facts, "overtalk_s"), "2.0 s");
    EXPECT_EQ(value(facts, "dead_air_s"), "30.0 s");
    EXPECT_EQ(value(facts, "music_s"), "13.0 s");
    EXPECT_EQ(value(facts, "clipping"), "0.0125 ratio");
    EXPECT_EQ(value(facts, "interruptions"), "1.0 ");
    EXPECT_EQ(value(facts, "response_s"), "0.5 s");
    EXPECT_EQ(value(facts, "longest_response_s"), "1.0 s");
    EXPECT_EQ(value(facts, "agent_interruptions"), "0.0 ");
    EXPECT_EQ(value(facts, "agent_response_s"), "1.0 s");
    EXPECT_EQ(value(facts, "agent_loudness_dbfs"), "-21.4 dBFS");
    EXPECT_EQ(value(facts, "agent_speech_s"), "35.0 s");
    EXPECT_EQ(value(facts, "customer_interruptions"), "1.0 ");
    EXPECT_EQ(value(facts, "customer_clipping"), "0.0 ratio");
}

TEST(AudioMeasures, are_all_named) {
    auto facts = facts_of(two_sides(), sides(Speaker::Customer, Speaker::Agent));
    add_recorded_share(two_sides(), 125s, facts);
    EXPECT_EQ(value(facts, "recorded"), "0.8 ratio");
    EXPECT_EQ(value(facts, "agent_interruptions"), "1.0 ");
    const auto names = audio_measure_names();
    for (const auto& [name, measure] : facts.measures) {
        EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
    }
    EXPECT_EQ(facts.measures.size(), names.size());
}

TEST(AudioMeasures, of_sides_want_to_know_the_sides) {
    for (const auto& transcript : {Transcript(), sides(Speaker::Unknown, Speaker::Unknown),
                                   sides(Speaker::Agent, Speaker::Unknown)}) {
        const auto facts = facts_of(two_sides(), transcript);
        EXPECT_EQ(value(facts, "agent_response_s"), "-");
        EXPECT_EQ(value(facts, "customer_interruptions"), "-");
        EXPECT_EQ(value(facts, "interruptions"), "1.0 ");
    }
    // One whose words lie on two channels, and one channel with both of them.
    auto moved = sides(Speaker::Agent, Speaker::Agent);
    EXPECT_EQ(value(facts_of(two_sides(), moved), "agent_speech_s"), "-");
    moved = sides(Speaker::Agent, Speaker::Customer);
    moved.segments[1].channel = 0;
    EXPECT_EQ(value(facts_of(two_sides(), moved), "agent_speech_s"), "-");
    // A menu's voice is nobody's; a channel that there is not is none.
    auto menu = sides(Speaker::Agent, Speaker::Customer);
    menu.segments.push_back({.speaker = Speaker::Ivr, .channel = 0, .text = "Marque uno"});
    menu.segments[1].channel = 7;
    const auto facts = facts_of(two_sides(), menu);
    EXPECT_EQ(value(facts, "agent_speech_s"), "35.0 s");
    EXPECT_EQ(value(facts, "customer_speech_s"), "-");
}

TEST(AudioMeasures, that_cannot_be_known_are_missing_and_not_zero) {
    auto copies = two_sides();
    copies.identical_channels = true;
    derive_measures(copies);
    auto one = two_sides();
    one.channels.resize(1);
    derive_measures(one);
    for (const auto& analysis : {copies, one}) {
        const auto facts = facts_of(analysis, sides(Speaker::Agent, Speaker::Customer));
        for (const auto* name : {"overtalk", "overtalk_s", "interruptions", "response_s",
                                 "agent_interruptions", "customer_speech_s"}) {
            EXPECT_EQ(value(facts, name), "-") << name;
        }
        EXPECT_NE(value(facts, "silence"), "-");
        EXPECT_NE(value(facts, "music_s"), "-");
    }
    auto old = two_sides();
    old.version = 1;
    const auto facts = facts_of(old, sides(Speaker::Agent, Speaker::Customer));
    EXPECT_EQ(value(facts, "overtalk_s"), "2.0 s");
    EXPECT_EQ(value(facts, "dead_air_s"), "-");
    EXPECT_EQ(value(facts, "agent_interruptions"), "-");
    auto quiet = two_sides();
    quiet.channels[1].speech.clear();
    derive_measures(quiet);
    EXPECT_EQ(value(facts_of(quiet, {}), "response_s"), "-") << "nobody answered";
}

TEST(AudioMeasures, leave_out_what_was_not_recorded) {
    auto analysis = two_sides();
    analysis.duration = 200s;
    analysis.unrecorded = {{.start = 100s, .end = 200s}};
    derive_measures(analysis);
    EXPECT_EQ(value(facts_of(analysis, {}), "silence"), "0.51 ratio");
}

TEST(AudioMeasures, of_nothing_are_none) {
    EXPECT_TRUE(facts_of({}, {}).measures.empty());
    Facts facts;
    add_recorded_share(two_sides(), 0s, facts);
    add_recorded_share({}, 10s, facts);
    EXPECT_TRUE(facts.measures.empty());
}

/// How the only criterion came out, and its value.
std::string judged(const std::string& measure, std::vector<Segment> segments) {
    const auto auditor =
        auditor_of("[[criteria]]\nid = \"r\"\nkind = \"measure\"\nmeasure = \"" + measure +
                   "\"\npoints = 10\nbands = [{ up_to = 150, points = 10 }, "
                   "{ points = 0 }]\n");
    const auto result = auditor->judge(transcript_of(std::move(segments)), {}).criteria.at(0);
    if (result.outcome == Outcome::Unknown) {
        return "unknown";
    }
    const auto& measured = std::get<Measured>(result.evidence.at(0));
    return measured.value.text() + " " + measured.unit;
}

TEST(SpeechSpeed, counts_words_over_the_time_of_their_segments) {
    using enum Speaker;
    // 8 words in 6 s, and 4 s of nothing that counts for the agent.
    const std::vector<Segment> call = {say(Agent, "Buenos días — le habla Ana.", 0, 4000),
                                       say(Customer, "Hola", 4000, 8000),
                                       say(Agent, "¿Qué necesita hoy?", 8000, 10'000)};
    EXPECT_EQ(judged("agent_words_per_minute", call), "80.0 words/min");
    EXPECT_EQ(judged("customer_words_per_minute", call), "unknown") << "4 s are too few";
}

TEST(SpeechSpeed, leaves_out_silence_that_no_engine_was_sent) {
    auto parted = say(Speaker::Agent, "Ya lo miro, un momento. Listo, aquí está.", 0, 60'000);
    EXPECT_EQ(judged("agent_words_per_minute", {parted}), "8.0 words/min");
    parted.talk = Milliseconds(10'000);
    EXPECT_EQ(judged("agent_words_per_minute", {parted}), "48.0 words/min");
    EXPECT_EQ(judged("agent_talk_s", {parted}), "10.0 s");
}

TEST(SpeechSpeed, is_unknown_without_times_or_with_somebody_unknown) {
    using enum Speaker;
    EXPECT_EQ(judged("agent_words_per_minute", {say(Agent, "Buenos días")}), "unknown");
    EXPECT_EQ(judged("agent_words_per_minute",
                     {say(Agent, "Buenos días", 0, 9000), say(Unknown, "Hola", 9000, 12'000)}),
              "unknown");
}

}  // namespace
}  // namespace oidor::audit

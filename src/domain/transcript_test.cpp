#include "domain/transcript.hpp"

#include <string>

#include <gtest/gtest.h>

#include "domain/conversation.hpp"

namespace oidor {
namespace {

constexpr auto kWhole = R"({"language": "es-AR", "duration_s": 300.5, "segments": [
    {"start_ms": 0, "end_ms": 1900, "speaker": "agent", "channel": 0, "text": "Buenos días", "confidence": 0.93,
     "words": [{"start_ms": 0, "end_ms": 400, "text": "Buenos"}]},
    {"start_ms": null, "end_ms": null, "speaker": "customer", "text": "Hola"}]})";

TEST(Transcript, reads_all_members_and_writes_the_same_value) {
    const auto transcript = parse_transcript(kWhole);
    ASSERT_TRUE(transcript) << transcript.error().message;
    EXPECT_EQ(transcript->language, "es");
    EXPECT_EQ(transcript->duration, Milliseconds(300'500));
    ASSERT_EQ(transcript->segments.size(), 2U);
    EXPECT_EQ(transcript->segments[0].words.at(0).end, Milliseconds(400));
    EXPECT_EQ(transcript->segments[1].speaker, Speaker::Customer);
    EXPECT_FALSE(transcript->segments[1].start);
    EXPECT_EQ(parse_transcript(format_transcript(*transcript)).value(), *transcript);
}

TEST(Transcript, names_the_place_of_a_fault) {
    const auto message = [](std::string_view text) {
        return parse_transcript(text).error().message;
    };
    EXPECT_EQ(message("[]"), "transcript: expected an object");
    EXPECT_EQ(message("{}"), "segments: expected a list");
    EXPECT_EQ(message(R"({"segments": [{"text": 5}]})"), "segments[0].text: expected a string");
    EXPECT_EQ(message(R"({"segments": [{"text": "a", "start_ms": 5, "end_ms": 4}]})"),
              "segments[0].end_ms: lies before start_ms");
    EXPECT_EQ(message(R"({"segments": [{"text": "a", "start_ms": -1}]})"),
              "segments[0].start_ms: out of range (0 to a week)");
    EXPECT_EQ(message(R"({"segments": [{"text": "a", "confidence": 2}]})"),
              "segments[0].confidence: expected a number from 0 to 1");
    EXPECT_EQ(message(R"({"segments": [{"text": "a", "speaker": "boss"}]})"),
              "segments[0].speaker: expected agent, customer, ivr, bot or unknown");
}

TEST(Transcript, what_was_found_of_it_is_written_and_read_back) {
    const auto plain = parse_transcript(kWhole).value();
    EXPECT_EQ(format_transcript(plain).find("doubts"), std::string::npos);
    EXPECT_EQ(format_transcript(plain).find("findings"), std::string::npos);
    auto marked = plain;
    EXPECT_FALSE(marked.is_suspect());
    marked.segments[0].doubts = {"no_speech", "repetition"};
    marked.segments[1].label = "hold";
    marked.segments[1].voice = 1;
    marked.segments[1].talk = Milliseconds(1500);
    marked.add_finding(kVoicemail);
    marked.add_finding(kChannelsSwapped);
    marked.add_finding(kVoicemail);
    EXPECT_EQ(marked.findings, (std::vector<std::string>{"channels_swapped", "voicemail"}));
    EXPECT_TRUE(marked.is_suspect());
    EXPECT_EQ(parse_transcript(format_transcript(marked)).value(), marked);
}

TEST(Transcript, findings_of_others_are_left_out_as_unknown_members_are) {
    const auto read = parse_transcript(
        R"({"findings": ["voicemail", "haunted", "channels_identical", "voicemail"],
            "segments": [{"text": "a", "doubts": ["mood", "cut", "cut"], "label": "choir"}]})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->findings, (std::vector<std::string>{"channels_identical", "voicemail"}));
    EXPECT_EQ(read->segments[0].doubts, std::vector<std::string>{"cut"});
    EXPECT_EQ(read->segments[0].label, "");
    EXPECT_EQ(parse_transcript(R"({"findings": 5, "segments": []})").error().message,
              "transcript.findings: expected a list");
    EXPECT_EQ(parse_transcript(R"({"segments": [{"text": "a", "doubts": [5]}]})").error().message,
              "segments[0].doubts: expected strings");
    EXPECT_EQ(parse_transcript(R"({"segments": [{"text": "a", "label": 5}]})").error().message,
              "segments[0].label: expected a string");
    EXPECT_EQ(parse_transcript(R"({"segments": [{"text": "a", "voice": -1}]})").error().message,
              "segments[0].voice: expected a voice number");
}

TEST(Transcript, recordings_are_joined_with_their_findings) {
    const auto heard = [](std::string_view text, std::vector<std::string> findings) {
        Transcript transcript;
        transcript.language = "es";
        transcript.findings = std::move(findings);
        if (!text.empty()) {
            transcript.segments = {
                {.start = Milliseconds(100),
                 .end = Milliseconds(900),
                 .text = std::string(text),
                 .words = {{.start = Milliseconds(100), .end = Milliseconds(200), .text = "a"}}}};
        }
        return transcript;
    };
    Transcript whole;
    append_recording(whole, heard("deje su mensaje", {"voicemail"}), Milliseconds(0));
    append_recording(whole, heard("", {}), Milliseconds(1000));
    EXPECT_TRUE(whole.has_finding(kVoicemail));
    append_recording(whole, heard("hola", {"channels_swapped"}), Milliseconds(5000));
    EXPECT_EQ(whole.findings, std::vector<std::string>{"channels_swapped"});
    append_recording(whole, heard("deje su mensaje", {"voicemail"}), Milliseconds(9000));
    EXPECT_EQ(whole.findings, std::vector<std::string>{"channels_swapped"});
    ASSERT_EQ(whole.segments.size(), 3U);
    EXPECT_EQ(whole.segments[1].start, Milliseconds(5100));
    EXPECT_EQ(whole.segments[1].words[0].end, Milliseconds(5200));
    EXPECT_EQ(whole.language, "es");
}

TEST(Transcript, silence_after_words_leaves_them_their_language) {
    const auto heard = [](std::string language, std::string text) {
        Transcript transcript;
        transcript.language = std::move(language);
        if (!text.empty()) {
            transcript.segments = {{.text = std::move(text)}};
        }
        return transcript;
    };
    Transcript whole;
    append_recording(whole, heard("es", ""), Milliseconds(0));
    EXPECT_EQ(whole.language, "es") << "nothing was heard: the one that was asked for";
    append_recording(whole, heard("pt", "bom dia"), Milliseconds(1000));
    append_recording(whole, heard("es", ""), Milliseconds(2000));
    EXPECT_EQ(whole.language, "pt");
}

TEST(Transcript, bounds_are_kept) {
    EXPECT_EQ(
        parse_transcript(R"({"segments": [{"text": "a"}, {"text": "b"}]})", {.segments_max = 1})
            .error()
            .code,
        ErrorCode::TooLarge);
}

TEST(Language, primary_tags_and_english_names) {
    EXPECT_EQ(primary_language("es-AR"), "es");
    EXPECT_EQ(primary_language("PT_br"), "pt");
    EXPECT_EQ(primary_language("spanish"), "es");
    EXPECT_FALSE(primary_language("e5"));
    EXPECT_FALSE(primary_language(""));
}

TEST(Conversation, enumerations_read_back_their_own_names) {
    EXPECT_EQ(parse_conversation_state(format(ConversationState::NotAuditable)),
              ConversationState::NotAuditable);
    EXPECT_EQ(parse_recording_state("stored"), RecordingState::Stored);
    EXPECT_EQ(parse_channel("whatsapp"), Channel::Whatsapp);
    EXPECT_FALSE(parse_direction("sideways"));
}

}  // namespace
}  // namespace oidor

#include "speech/transcript_forms.hpp"

#include <gtest/gtest.h>

namespace oidor::speech {
namespace {

using namespace std::chrono_literals;

Transcript read(std::string_view bytes, const TranscriptFormOptions& options = {}) {
    auto transcript = read_transcript_form(bytes, "x", options);
    EXPECT_TRUE(transcript) << (transcript ? "" : transcript.error().message);
    return transcript ? *transcript : Transcript{};
}

Error error_of(std::string_view bytes, std::string_view name = "x") {
    auto transcript = read_transcript_form(bytes, name);
    EXPECT_FALSE(transcript);
    return transcript ? Error{} : transcript.error();
}

constexpr std::string_view kAzureFast = R"({"durationMilliseconds":5000,
  "combinedPhrases":[{"channel":0,"text":"a"},{"channel":1,"text":"b"}],
  "phrases":[
   {"channel":0,"offsetMilliseconds":960,"durationMilliseconds":640,"text":"Buenos días.",
    "words":[{"text":"Buenos","offsetMilliseconds":960,"durationMilliseconds":240},
             {"text":"días.","offsetMilliseconds":1200,"durationMilliseconds":400}],
    "locale":"es-AR","confidence":0.936},
   {"channel":0,"offsetMilliseconds":4000,"durationMilliseconds":500,"text":"Adiós.",
    "locale":"es-AR","confidence":0.9},
   {"channel":1,"offsetMilliseconds":2000,"durationMilliseconds":500,"text":"Hola.",
    "locale":"es-AR","confidence":0.8}]})";

constexpr std::string_view kAzureBatch = R"({"source":"https://example.org/a.mp3",
  "durationInTicks":50000000,"duration":"PT5S",
  "combinedRecognizedPhrases":[{"channel":0,"display":"…"},{"channel":1,"display":"…"}],
  "recognizedPhrases":[
   {"recognitionStatus":"Success","channel":1,"speaker":1,"offset":"PT2S","duration":"PT0.5S",
    "offsetInTicks":20000000.0,"durationInTicks":5000000.0,"locale":"es-MX",
    "nBest":[{"confidence":0.8,"lexical":"hola","display":"Hola.",
              "words":[{"word":"hola","offset":"PT2S","duration":"PT0.5S",
                        "offsetInTicks":20000000,"durationInTicks":5000000}]},
             {"confidence":0.1,"lexical":"ola","display":"Ola."}]},
   {"recognitionStatus":"Success","channel":0,"offset":"PT0.96S","duration":"PT0.64S",
    "offsetInTicks":1,"durationInTicks":1,"offsetMilliseconds":960,"durationMilliseconds":640,
    "nBest":[{"confidence":0.93,"lexical":"buenos días","display":"Buenos días.",
              "displayWords":[{"displayText":"Buenos","offsetInTicks":9600000,
                               "durationInTicks":2400000}]}]},
   {"recognitionStatus":"InitialSilenceTimeout","channel":0,"offset":"PT3S","duration":"PT1S",
    "offsetInTicks":30000000,"durationInTicks":10000000}]})";

TEST(TranscriptForms, read_ours) {
    const auto transcript = read(R"({"language":"es","duration_s":300,"segments":[
        {"start_ms":0,"end_ms":1900,"speaker":"agent","channel":0,"text":"Buenos días",
         "confidence":0.93,"words":[{"start_ms":0,"end_ms":400,"text":"Buenos"}]}]})");
    EXPECT_EQ(transcript.language, "es");
    EXPECT_EQ(transcript.duration, 300s);
    ASSERT_EQ(transcript.segments.size(), 1U);
    EXPECT_EQ(transcript.segments[0].speaker, Speaker::Agent);
    EXPECT_EQ(transcript.segments[0].words[0].end, 400ms);
}

TEST(TranscriptForms, read_azure_fast_in_order_of_time) {
    const auto transcript = read(kAzureFast);
    EXPECT_EQ(transcript.language, "es");
    EXPECT_EQ(transcript.duration, 5s);
    ASSERT_EQ(transcript.segments.size(), 3U);
    EXPECT_EQ(transcript.segments[0].start, 960ms);
    EXPECT_EQ(transcript.segments[0].end, 1600ms);
    EXPECT_EQ(transcript.segments[0].confidence, 0.936);
    EXPECT_EQ(transcript.segments[0].words[1].text, "días.");
    EXPECT_EQ(transcript.segments[0].words[1].end, 1600ms);
    EXPECT_EQ(transcript.segments[1].text, "Hola.");
    EXPECT_EQ(transcript.segments[1].channel, 1);
    EXPECT_EQ(transcript.segments[1].speaker, Speaker::Unknown);
    EXPECT_EQ(transcript.segments[2].text, "Adiós.");
}

TEST(TranscriptForms, read_azure_fasts_older_names) {
    const auto transcript = read(R"({"duration":2000,"combinedPhrases":[{"text":"Hola."}],
        "phrases":[{"offset":40,"duration":1000,"text":"Hola.","confidence":0.5,
                    "words":[{"text":"Hola.","offset":40,"duration":1000}]}]})");
    EXPECT_EQ(transcript.duration, 2s);
    EXPECT_EQ(transcript.segments.at(0).start, 40ms);
    EXPECT_EQ(transcript.segments[0].end, 1040ms);
    EXPECT_EQ(transcript.segments[0].words.at(0).end, 1040ms);
}

TEST(TranscriptForms, read_azure_batch_in_ticks_or_milliseconds) {
    const auto transcript = read(kAzureBatch, {.agent_channel = 0});
    EXPECT_EQ(transcript.language, "es");
    EXPECT_EQ(transcript.duration, 5s);
    ASSERT_EQ(transcript.segments.size(), 2U);
    EXPECT_EQ(transcript.segments[0].text, "Buenos días.");
    EXPECT_EQ(transcript.segments[0].start, 960ms);
    EXPECT_EQ(transcript.segments[0].speaker, Speaker::Agent);
    EXPECT_EQ(transcript.segments[0].words.at(0).text, "Buenos");
    EXPECT_EQ(transcript.segments[0].words[0].end, 1200ms);
    EXPECT_EQ(transcript.segments[1].text, "Hola.");
    EXPECT_EQ(transcript.segments[1].start, 2s);
    EXPECT_EQ(transcript.segments[1].end, 2500ms);
    EXPECT_EQ(transcript.segments[1].confidence, 0.8);
    EXPECT_EQ(transcript.segments[1].words.at(0).text, "hola");
    EXPECT_EQ(transcript.segments[1].speaker, Speaker::Customer);
}

TEST(TranscriptForms, of_silence_are_empty_and_no_error) {
    for (const auto* bytes :
         {R"({"durationMilliseconds":5000,"combinedPhrases":[{"text":""}],"phrases":[]})",
          R"({"durationInTicks":1,"combinedRecognizedPhrases":[],"recognizedPhrases":[]})",
          R"({"text":"","segments":[],"language":"spanish","duration":5.0})", R"({"text":"  "})",
          R"({"language":"es","segments":[]})"}) {
        EXPECT_TRUE(read(bytes).segments.empty()) << bytes;
    }
}

TEST(TranscriptForms, read_openai_with_words_for_the_whole_file) {
    const auto transcript = read(R"({"task":"transcribe","language":"spanish","duration":8.47,
        "text":"Buenos días. Adiós.","segments":[
         {"id":0,"seek":0,"start":0.0,"end":3.32,"text":" Buenos días.","tokens":[1],
          "temperature":0.0,"avg_logprob":-0.5,"compression_ratio":1.2,"no_speech_prob":0.01},
         {"id":1,"seek":0,"start":4,"end":5.0,"text":" Adiós.","avg_logprob":0.3}],
        "words":[{"word":"Buenos","start":0.0,"end":0.24},{"word":"días","start":0.3,"end":3.4},
                 {"word":"Adiós","start":4.1,"end":4.9}],
        "usage":{"type":"duration","seconds":9}})");
    EXPECT_EQ(transcript.language, "es");
    EXPECT_EQ(transcript.duration, 8470ms);
    ASSERT_EQ(transcript.segments.size(), 2U);
    EXPECT_EQ(transcript.segments[0].text, "Buenos días.");
    EXPECT_EQ(transcript.segments[0].end, 3320ms);
    EXPECT_NEAR(*transcript.segments[0].confidence, 0.6065, 0.0001);
    EXPECT_EQ(transcript.segments[1].confidence, 1.0);
    ASSERT_EQ(transcript.segments[0].words.size(), 2U);
    EXPECT_EQ(transcript.segments[1].words.at(0).start, 4100ms);
}

TEST(TranscriptForms, read_whisper_cpps_tokens_and_channels) {
    const auto transcript = read(R"({"task":"transcribe","language":"english","duration":3,
        "text":" Good morning.\n Hi","segments":[
         {"id":0,"text":" Good morning.","start":0.0,"end":1.5,"speaker":"0","words":[
           {"word":" Good","start":0.0,"end":0.5,"probability":0.9},
           {"word":" mor","start":0.5,"end":1.0,"probability":0.6},
           {"word":"ning","start":1.0,"end":1.4,"probability":0.9},
           {"word":".","start":1.4,"end":1.5,"probability":0.6}]},
         {"id":1,"text":" Hi","start":2.0,"end":2.5,"speaker":"1"},
         {"id":2,"text":"","start":2.5,"end":2.6}]})",
                                 {.agent_channel = 1});
    ASSERT_EQ(transcript.segments.size(), 2U);
    ASSERT_EQ(transcript.segments[0].words.size(), 2U);
    EXPECT_EQ(transcript.segments[0].words[1].text, "morning.");
    EXPECT_EQ(transcript.segments[0].words[1].end, 1500ms);
    EXPECT_DOUBLE_EQ(*transcript.segments[0].confidence, 0.75);
    EXPECT_EQ(transcript.segments[0].speaker, Speaker::Customer);
    EXPECT_EQ(transcript.segments[1].speaker, Speaker::Agent);
    EXPECT_FALSE(transcript.segments[1].confidence);
}

TEST(TranscriptForms, read_openais_known_speakers_and_bare_text) {
    const auto transcript = read(R"({"task":"transcribe","duration":42.7,"text":"…","segments":[
         {"type":"transcript.text.segment","id":"a","start":0.0,"end":4.7,"text":"Gracias","speaker":"Agent"},
         {"type":"transcript.text.segment","id":"b","start":4.7,"end":9.8,"text":"Hola","speaker":"A"}]})");
    EXPECT_EQ(transcript.segments.at(0).speaker, Speaker::Agent);
    EXPECT_EQ(transcript.segments.at(1).speaker, Speaker::Unknown);
    const auto bare = read(R"({"text":"Buenos días","usage":{"type":"tokens"}})");
    ASSERT_EQ(bare.segments.size(), 1U);
    EXPECT_EQ(bare.segments[0].text, "Buenos días");
    EXPECT_FALSE(bare.segments[0].start);
    EXPECT_FALSE(bare.language);
}

TEST(TranscriptForms, read_labelled_text) {
    const auto transcript = read(
        "\xEF\xBB\xBF"
        "AGENTE:  Buenos días,\r\n  gracias por llamar: ¿en qué le ayudo?\r\n\r\n"
        "cliente : Hola.\r\nAtendente: Bom dia\nCustomer:\nHello\nAgent: \nAgent: Bye");
    ASSERT_EQ(transcript.segments.size(), 5U);
    EXPECT_EQ(transcript.segments[0].speaker, Speaker::Agent);
    EXPECT_EQ(transcript.segments[0].text, "Buenos días, gracias por llamar: ¿en qué le ayudo?");
    EXPECT_FALSE(transcript.segments[0].start);
    EXPECT_FALSE(transcript.segments[0].confidence);
    EXPECT_EQ(transcript.segments[1].speaker, Speaker::Customer);
    EXPECT_EQ(transcript.segments[1].text, "Hola.");
    EXPECT_EQ(transcript.segments[2].speaker, Speaker::Agent);
    EXPECT_EQ(transcript.segments[3].text, "Hello");
    EXPECT_EQ(transcript.segments[4].text, "Bye");
}

TEST(TranscriptForms, no_words_are_put_into_another_mouth) {
    const auto transcript = read(
        "[00:01] Agente Lucía: Hola.\n[0:04] Cliente: Quiero una baja.\nAsesor: No es mi "
        "problema.\n"
        "Supervisor: Disculpe.\nCliente: Bueno,\nle explico: así no.");
    ASSERT_EQ(transcript.segments.size(), 5U);
    EXPECT_EQ(transcript.segments[0].speaker, Speaker::Agent);
    EXPECT_EQ(transcript.segments[0].text, "Hola.");
    EXPECT_EQ(transcript.segments[1].speaker, Speaker::Customer);
    EXPECT_EQ(transcript.segments[2].speaker, Speaker::Agent);
    EXPECT_EQ(transcript.segments[2].text, "No es mi problema.");
    EXPECT_EQ(transcript.segments[3].speaker, Speaker::Unknown);
    EXPECT_EQ(transcript.segments[4].text, "Bueno, le explico: así no.");
}

TEST(TranscriptForms, map_channels_only_when_there_are_two) {
    const auto both = read(kAzureFast, {.agent_channel = 1});
    EXPECT_EQ(both.segments[0].speaker, Speaker::Customer);
    EXPECT_EQ(both.segments[1].speaker, Speaker::Agent);
    // One side never speaks, but the form tells of its channel.
    const auto silent = read(R"({"durationMilliseconds":1,
        "combinedPhrases":[{"channel":0,"text":"a"},{"channel":1,"text":""}],
        "phrases":[{"channel":0,"offsetMilliseconds":0,"durationMilliseconds":1,"text":"a"}]})",
                             {.agent_channel = 0});
    EXPECT_EQ(silent.segments.at(0).speaker, Speaker::Agent);
    const auto mono = read(R"({"durationMilliseconds":1,"combinedPhrases":[{"channel":0}],
        "phrases":[{"channel":0,"offsetMilliseconds":0,"durationMilliseconds":1,"text":"a"}]})",
                           {.agent_channel = 0});
    EXPECT_EQ(mono.segments.at(0).speaker, Speaker::Unknown);
    const auto ours = read(R"({"segments":[{"start_ms":0,"channel":0,"text":"a"},
        {"start_ms":1,"channel":1,"text":"b"},{"start_ms":2,"channel":1,"speaker":"ivr","text":"c"}]})",
                           {.agent_channel = 0});
    EXPECT_EQ(ours.segments.at(0).speaker, Speaker::Agent);
    EXPECT_EQ(ours.segments.at(1).speaker, Speaker::Customer);
    EXPECT_EQ(ours.segments.at(2).speaker, Speaker::Ivr);
}

TEST(TranscriptForms, name_the_byte_that_is_not_utf8) {
    for (const std::string start : {"Agente: buenos d", "{\"text\":\"d",
                                    "\xEF\xBB\xBF"
                                    "Agente: d"}) {
        const auto error = error_of(start +
                                    "\xED"
                                    "as\"}");  // Windows-1252's í.
        EXPECT_EQ(error.code, ErrorCode::Invalid);
        EXPECT_EQ(error.message, fmt::format("not UTF-8 at byte {}", start.size()));
    }
}

TEST(TranscriptForms, refuse_wrong_kinds_with_their_path) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"phrases":{}})", "transcript.phrases: expected a list"},
        {R"({"phrases":[7]})", "phrases[0]: expected an object"},
        {R"({"phrases":[{"offsetMilliseconds":"1","text":"a"}]})",
         "phrases[0].offsetMilliseconds: expected a number"},
        {R"({"phrases":[{"offsetMilliseconds":-1,"text":"a"}]})",
         "phrases[0].offsetMilliseconds: out of range (0 to a week)"},
        {R"({"phrases":[{"offsetMilliseconds":1e300,"text":"a"}]})",
         "phrases[0].offsetMilliseconds: out of range (0 to a week)"},
        {R"({"phrases":[{"text":7}]})", "phrases[0].text: expected a string"},
        {R"({"phrases":[{"offsetMilliseconds":1}]})", "phrases[0].text: expected a string"},
        {R"({"phrases":[{"text":"a","channel":-1}]})",
         "phrases[0].channel: expected a channel number"},
        {R"({"phrases":[{"text":"a","words":[1]}]})", "phrases[0].words[0]: expected an object"},
        {R"({"recognizedPhrases":[{"nBest":[1]}]})",
         "recognizedPhrases[0].nBest[0]: expected an object"},
        {R"({"recognizedPhrases":[{"nBest":[{}]}]})",
         "recognizedPhrases[0].nBest[0].display: expected a string"},
        {R"({"text":7})", "transcript.text: expected a string"},
        {R"({"text":"","segments":7})", "transcript.segments: expected a list"},
        {R"({"text":"","segments":[7]})", "segments[0]: expected an object"},
        {R"({"text":"","segments":[{"start":0}]})", "segments[0].text: expected a string"},
        {R"({"text":"","segments":[{"start":2,"end":1,"text":"a"}]})",
         "segments[0].end: lies before start"},
        {R"([1])", "transcript: expected a JSON object"},
        {"", "the file is empty"},
        {" \r\n\t", "the file is empty"},
    };
    for (const auto& [bytes, message] : cases) {
        const auto error = error_of(bytes);
        EXPECT_EQ(error.code, ErrorCode::Invalid) << bytes;
        EXPECT_EQ(error.message, message) << bytes;
    }
    EXPECT_EQ(error_of(R"({"segments":[{"text":7}]})").code, ErrorCode::Invalid);
    EXPECT_TRUE(error_of(R"({"some":"thing"})").message.contains("no form that is known"));
    EXPECT_TRUE(error_of("Hola\nAgente: x").message.starts_with("line 1: "));
    EXPECT_TRUE(error_of("Agente: x", "a.json").message.contains("not JSON"));
}

TEST(TranscriptForms, bound_depth_size_and_count) {
    const std::string deep =
        "{\"segments\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
    EXPECT_EQ(error_of(deep).code, ErrorCode::TooLarge);
    std::string text = "Agente: hola";
    while (text.size() < 2'000'000) {
        text += " buenos días";
    }
    EXPECT_EQ(read(text).segments.at(0).text.size(), text.size() - 8);
    const TranscriptFormOptions small = {.limits = {.size_bytes_max = 1000, .segments_max = 2}};
    EXPECT_EQ(read_transcript_form(text, "", small).error().code, ErrorCode::TooLarge);
    for (const auto* many :
         {"Agent: a\nAgent: b\nAgent: c", R"({"phrases":[{"text":"a"},{"text":"b"},{"text":"c"}]})",
          R"({"text":"","segments":[{"text":"a"},{"text":"b"},{"text":"c"}]})",
          R"({"segments":[{"text":"a"},{"text":"b"},{"text":"c"}]})"}) {
        EXPECT_EQ(read_transcript_form(many, "", small).error().code, ErrorCode::TooLarge) << many;
    }
}

}  // namespace
}  // namespace oidor::speech

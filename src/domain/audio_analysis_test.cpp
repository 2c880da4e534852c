#include "domain/audio_analysis.hpp"

#include <string>

#include <gtest/gtest.h>

namespace oidor {
namespace {

using namespace std::chrono_literals;

AudioAnalysis two_channels() {
    AudioAnalysis analysis = {.container = "mp3", .codec = "mp3", .sample_rate_hz = 16000};
    analysis.duration = 3s;
    analysis.channels = {
        {.talk = 1s, .silence = 2s, .longest_silence = 2s, .speech = {{.start = 0s, .end = 1s}}},
        {.talk = 500ms,
         .silence = 2500ms,
         .longest_silence = 900ms,
         .speech = {{.start = 900ms, .end = 1100ms}, {.start = 2s, .end = 2300ms}}}};
    analysis.channels[1].music = {{.start = 2400ms, .end = 2900ms}};
    analysis.channels[1].keys = {{.start = 300ms, .end = 400ms}};
    analysis.channels[0].tones = {{.start = 1200ms, .end = 1700ms}};
    analysis.channels[0].loudness_dbfs = -21.5;
    analysis.channels[0].peak_dbfs = -3.0;
    analysis.channels[0].clipping_ratio = 0.0125;
    analysis.channels[1].interruptions = 1;
    analysis.channels[1].responses = {.count = 2, .mean = 300ms, .longest = 400ms};
    analysis.version = kAnalysisVersion;
    analysis.interruptions = {{.at = 900ms, .by = 1, .of = 0}};
    analysis.dead_air = {{.start = 1100ms, .end = 1900ms}};
    analysis.unrecorded = {{.start = 2950ms, .end = 3s}};
    analysis.identical_channels = true;
    analysis.channels[1].copy_of = 0;
    analysis.peaks = {.every = 200ms, .channels = {{0, 255, 128}, {1, 2}}};
    analysis.overtalk = 100ms;
    analysis.silence = 1600ms;
    analysis.longest_silence = 900ms;
    analysis.truncated = true;
    analysis.warnings = {"decode_errors"};
    return analysis;
}

TEST(AudioAnalysis, reads_what_it_wrote) {
    const auto analysis = two_channels();
    EXPECT_EQ(*parse_audio_analysis(format_audio_analysis(analysis)), analysis);
}

TEST(AudioAnalysis, is_stored_with_these_names) {
    AudioAnalysis analysis = {
        .version = 2, .container = "wav", .codec = "pcm_s16le", .sample_rate_hz = 8000};
    analysis.channels = {{.talk = 1ms, .speech = {{.start = 0ms, .end = 1ms}}}};
    analysis.peaks = {.every = 200ms, .channels = {{0, 255, 128}}};
    EXPECT_EQ(
        format_audio_analysis(analysis),
        R"({"channels":[{"clipping_ratio":0,"interruptions":0,"keys_ms":[],)"
        R"("longest_silence_ms":0,"loudness_dbfs":null,"music_ms":[],"peak_dbfs":null,)"
        R"("responses":{"count":0,"longest_ms":0,"mean_ms":0},"silence_ms":0,)"
        R"("speech_ms":[[0,1]],"talk_ms":1,"tones_ms":[]}],"codec":"pcm_s16le",)"
        R"("container":"wav","dead_air_ms":[],"duration_ms":0,"identical_channels":false,)"
        R"("interruptions":[],"longest_silence_ms":0,"overtalk_ms":0,)"
        R"("peaks":{"channels":["AP-A"],"every_ms":200},"sample_rate_hz":8000,"silence_ms":0,)"
        R"("truncated":false,"version":2,"warnings":[]})");
}

TEST(AudioAnalysis, reads_what_was_stored_before_there_was_more) {
    const auto read = parse_audio_analysis(
        R"({"channels":[{"longest_silence_ms":0,"silence_ms":0,"speech_ms":[[0,1]],)"
        R"("talk_ms":1}],"codec":"pcm_s16le","container":"wav","duration_ms":0,)"
        R"("longest_silence_ms":0,"overtalk_ms":0,"sample_rate_hz":8000,"silence_ms":0,)"
        R"("truncated":false,"warnings":[]})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->version, 1);
    EXPECT_EQ(read->channels[0].speech.size(), 1U);
    EXPECT_FALSE(read->channels[0].loudness_dbfs);
    EXPECT_TRUE(read->peaks.channels.empty());
}

TEST(AudioAnalysis, refuses_members_of_a_wrong_kind) {
    const auto good = format_audio_analysis(two_channels());
    const std::pair<std::string, std::string> faults[] = {
        {"\"codec\":\"mp3\"", "\"codec\":7"},
        {"\"duration_ms\":3000", "\"duration_ms\":-1"},
        {"\"sample_rate_hz\":16000", "\"sample_rate_hz\":0"},
        {"[[0,1000]]", "[[1000,0]]"},
        {"[[900,1100],[2000,2300]]", "[[900,1100],[1000,2300]]"},
        {"\"truncated\":true", "\"truncated\":1"},
        {"[\"decode_errors\"]", "[1]"},
        {"\"talk_ms\":1000", "\"talk\":1000"},
        {"\"version\":2", "\"version\":0"},
        {"\"version\":2", "\"version\":\"2\""},
        {"\"music_ms\":[[2400,2900]]", "\"music_ms\":[[2400]]"},
        {"\"keys_ms\":[[300,400]]", "\"keys_ms\":7"},
        {"\"loudness_dbfs\":-21.5", "\"loudness_dbfs\":\"loud\""},
        {"\"peak_dbfs\":-3", "\"peak_dbfs\":1e9"},
        {"\"clipping_ratio\":0.0125", "\"clipping_ratio\":2"},
        {"\"interruptions\":1", "\"interruptions\":-1"},
        {"[[900,1,0]]", "[[900,1]]"},
        {"[[900,1,0]]", "[[900,1,64]]"},
        {"\"responses\":{\"count\":2", "\"responses\":{\"count\":-2"},
        {"\"copy_of\":0", "\"copy_of\":-1"},
        {"\"identical_channels\":true", "\"identical_channels\":1"},
        {"\"every_ms\":200", "\"every_ms\":-200"},
        {"\"AP-A\"", "\"AP+A\""},
        {"\"AP-A\"", "\"AP-A=\""},
    };
    for (const auto& [from, to] : faults) {
        auto text = good;
        ASSERT_NE(text.find(from), std::string::npos) << from;
        text.replace(text.find(from), from.size(), to);
        const auto result = parse_audio_analysis(text);
        ASSERT_FALSE(result) << to;
        EXPECT_EQ(result.error().code, ErrorCode::Invalid) << to;
    }
    EXPECT_EQ(parse_audio_analysis("[]").error().code, ErrorCode::Invalid);
}

TEST(AudioAnalysis, keeps_warnings_in_the_order_of_their_list_and_once) {
    AudioAnalysis analysis;
    for (const auto* warning : {"dead_air", "decode_errors", "clipped", "dead_air"}) {
        add_warning(analysis, warning);
    }
    EXPECT_EQ(analysis.warnings,
              (std::vector<std::string>{"decode_errors", "clipped", "dead_air"}));
}

TEST(AudioAnalysis, says_when_the_call_was_longer_or_shorter) {
    EXPECT_EQ(compare_with_call(300s, 300s), std::nullopt);
    EXPECT_EQ(compare_with_call(271s, 300s), std::nullopt);
    EXPECT_EQ(compare_with_call(269s, 300s), "shorter_than_call");
    EXPECT_EQ(compare_with_call(331s, 300s), "longer_than_call");
    EXPECT_EQ(compare_with_call(3s, 12s), std::nullopt);
    EXPECT_EQ(compare_with_call(1s, 12s), "shorter_than_call");
    EXPECT_EQ(compare_with_call(0s, 0s), std::nullopt);
}

AudioAnalysis spoken(const std::vector<Intervals>& speech) {
    AudioAnalysis analysis;
    analysis.duration = 60s;
    for (const auto& intervals : speech) {
        analysis.channels.push_back({.speech = intervals});
    }
    return analysis;
}

TEST(DerivedMeasures, tell_dead_air_from_music_and_tones) {
    auto analysis = spoken({{{.start = 0s, .end = 10s}}, {{.start = 50s, .end = 55s}}});
    analysis.channels[1].music = {{.start = 12s, .end = 30s}};
    analysis.channels[0].tones = {{.start = 33s, .end = 34s}};
    analysis.channels[0].keys = {{.start = 45s, .end = 46s}};
    derive_measures(analysis);
    EXPECT_EQ(analysis.dead_air, (Intervals{{.start = 34s, .end = 45s}}));
    EXPECT_EQ(analysis.silence, 45s);
    EXPECT_EQ(analysis.longest_silence, 40s);
    // Music was played in between: nobody answered late.
    EXPECT_EQ(analysis.channels[1].responses.count, 0);
}

TEST(DerivedMeasures, of_identical_channels_say_nothing_about_turns) {
    auto analysis = spoken({{{.start = 0s, .end = 3s}}, {{.start = 2s, .end = 6s}}});
    analysis.identical_channels = true;
    derive_measures(analysis);
    EXPECT_EQ(analysis.overtalk, 0s);
    EXPECT_TRUE(analysis.interruptions.empty());
    EXPECT_EQ(analysis.channels[1].responses.count, 0);
    analysis.identical_channels = false;
    derive_measures(analysis);
    EXPECT_EQ(analysis.overtalk, 1s);
    EXPECT_EQ(analysis.interruptions.size(), 1U);
}

}  // namespace
}  // namespace oidor

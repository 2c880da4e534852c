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
    AudioAnalysis analysis = {.container = "wav", .codec = "pcm_s16le", .sample_rate_hz = 8000};
    analysis.channels = {{.talk = 1ms, .speech = {{.start = 0ms, .end = 1ms}}}};
    EXPECT_EQ(format_audio_analysis(analysis),
              R"({"channels":[{"longest_silence_ms":0,"silence_ms":0,"speech_ms":[[0,1]],)"
              R"("talk_ms":1}],"codec":"pcm_s16le","container":"wav","duration_ms":0,)"
              R"("longest_silence_ms":0,"overtalk_ms":0,"sample_rate_hz":8000,"silence_ms":0,)"
              R"("truncated":false,"warnings":[]})");
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

}  // namespace
}  // namespace oidor

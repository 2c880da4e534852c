#include "audit/audio_measures.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace oidor::audit {
namespace {

AudioAnalysis recording(std::int64_t duration_ms, std::int64_t silence_ms, std::int64_t overtalk_ms,
                        std::int64_t longest_ms) {
    AudioAnalysis analysis;
    analysis.duration = Milliseconds(duration_ms);
    analysis.silence = Milliseconds(silence_ms);
    analysis.overtalk = Milliseconds(overtalk_ms);
    analysis.longest_silence = Milliseconds(longest_ms);
    return analysis;
}

TEST(AudioMeasures, of_several_recordings_are_taken_together) {
    Facts facts;
    add_audio_measures(std::vector{recording(60'000, 15'000, 3'000, 4'000),
                                   recording(40'000, 10'000, 2'000, 9'000)},
                       facts);
    EXPECT_EQ(facts.measures.at("silence").value, Decimal::from_micros(250'000));
    EXPECT_EQ(facts.measures.at("overtalk").value, Decimal::from_micros(50'000));
    EXPECT_EQ(facts.measures.at("longest_silence_s").value, Decimal::from_int(9));
    EXPECT_EQ(facts.measures.at("silence_s").value, Decimal::from_int(25));
    EXPECT_EQ(facts.measures.at("overtalk_s").value, Decimal::from_int(5));
    EXPECT_EQ(facts.measures.at("speech_s").value, Decimal::from_int(75));
    EXPECT_EQ(facts.measures.size(), audio_measure_names().size());
}

TEST(AudioMeasures, of_nothing_are_none) {
    Facts facts;
    add_audio_measures({}, facts);
    add_audio_measures(std::vector{recording(0, 0, 0, 0)}, facts);
    EXPECT_TRUE(facts.measures.empty());
}

}  // namespace
}  // namespace oidor::audit

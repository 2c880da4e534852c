#include "audit/audio_measures.hpp"

#include <algorithm>
#include <array>

namespace oidor::audit {
namespace {

constexpr std::array<std::string_view, 6> kAudio = {"silence",           "overtalk",   "silence_s",
                                                    "longest_silence_s", "overtalk_s", "speech_s"};
constexpr std::array<std::string_view, 4> kTranscript = {"turns", "agent_talk_s", "customer_talk_s",
                                                         "agent_talk"};

Measure seconds(Milliseconds time) {
    return {.value = Decimal::from_micros(time.count() * 1000), .unit = "s"};
}

Measure share(Milliseconds part, Milliseconds whole) {
    return {.value = Decimal::from_int(part.count())
                         .scaled(Decimal::from_int(1), Decimal::from_int(whole.count())),
            .unit = "ratio"};
}

}  // namespace

std::span<const std::string_view> audio_measure_names() { return kAudio; }
std::span<const std::string_view> transcript_measure_names() { return kTranscript; }

void add_audio_measures(std::span<const AudioAnalysis> recordings, Facts& facts) {
    Milliseconds duration(0);
    Milliseconds silence(0);
    Milliseconds overtalk(0);
    Milliseconds longest(0);
    for (const auto& recording : recordings) {
        duration += recording.duration;
        silence += recording.silence;
        overtalk += recording.overtalk;
        longest = std::max(longest, recording.longest_silence);
    }
    if (duration.count() <= 0) {
        return;
    }
    const std::array<Measure, kAudio.size()> measures = {
        share(silence, duration), share(overtalk, duration), seconds(silence),
        seconds(longest),         seconds(overtalk),         seconds(duration - silence)};
    for (std::size_t i = 0; i < kAudio.size(); ++i) {
        facts.measures.insert_or_assign(std::string(kAudio[i]), measures[i]);
    }
}

}  // namespace oidor::audit

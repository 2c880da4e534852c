// What the audio room measures of a recording, and the speech room starts from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/transcript.hpp"

namespace oidor {

/// A stretch of one channel in which somebody speaks, `end` excluded.
struct SpeechInterval {
    Milliseconds start = {};
    Milliseconds end = {};
    bool operator==(const SpeechInterval&) const = default;
};

/// One channel's measures. `talk` and `silence` add up to the recording's duration.
struct ChannelAnalysis {
    Milliseconds talk = {};
    Milliseconds silence = {};
    Milliseconds longest_silence = {};
    std::vector<SpeechInterval> speech = {};  ///< In order, never touching.
    bool operator==(const ChannelAnalysis&) const = default;
};

/// A whole recording's measures; what is stored beside it.
struct AudioAnalysis {
    std::string container = {};  ///< FFmpeg's name: `wav`, `mp3`, `ogg`, `flac` …
    std::string codec = {};      ///< FFmpeg's name: `pcm_mulaw`, `mp3`, `opus` …
    int sample_rate_hz = 0;
    Milliseconds duration = {};  ///< Of what could be decoded.
    std::vector<ChannelAnalysis> channels = {};
    Milliseconds overtalk = {};              ///< Two or more channels speak at once.
    Milliseconds silence = {};               ///< No channel speaks.
    Milliseconds longest_silence = {};       ///< The longest stretch in which no channel speaks.
    bool truncated = false;                  ///< The file ends before the audio that it announces.
    std::vector<std::string> warnings = {};  ///< `decode_errors`, `format_changed`: a closed list.
    bool operator==(const AudioAnalysis&) const = default;
};

/// Canonical JSON. An interval is a pair of milliseconds: `"speech_ms": [[120, 1840], …]`.
std::string format_audio_analysis(const AudioAnalysis& analysis);
/// Reads what `format_audio_analysis` wrote. Errors: Invalid, with the member's name.
Result<AudioAnalysis> parse_audio_analysis(std::string_view json_text);

}  // namespace oidor

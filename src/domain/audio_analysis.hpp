// What the audio room measures of a recording, and the speech room starts from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/intervals.hpp"
#include "domain/peaks.hpp"
#include "domain/transcript.hpp"
#include "domain/turn_taking.hpp"

namespace oidor {

/// One channel's measures. `talk` and `silence` add up to the recording's duration (less what no
/// recording covers); music, keys and tones are silence here.
struct ChannelAnalysis {
    Milliseconds talk = {};
    Milliseconds silence = {};
    Milliseconds longest_silence = {};
    std::vector<SpeechInterval> speech = {};  ///< In order, never touching; no music, no tones.
    std::vector<SpeechInterval> music = {};   ///< As on hold.
    /// Telephone keys that were pressed. Never which: customers type card numbers.
    std::vector<SpeechInterval> keys = {};
    /// A steady tone: ringing, busy, the beep of an answering machine.
    std::vector<SpeechInterval> tones = {};
    /// Mean power of the speech, dBFS, stretches 10 dB below it left out; null where nobody speaks.
    std::optional<double> loudness_dbfs = {};
    std::optional<double> peak_dbfs = {};  ///< The largest amplitude; null for digital silence.
    double clipping_ratio = 0;             ///< Share of the speech that is cut off at full scale.
    std::int64_t interruptions = 0;        ///< How often it cut another channel off.
    ResponseTimes responses = {};
    /// The channel whose sound this one carries too, and nothing of its own.
    std::optional<int> copy_of = {};
    bool operator==(const ChannelAnalysis&) const = default;
};

/// Raised when more is measured; analyses are stored, and an older one lacks what came later.
inline constexpr int kAnalysisVersion = 2;

/// A whole recording's measures; what is stored beside it.
struct AudioAnalysis {
    /// 1: speech and silence alone. 2: music, keys, tones, levels, turns, likeness, peaks too.
    int version = 1;
    std::string container = {};  ///< FFmpeg's name: `wav`, `mp3`, `ogg`, `flac` …
    std::string codec = {};      ///< FFmpeg's name: `pcm_mulaw`, `mp3`, `opus` …
    int sample_rate_hz = 0;
    Milliseconds duration = {};  ///< Of what could be decoded.
    std::vector<ChannelAnalysis> channels = {};
    Milliseconds overtalk = {};         ///< Two or more channels speak at once.
    Milliseconds silence = {};          ///< No channel speaks.
    Milliseconds longest_silence = {};  ///< The longest stretch in which no channel speaks.
    /// At least kDeadAirMin in which no channel speaks, plays or rings.
    std::vector<SpeechInterval> dead_air = {};
    /// Of a timeline of several recordings: what none of them covers.
    std::vector<SpeechInterval> unrecorded = {};
    std::vector<Interruption> interruptions = {};
    /// Two or more channels carry the same sound: they do not say who speaks. Overtalk,
    /// interruptions and responses are then not known, and 0.
    bool identical_channels = false;
    bool truncated = false;                  ///< The file ends before the audio that it announces.
    std::vector<std::string> warnings = {};  ///< Of audio_warnings(), in its order.
    Peaks peaks = {};
    bool operator==(const AudioAnalysis&) const = default;
};

inline constexpr Milliseconds kDeadAirMin{10'000};

/// The closed list of `warnings`: `decode_errors`, `format_changed`, `wrong_header` (the header
/// states another duration than the file has), `identical_channels`, `silent_channel` (one of
/// several is without any sound), `clipped`, `too_quiet`, `mostly_music`, `dead_air`,
/// `overlapping_recordings`, `shorter_than_call`, `longer_than_call`.
std::span<const std::string_view> audio_warnings();
/// Adds one of the list, once. The list is the only place where one may come from.
void add_warning(AudioAnalysis& analysis, std::string_view warning);

/// `shorter_than_call` or `longer_than_call` where what was recorded differs from the call's
/// duration by more than 10 s and more than a tenth of the call: sources round, and some count
/// the ringing.
std::optional<std::string_view> compare_with_call(Milliseconds recorded, Milliseconds call);

/// Fills what follows from the duration and from each channel's speech, music, keys and tones:
/// talk, silences, overtalk, dead air, interruptions and responses.
void derive_measures(AudioAnalysis& analysis);

/// Canonical JSON. An interval is a pair of milliseconds: `"speech_ms": [[120, 1840], …]`; peaks
/// are base64url, a string for each channel.
std::string format_audio_analysis(const AudioAnalysis& analysis);
/// Reads what `format_audio_analysis` wrote, or an older one that lacks the newer members. Errors:
/// Invalid, with the member's name.
Result<AudioAnalysis> parse_audio_analysis(std::string_view json_text);

}  // namespace oidor

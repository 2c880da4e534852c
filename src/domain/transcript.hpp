// Who said what, when, how sure: the form in which every conversation reaches the audit.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace oidor {

using Milliseconds = std::chrono::milliseconds;

enum class Speaker { Agent, Customer, Ivr, Bot, Unknown };

/// `agent`, `customer`, `ivr`, `bot`, `unknown`.
std::string_view format_speaker(Speaker speaker);
std::optional<Speaker> parse_speaker(std::string_view text);

/// One word; times from the start of the timeline, null for text.
struct Word {
    std::optional<Milliseconds> start = {};
    std::optional<Milliseconds> end = {};
    std::string text = {};
    bool operator==(const Word&) const = default;
};

/// One stretch of one speaker's speech, or one chat message. `text` is well-formed UTF-8.
struct Segment {
    std::optional<Milliseconds> start = {};
    std::optional<Milliseconds> end = {};
    Speaker speaker = Speaker::Unknown;
    std::optional<int> channel = {};
    std::string text = {};
    std::optional<double> confidence = {};  ///< 0 to 1; null for text and people's transcripts.
    std::vector<Word> words = {};
    /// Which of the voices that were told apart on its channel, from 0; null: they were not.
    std::optional<int> voice = {};
    /// Why the words are not believed, of the closed list of speech/doubts.hpp; nobody fails on
    /// them.
    std::vector<std::string> doubts = {};
    /// A machine's voice: `voicemail`, `ivr`, `hold`; empty: a person's, or not known.
    std::string label = {};
    /// How long it is without the silence in it that no engine was sent; null: there is none.
    std::optional<Milliseconds> talk = {};
    bool operator==(const Segment&) const = default;
};

/// A whole conversation's words, segments in order of start (in the given order where there are no
/// times).
struct Transcript {
    std::optional<std::string> language =
        {};  ///< `es`, `en`, `pt`: the primary subtag, lower case.
    std::optional<Milliseconds> duration = {};
    std::vector<Segment> segments = {};
    /// What was found of the whole: of `transcript_findings()`, sorted.
    std::vector<std::string> findings = {};

    [[nodiscard]] bool has_finding(std::string_view name) const;
    void add_finding(std::string_view name);
    /// Some of its words are not believed.
    [[nodiscard]] bool is_suspect() const;
    bool operator==(const Transcript&) const = default;
};

/// What speaks against believing who spoke: what was configured, and what is said, name
/// different channels as the agent's.
inline constexpr std::string_view kChannelsSwapped = "channels_swapped";
/// Both channels carry the same sound: one recording, written twice.
inline constexpr std::string_view kChannelsIdentical = "channels_identical";
/// What was recorded is clearly shorter than the call was.
inline constexpr std::string_view kShorterThanCall = "shorter_than_call";
/// The other way: no finding, a warning of the audio alone.
inline constexpr std::string_view kLongerThanCall = "longer_than_call";
/// One of several channels is without any sound: somebody was not recorded.
inline constexpr std::string_view kSilentChannel = "silent_channel";
/// Nobody but a voicemail's greeting answered.
inline constexpr std::string_view kVoicemail = "voicemail";

/// The closed list of `Transcript::findings`, sorted.
std::span<const std::string_view> transcript_findings();
/// The closed list of `Segment::doubts`, sorted.
std::span<const std::string_view> segment_doubts();
/// The closed list of `Segment::label`, sorted.
std::span<const std::string_view> segment_labels();

/// Bounds of a transcript from outside.
struct TranscriptLimits {
    std::size_t size_bytes_max = std::size_t{16} << 20U;
    std::size_t segments_max = 50'000;
};

/// Reads our transcript JSON (DESIGN §4.2: language, duration_s, segments with speaker, times,
/// text, confidence, words). Unknown members are ignored; ill-formed UTF-8, a wrong kind, an end
/// before its start or a negative time is Invalid with the path of the member
/// (`segments[3].start_ms`).
Result<Transcript> parse_transcript(std::string_view json_text,
                                    const TranscriptLimits& limits = {});
/// The same from JSON that is parsed already.
Result<Transcript> to_transcript(const json::value& value, const TranscriptLimits& limits = {});

/// Our transcript JSON, canonical: the bytes that are stored and hashed.
std::string format_transcript(const Transcript& transcript);

/// Adds a recording that begins at `offset` of the timeline: its segments, its language, its
/// findings. `voicemail` stays only while it is true of every recording in which there are words.
void append_recording(Transcript& whole, Transcript&& heard, Milliseconds offset);

/// `es-AR`, `ES`, `spanish` → `es`; nothing for what is not a language tag or an English language
/// name that we know.
std::optional<std::string> primary_language(std::string_view tag);

}  // namespace oidor

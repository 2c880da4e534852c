// Who said what, when, how sure: the form in which every conversation reaches the audit.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
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
    bool operator==(const Segment&) const = default;
};

/// A whole conversation's words, segments in order of start (in the given order where there are no
/// times).
struct Transcript {
    std::optional<std::string> language =
        {};  ///< `es`, `en`, `pt`: the primary subtag, lower case.
    std::optional<Milliseconds> duration = {};
    std::vector<Segment> segments = {};
    bool operator==(const Transcript&) const = default;
};

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

/// `es-AR`, `ES`, `spanish` → `es`; nothing for what is not a language tag or an English language
/// name that we know.
std::optional<std::string> primary_language(std::string_view tag);

}  // namespace oidor

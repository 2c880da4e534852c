#include "domain/transcript.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/utf8.hpp"

namespace oidor {
namespace {

constexpr std::array<std::pair<Speaker, std::string_view>, 5> kSpeakers = {{
    {Speaker::Agent, "agent"},
    {Speaker::Customer, "customer"},
    {Speaker::Ivr, "ivr"},
    {Speaker::Bot, "bot"},
    {Speaker::Unknown, "unknown"},
}};

constexpr std::array<std::string_view, 5> kFindings = {
    kChannelsIdentical, kChannelsSwapped, kShorterThanCall, kSilentChannel, kVoicemail};
constexpr std::array<std::string_view, 6> kDoubts = {
    "compression", "cut", "invention", "no_speech", "repetition", "speech_over_silence"};
constexpr std::array<std::string_view, 3> kLabels = {"hold", "ivr", kVoicemail};

/// A week: longer than any conversation, small enough for every sum.
constexpr double kTimeMaxMs = 7.0 * 24 * 3600 * 1000;

Result<std::optional<Milliseconds>> read_time(const json::object& object, std::string_view key,
                                              double unit_ms, const std::string& path) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return std::optional<Milliseconds>();
    }
    const auto number = find_double(object, key);
    if (!number) {
        return fail(ErrorCode::Invalid, "{}.{}: expected a number", path, key);
    }
    const double ms = *number * unit_ms;
    if (!(ms >= 0) || ms > kTimeMaxMs) {
        return fail(ErrorCode::Invalid, "{}.{}: out of range (0 to a week)", path, key);
    }
    return std::optional(Milliseconds(std::llround(ms)));
}

Result<std::string> read_text(const json::object& object, const std::string& path) {
    const auto* value = object.if_contains("text");
    if (value == nullptr || !value->is_string()) {
        return fail(ErrorCode::Invalid, "{}.text: expected a string", path);
    }
    return std::string(value->get_string());
}

Result<void> check_order(const std::optional<Milliseconds>& start,
                         const std::optional<Milliseconds>& end, const std::string& path) {
    if (start && end && *end < *start) {
        return fail(ErrorCode::Invalid, "{}.end_ms: lies before start_ms", path);
    }
    return {};
}

Result<std::vector<Word>> read_words(const json::object& object, const std::string& path) {
    std::vector<Word> words;
    const auto* value = object.if_contains("words");
    if (value == nullptr || value->is_null()) {
        return words;
    }
    if (!value->is_array()) {
        return fail(ErrorCode::Invalid, "{}.words: expected a list", path);
    }
    for (const auto& item : value->get_array()) {
        const auto word_path = fmt::format("{}.words[{}]", path, words.size());
        const auto* word = item.if_object();
        if (word == nullptr) {
            return fail(ErrorCode::Invalid, "{}: expected an object", word_path);
        }
        TRY_ASSIGN(auto start, read_time(*word, "start_ms", 1, word_path));
        TRY_ASSIGN(auto end, read_time(*word, "end_ms", 1, word_path));
        TRY(check_order(start, end, word_path));
        TRY_ASSIGN(auto text, read_text(*word, word_path));
        words.push_back({.start = start, .end = end, .text = std::move(text)});
    }
    return words;
}

Result<std::optional<double>> read_confidence(const json::object& object, const std::string& path) {
    const auto* value = object.if_contains("confidence");
    if (value == nullptr || value->is_null()) {
        return std::optional<double>();
    }
    const auto number = find_double(object, "confidence");
    if (!number || !(*number >= 0) || *number > 1) {
        return fail(ErrorCode::Invalid, "{}.confidence: expected a number from 0 to 1", path);
    }
    return std::optional(*number);
}

Result<Speaker> read_speaker(const json::object& object, const std::string& path) {
    const auto* value = object.if_contains("speaker");
    if (value == nullptr || value->is_null()) {
        return Speaker::Unknown;
    }
    const auto text = find_string(object, "speaker");
    const auto speaker = text ? parse_speaker(*text) : std::nullopt;
    if (!speaker) {
        return fail(ErrorCode::Invalid, "{}.speaker: expected agent, customer, ivr, bot or unknown",
                    path);
    }
    return *speaker;
}

/// The number of a channel, or of a voice on it.
Result<std::optional<int>> read_number(const json::object& object, std::string_view key,
                                       const std::string& path) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return std::optional<int>();
    }
    const auto number = find_int64(object, key);
    if (!number || *number < 0 || *number > 255) {
        return fail(ErrorCode::Invalid, "{}.{}: expected a {} number", path, key, key);
    }
    return std::optional(static_cast<int>(*number));
}

/// The names of a closed list; what it does not know is left out, as unknown members are.
Result<std::vector<std::string>> read_names(const json::object& object, std::string_view key,
                                            std::span<const std::string_view> known,
                                            const std::string& path) {
    std::vector<std::string> names;
    const auto* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return names;
    }
    if (!value->is_array()) {
        return fail(ErrorCode::Invalid, "{}.{}: expected a list", path, key);
    }
    for (const auto& item : value->get_array()) {
        if (!item.is_string()) {
            return fail(ErrorCode::Invalid, "{}.{}: expected strings", path, key);
        }
        const std::string_view name = item.get_string();
        if (std::ranges::count(known, name) > 0 && std::ranges::count(names, name) == 0) {
            names.emplace_back(name);
        }
    }
    std::ranges::sort(names);
    return names;
}

Result<std::string> read_label(const json::object& object, const std::string& path) {
    const auto* value = object.if_contains("label");
    if (value == nullptr || value->is_null()) {
        return std::string();
    }
    if (!value->is_string()) {
        return fail(ErrorCode::Invalid, "{}.label: expected a string", path);
    }
    const std::string_view label = value->get_string();
    return std::ranges::count(kLabels, label) > 0 ? std::string(label) : std::string();
}

Result<Segment> read_segment(const json::value& value, const std::string& path) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "{}: expected an object", path);
    }
    Segment segment;
    TRY_ASSIGN(segment.start, read_time(*object, "start_ms", 1, path));
    TRY_ASSIGN(segment.end, read_time(*object, "end_ms", 1, path));
    TRY(check_order(segment.start, segment.end, path));
    TRY_ASSIGN(segment.speaker, read_speaker(*object, path));
    TRY_ASSIGN(segment.channel, read_number(*object, "channel", path));
    TRY_ASSIGN(segment.text, read_text(*object, path));
    TRY_ASSIGN(segment.confidence, read_confidence(*object, path));
    TRY_ASSIGN(segment.words, read_words(*object, path));
    TRY_ASSIGN(segment.voice, read_number(*object, "voice", path));
    TRY_ASSIGN(segment.doubts, read_names(*object, "doubts", kDoubts, path));
    TRY_ASSIGN(segment.label, read_label(*object, path));
    TRY_ASSIGN(segment.talk, read_time(*object, "talk_ms", 1, path));
    return segment;
}

json::value time_value(const std::optional<Milliseconds>& time) {
    return time ? json::value(time->count()) : json::value(nullptr);
}

json::array names_array(const std::vector<std::string>& names) {
    json::array array;
    for (const auto& name : names) {
        array.push_back(json::value(name));
    }
    return array;
}

json::object segment_object(const Segment& segment) {
    json::object object = {{"start_ms", time_value(segment.start)},
                           {"end_ms", time_value(segment.end)},
                           {"speaker", format_speaker(segment.speaker)},
                           {"text", segment.text}};
    object["channel"] = segment.channel ? json::value(*segment.channel) : json::value(nullptr);
    object["confidence"] =
        segment.confidence ? json::value(*segment.confidence) : json::value(nullptr);
    if (!segment.words.empty()) {
        json::array words;
        for (const auto& word : segment.words) {
            words.push_back(json::object{{"start_ms", time_value(word.start)},
                                         {"end_ms", time_value(word.end)},
                                         {"text", word.text}});
        }
        object["words"] = std::move(words);
    }
    // Only where there are any: transcripts without them keep their bytes, and their hashes.
    if (segment.voice) {
        object["voice"] = *segment.voice;
    }
    if (!segment.doubts.empty()) {
        object["doubts"] = names_array(segment.doubts);
    }
    if (!segment.label.empty()) {
        object["label"] = segment.label;
    }
    if (segment.talk) {
        object["talk_ms"] = segment.talk->count();
    }
    return object;
}

}  // namespace

std::string_view format_speaker(Speaker speaker) {
    return std::ranges::find(kSpeakers, speaker, &std::pair<Speaker, std::string_view>::first)
        ->second;
}

std::optional<Speaker> parse_speaker(std::string_view text) {
    const auto* found =
        std::ranges::find(kSpeakers, text, &std::pair<Speaker, std::string_view>::second);
    return found != kSpeakers.end() ? std::optional(found->first) : std::nullopt;
}

Result<Transcript> parse_transcript(std::string_view json_text, const TranscriptLimits& limits) {
    TRY_ASSIGN(const auto value, parse_json(json_text, {.size_bytes_max = limits.size_bytes_max}));
    return to_transcript(value, limits);
}

Result<Transcript> to_transcript(const json::value& value, const TranscriptLimits& limits) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "transcript: expected an object");
    }
    Transcript transcript;
    if (const auto* language = object->if_contains("language");
        language != nullptr && !language->is_null()) {
        transcript.language =
            language->is_string() ? primary_language(language->get_string()) : std::nullopt;
        if (!transcript.language) {
            return fail(ErrorCode::Invalid,
                        "language: expected a language tag such as es or es-AR");
        }
    }
    TRY_ASSIGN(transcript.duration, read_time(*object, "duration_s", 1000, "transcript"));
    const auto* segments = find_array(*object, "segments");
    if (segments == nullptr) {
        return fail(ErrorCode::Invalid, "segments: expected a list");
    }
    if (segments->size() > limits.segments_max) {
        return fail(ErrorCode::TooLarge, "segments: {} of at most {}", segments->size(),
                    limits.segments_max);
    }
    transcript.segments.reserve(segments->size());
    for (const auto& item : *segments) {
        TRY_ASSIGN(auto segment,
                   read_segment(item, fmt::format("segments[{}]", transcript.segments.size())));
        transcript.segments.push_back(std::move(segment));
    }
    TRY_ASSIGN(transcript.findings, read_names(*object, "findings", kFindings, "transcript"));
    return transcript;
}

std::string format_transcript(const Transcript& transcript) {
    json::object object;
    object["language"] =
        transcript.language ? json::value(*transcript.language) : json::value(nullptr);
    object["duration_s"] =
        transcript.duration ? json::value(static_cast<double>(transcript.duration->count()) / 1000)
                            : json::value(nullptr);
    json::array segments;
    segments.reserve(transcript.segments.size());
    for (const auto& segment : transcript.segments) {
        segments.push_back(segment_object(segment));
    }
    object["segments"] = std::move(segments);
    if (!transcript.findings.empty()) {
        object["findings"] = names_array(transcript.findings);
    }
    return canonical_json(object);
}

std::span<const std::string_view> transcript_findings() { return kFindings; }
std::span<const std::string_view> segment_doubts() { return kDoubts; }
std::span<const std::string_view> segment_labels() { return kLabels; }

bool Transcript::has_finding(std::string_view name) const {
    return std::ranges::find(findings, name) != findings.end();
}

void Transcript::add_finding(std::string_view name) {
    if (!has_finding(name)) {
        findings.insert(std::ranges::upper_bound(findings, name), std::string(name));
    }
}

bool Transcript::is_suspect() const {
    return std::ranges::any_of(segments,
                               [](const Segment& segment) { return !segment.doubts.empty(); });
}

void append_recording(Transcript& whole, Transcript&& heard, Milliseconds offset) {
    const auto move_by = [offset](std::optional<Milliseconds>& time) {
        if (time) {
            *time += offset;
        }
    };
    const bool had_words = !whole.segments.empty();
    const bool was_voicemail = whole.has_finding(kVoicemail);
    const bool adds_words = !heard.segments.empty();
    for (auto& segment : heard.segments) {
        move_by(segment.start);
        move_by(segment.end);
        for (auto& word : segment.words) {
            move_by(word.start);
            move_by(word.end);
        }
        whole.segments.push_back(std::move(segment));
    }
    for (const auto& finding : heard.findings) {
        whole.add_finding(finding);
    }
    const bool voicemail =
        (!had_words || was_voicemail) && (!adds_words || heard.has_finding(kVoicemail));
    if (!voicemail) {
        std::erase(whole.findings, kVoicemail);
    }
    // In silence no language was heard: it has the one that was asked for.
    if (heard.language && (adds_words || !whole.language)) {
        whole.language = std::move(heard.language);
    }
}

std::optional<std::string> primary_language(std::string_view tag) {
    std::string lower(tag.substr(0, tag.find_first_of("-_")));
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kNames = {
        {{"spanish", "es"}, {"english", "en"}, {"portuguese", "pt"}}};
    const auto* named = std::ranges::find(kNames, std::string_view(lower),
                                          &std::pair<std::string_view, std::string_view>::first);
    if (named != kNames.end()) {
        return std::string(named->second);
    }
    const bool letters = std::ranges::all_of(lower, [](char c) { return c >= 'a' && c <= 'z'; });
    return letters && (lower.size() == 2 || lower.size() == 3) ? std::optional(lower)
                                                               : std::nullopt;
}

}  // namespace oidor

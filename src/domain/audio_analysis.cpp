#include "domain/audio_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/json.hpp>

#include "base/id.hpp"
#include "base/json.hpp"

namespace oidor {
namespace {

/// Far more than any file that is accepted has.
constexpr std::size_t kChannelsMax = 64;
/// A newer program's analysis is read as far as we know it.
constexpr std::int64_t kVersionMax = 1000;
constexpr std::int64_t kIntervalEndMaxMs = std::int64_t{7} * 24 * 3600 * 1000;

json::array interval_pairs(std::span<const SpeechInterval> intervals) {
    json::array pairs;
    pairs.reserve(intervals.size());
    for (const auto& interval : intervals) {
        pairs.push_back(json::array{interval.start.count(), interval.end.count()});
    }
    return pairs;
}

/// To a tenth: no more is measured.
json::value tenths(const std::optional<double>& number) {
    return number ? json::value(std::round(*number * 10) / 10) : json::value(nullptr);
}

json::object channel_object(const ChannelAnalysis& channel) {
    json::object object = {{"talk_ms", channel.talk.count()},
                           {"silence_ms", channel.silence.count()},
                           {"longest_silence_ms", channel.longest_silence.count()},
                           {"speech_ms", interval_pairs(channel.speech)}};
    object["music_ms"] = interval_pairs(channel.music);
    object["keys_ms"] = interval_pairs(channel.keys);
    object["tones_ms"] = interval_pairs(channel.tones);
    object["loudness_dbfs"] = tenths(channel.loudness_dbfs);
    object["peak_dbfs"] = tenths(channel.peak_dbfs);
    object["clipping_ratio"] = std::round(channel.clipping_ratio * 10'000) / 10'000;
    object["interruptions"] = channel.interruptions;
    object["responses"] = json::object{{"count", channel.responses.count},
                                       {"mean_ms", channel.responses.mean.count()},
                                       {"longest_ms", channel.responses.longest.count()}};
    if (channel.copy_of) {
        object["copy_of"] = *channel.copy_of;
    }
    return object;
}

json::object peaks_object(const Peaks& peaks) {
    json::array channels;
    for (const auto& channel : peaks.channels) {
        channels.push_back(json::value(
            to_base64url({reinterpret_cast<const char*>(channel.data()), channel.size()})));
    }
    json::object object = {{"every_ms", peaks.every.count()}};
    object["channels"] = std::move(channels);
    return object;
}

json::array interruption_triples(std::span<const Interruption> interruptions) {
    json::array triples;
    for (const auto& one : interruptions) {
        triples.push_back(json::array{one.at.count(), one.by, one.of});
    }
    return triples;
}

Result<Milliseconds> read_ms(const json::object& object, std::string_view key) {
    const auto number = find_int64(object, key);
    if (!number || *number < 0 || *number > kIntervalEndMaxMs) {
        return fail(ErrorCode::Invalid, "audio analysis: {}: expected milliseconds", key);
    }
    return Milliseconds(*number);
}

Result<std::string> read_text(const json::object& object, std::string_view key) {
    auto text = find_string(object, key);
    if (!text) {
        return fail(ErrorCode::Invalid, "audio analysis: {}: expected a string", key);
    }
    return *std::move(text);
}

Result<const json::array*> read_list(const json::object& object, std::string_view key) {
    const auto* list = find_array(object, key);
    if (list == nullptr) {
        return fail(ErrorCode::Invalid, "audio analysis: {}: expected a list", key);
    }
    return list;
}

Result<SpeechInterval> read_interval(const json::value& value, Milliseconds after,
                                     std::string_view key) {
    const auto* pair = value.if_array();
    if (pair != nullptr && pair->size() == 2 && (*pair)[0].is_int64() && (*pair)[1].is_int64()) {
        const SpeechInterval interval = {.start = Milliseconds((*pair)[0].get_int64()),
                                         .end = Milliseconds((*pair)[1].get_int64())};
        if (interval.start >= after && interval.end > interval.start &&
            interval.end.count() <= kIntervalEndMaxMs) {
            return interval;
        }
    }
    return fail(ErrorCode::Invalid, "audio analysis: {}: expected ordered pairs of times", key);
}

Result<Intervals> read_intervals(const json::object& object, std::string_view key) {
    TRY_ASSIGN(const auto* list, read_list(object, key));
    Intervals intervals;
    intervals.reserve(list->size());
    for (const auto& item : *list) {
        const auto after = intervals.empty() ? Milliseconds(0) : intervals.back().end;
        TRY_ASSIGN(const auto interval, read_interval(item, after, key));
        intervals.push_back(interval);
    }
    return intervals;
}

/// Absent from analyses that are older than the member.
Result<Intervals> read_newer_intervals(const json::object& object, std::string_view key) {
    return object.contains(key) ? read_intervals(object, key) : Intervals();
}

Result<std::optional<double>> read_dbfs(const json::object& object, std::string_view key) {
    const auto* member = object.if_contains(key);
    if (member == nullptr || member->is_null()) {
        return std::optional<double>();
    }
    const auto number = find_double(object, key);
    if (!number || !(std::abs(*number) <= 1000)) {
        return fail(ErrorCode::Invalid, "audio analysis: {}: expected a level", key);
    }
    return std::optional<double>(*number);
}

Result<std::int64_t> read_count(const json::object& object, std::string_view key) {
    if (!object.contains(key)) {
        return 0;
    }
    const auto count = find_int64(object, key);
    if (!count || *count < 0) {
        return fail(ErrorCode::Invalid, "audio analysis: {}: expected a count", key);
    }
    return *count;
}

Result<ResponseTimes> read_responses(const json::object& channel) {
    ResponseTimes responses;
    if (!channel.contains("responses")) {
        return responses;
    }
    const auto* object = find_object(channel, "responses");
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "audio analysis: responses: expected an object");
    }
    TRY_ASSIGN(responses.count, read_count(*object, "count"));
    TRY_ASSIGN(responses.mean, read_ms(*object, "mean_ms"));
    TRY_ASSIGN(responses.longest, read_ms(*object, "longest_ms"));
    return responses;
}

Result<ChannelAnalysis> read_channel(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "audio analysis: channels: expected objects");
    }
    ChannelAnalysis channel;
    TRY_ASSIGN(channel.talk, read_ms(*object, "talk_ms"));
    TRY_ASSIGN(channel.silence, read_ms(*object, "silence_ms"));
    TRY_ASSIGN(channel.longest_silence, read_ms(*object, "longest_silence_ms"));
    TRY_ASSIGN(channel.speech, read_intervals(*object, "speech_ms"));
    TRY_ASSIGN(channel.music, read_newer_intervals(*object, "music_ms"));
    TRY_ASSIGN(channel.keys, read_newer_intervals(*object, "keys_ms"));
    TRY_ASSIGN(channel.tones, read_newer_intervals(*object, "tones_ms"));
    TRY_ASSIGN(channel.loudness_dbfs, read_dbfs(*object, "loudness_dbfs"));
    TRY_ASSIGN(channel.peak_dbfs, read_dbfs(*object, "peak_dbfs"));
    if (object->contains("clipping_ratio")) {
        const auto ratio = find_double(*object, "clipping_ratio");
        if (!ratio || !(*ratio >= 0 && *ratio <= 1)) {
            return fail(ErrorCode::Invalid, "audio analysis: clipping_ratio: expected a share");
        }
        channel.clipping_ratio = *ratio;
    }
    TRY_ASSIGN(channel.interruptions, read_count(*object, "interruptions"));
    TRY_ASSIGN(channel.responses, read_responses(*object));
    if (object->contains("copy_of")) {
        TRY_ASSIGN(const auto copy_of, read_count(*object, "copy_of"));
        channel.copy_of = static_cast<int>(std::min<std::int64_t>(copy_of, kChannelsMax));
    }
    return channel;
}

Result<Peaks> read_peaks(const json::object& analysis) {
    Peaks peaks;
    if (!analysis.contains("peaks")) {
        return peaks;
    }
    const auto* object = find_object(analysis, "peaks");
    const auto* channels = object != nullptr ? find_array(*object, "channels") : nullptr;
    if (channels == nullptr || channels->size() > kChannelsMax) {
        return fail(ErrorCode::Invalid, "audio analysis: peaks: expected channels");
    }
    TRY_ASSIGN(peaks.every, read_ms(*object, "every_ms"));
    for (const auto& item : *channels) {
        const auto* text = item.if_string();
        const auto bytes = text != nullptr ? from_base64url(*text) : std::nullopt;
        if (!bytes) {
            return fail(ErrorCode::Invalid, "audio analysis: peaks: expected base64");
        }
        peaks.channels.emplace_back(bytes->begin(), bytes->end());
    }
    return peaks;
}

Result<Interruption> read_interruption(const json::value& value) {
    const auto* triple = value.if_array();
    const bool numbers =
        triple != nullptr && triple->size() == 3 &&
        std::ranges::all_of(*triple, [](const json::value& item) { return item.is_int64(); });
    if (numbers) {
        const auto at = (*triple)[0].get_int64();
        const auto by = (*triple)[1].get_int64();
        const auto of = (*triple)[2].get_int64();
        const auto is_channel = [](std::int64_t channel) {
            return channel >= 0 && channel < static_cast<std::int64_t>(kChannelsMax);
        };
        if (at >= 0 && at <= kIntervalEndMaxMs && is_channel(by) && is_channel(of)) {
            return Interruption{
                .at = Milliseconds(at), .by = static_cast<int>(by), .of = static_cast<int>(of)};
        }
    }
    return fail(ErrorCode::Invalid,
                "audio analysis: interruptions: expected a time and two channels");
}

/// What analyses of before these measures lack.
Result<void> read_newer_members(const json::object& object, AudioAnalysis& analysis) {
    if (object.contains("version")) {
        const auto version = find_int64(object, "version");
        if (!version || *version < 1 || *version > kVersionMax) {
            return fail(ErrorCode::Invalid, "audio analysis: version: expected a number");
        }
        analysis.version = static_cast<int>(*version);
    }
    TRY_ASSIGN(analysis.dead_air, read_newer_intervals(object, "dead_air_ms"));
    TRY_ASSIGN(analysis.unrecorded, read_newer_intervals(object, "unrecorded_ms"));
    if (object.contains("interruptions")) {
        TRY_ASSIGN(const auto* list, read_list(object, "interruptions"));
        for (const auto& item : *list) {
            TRY_ASSIGN(const auto interruption, read_interruption(item));
            analysis.interruptions.push_back(interruption);
        }
    }
    if (object.contains("identical_channels")) {
        const auto identical = find_bool(object, "identical_channels");
        if (!identical) {
            return fail(ErrorCode::Invalid,
                        "audio analysis: identical_channels: expected true or false");
        }
        analysis.identical_channels = *identical;
    }
    TRY_ASSIGN(analysis.peaks, read_peaks(object));
    return {};
}

}  // namespace

std::string format_audio_analysis(const AudioAnalysis& analysis) {
    json::array channels;
    for (const auto& channel : analysis.channels) {
        channels.push_back(channel_object(channel));
    }
    json::array warnings;
    for (const auto& warning : analysis.warnings) {
        warnings.push_back(json::value(warning));
    }
    json::object object = {{"version", analysis.version},
                           {"container", analysis.container},
                           {"codec", analysis.codec},
                           {"sample_rate_hz", analysis.sample_rate_hz},
                           {"duration_ms", analysis.duration.count()},
                           {"overtalk_ms", analysis.overtalk.count()},
                           {"silence_ms", analysis.silence.count()},
                           {"longest_silence_ms", analysis.longest_silence.count()},
                           {"identical_channels", analysis.identical_channels},
                           {"truncated", analysis.truncated}};
    object["channels"] = std::move(channels);
    object["dead_air_ms"] = interval_pairs(analysis.dead_air);
    if (!analysis.unrecorded.empty()) {
        object["unrecorded_ms"] = interval_pairs(analysis.unrecorded);
    }
    object["interruptions"] = interruption_triples(analysis.interruptions);
    object["warnings"] = std::move(warnings);
    object["peaks"] = peaks_object(analysis.peaks);
    return canonical_json(object);
}

Result<AudioAnalysis> parse_audio_analysis(std::string_view json_text) {
    TRY_ASSIGN(const auto value, parse_json(json_text));
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "audio analysis: expected an object");
    }
    AudioAnalysis analysis;
    TRY_ASSIGN(analysis.container, read_text(*object, "container"));
    TRY_ASSIGN(analysis.codec, read_text(*object, "codec"));
    const auto rate = find_int64(*object, "sample_rate_hz");
    if (!rate || *rate <= 0 || *rate > 1'000'000) {
        return fail(ErrorCode::Invalid, "audio analysis: sample_rate_hz: expected a rate");
    }
    analysis.sample_rate_hz = static_cast<int>(*rate);
    TRY_ASSIGN(analysis.duration, read_ms(*object, "duration_ms"));
    TRY_ASSIGN(const auto* channels, read_list(*object, "channels"));
    if (channels->size() > kChannelsMax) {
        return fail(ErrorCode::TooLarge, "audio analysis: {} channels", channels->size());
    }
    for (const auto& item : *channels) {
        TRY_ASSIGN(auto channel, read_channel(item));
        analysis.channels.push_back(std::move(channel));
    }
    TRY_ASSIGN(analysis.overtalk, read_ms(*object, "overtalk_ms"));
    TRY_ASSIGN(analysis.silence, read_ms(*object, "silence_ms"));
    TRY_ASSIGN(analysis.longest_silence, read_ms(*object, "longest_silence_ms"));
    const auto truncated = find_bool(*object, "truncated");
    if (!truncated) {
        return fail(ErrorCode::Invalid, "audio analysis: truncated: expected true or false");
    }
    analysis.truncated = *truncated;
    TRY_ASSIGN(const auto* warnings, read_list(*object, "warnings"));
    for (const auto& item : *warnings) {
        const auto* text = item.if_string();
        if (text == nullptr) {
            return fail(ErrorCode::Invalid, "audio analysis: warnings: expected strings");
        }
        analysis.warnings.emplace_back(*text);
    }
    TRY(read_newer_members(*object, analysis));
    return analysis;
}

}  // namespace oidor

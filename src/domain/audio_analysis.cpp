#include "domain/audio_analysis.hpp"

#include <utility>

#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor {
namespace {

/// Far more than any file that is accepted has.
constexpr std::size_t kChannelsMax = 64;
constexpr std::int64_t kIntervalEndMaxMs = std::int64_t{7} * 24 * 3600 * 1000;

json::object channel_object(const ChannelAnalysis& channel) {
    json::array speech;
    speech.reserve(channel.speech.size());
    for (const auto& interval : channel.speech) {
        speech.push_back(json::array{interval.start.count(), interval.end.count()});
    }
    return {{"talk_ms", channel.talk.count()},
            {"silence_ms", channel.silence.count()},
            {"longest_silence_ms", channel.longest_silence.count()},
            {"speech_ms", std::move(speech)}};
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

Result<SpeechInterval> read_interval(const json::value& value, Milliseconds after) {
    const auto* pair = value.if_array();
    if (pair != nullptr && pair->size() == 2 && (*pair)[0].is_int64() && (*pair)[1].is_int64()) {
        const SpeechInterval interval = {.start = Milliseconds((*pair)[0].get_int64()),
                                         .end = Milliseconds((*pair)[1].get_int64())};
        if (interval.start >= after && interval.end > interval.start &&
            interval.end.count() <= kIntervalEndMaxMs) {
            return interval;
        }
    }
    return fail(ErrorCode::Invalid, "audio analysis: speech_ms: expected ordered pairs of times");
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
    TRY_ASSIGN(const auto* speech, read_list(*object, "speech_ms"));
    channel.speech.reserve(speech->size());
    for (const auto& item : *speech) {
        const auto after = channel.speech.empty() ? Milliseconds(0) : channel.speech.back().end;
        TRY_ASSIGN(const auto interval, read_interval(item, after));
        channel.speech.push_back(interval);
    }
    return channel;
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
    return canonical_json(json::object{{"container", analysis.container},
                                       {"codec", analysis.codec},
                                       {"sample_rate_hz", analysis.sample_rate_hz},
                                       {"duration_ms", analysis.duration.count()},
                                       {"channels", std::move(channels)},
                                       {"overtalk_ms", analysis.overtalk.count()},
                                       {"silence_ms", analysis.silence.count()},
                                       {"longest_silence_ms", analysis.longest_silence.count()},
                                       {"truncated", analysis.truncated},
                                       {"warnings", std::move(warnings)}});
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
    return analysis;
}

}  // namespace oidor

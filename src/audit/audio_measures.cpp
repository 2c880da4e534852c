#include "audit/audio_measures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace oidor::audit {
namespace {

constexpr std::array<std::string_view, 25> kAudio = {"silence",
                                                     "silence_s",
                                                     "longest_silence_s",
                                                     "speech_s",
                                                     "overtalk",
                                                     "overtalk_s",
                                                     "dead_air_s",
                                                     "music_s",
                                                     "clipping",
                                                     "interruptions",
                                                     "response_s",
                                                     "longest_response_s",
                                                     "recorded",
                                                     "agent_interruptions",
                                                     "agent_response_s",
                                                     "agent_longest_response_s",
                                                     "agent_loudness_dbfs",
                                                     "agent_clipping",
                                                     "agent_speech_s",
                                                     "customer_interruptions",
                                                     "customer_response_s",
                                                     "customer_longest_response_s",
                                                     "customer_loudness_dbfs",
                                                     "customer_clipping",
                                                     "customer_speech_s"};
constexpr std::array<std::string_view, 6> kTranscript = {
    "turns",      "agent_talk_s",           "customer_talk_s",
    "agent_talk", "agent_words_per_minute", "customer_words_per_minute"};

Measure seconds(Milliseconds time) {
    return {.value = Decimal::from_micros(time.count() * 1000), .unit = "s"};
}

Measure share(Milliseconds part, Milliseconds whole) {
    return {.value = Decimal::from_int(part.count())
                         .scaled(Decimal::from_int(1), Decimal::from_int(whole.count())),
            .unit = "ratio"};
}

Measure count(std::int64_t number) { return {.value = Decimal::from_int(number), .unit = ""}; }

/// As it is stored: a ratio has four places, a level one.
Measure rounded(double value, double places, std::string_view unit) {
    return {.value = Decimal::from_double(std::round(value * places) / places),
            .unit = std::string(unit)};
}

void put(Facts& facts, std::string name, Measure measure) {
    facts.measures.insert_or_assign(std::move(name), std::move(measure));
}

/// The one channel on which all words of a side lie and no word of the other; what a machine
/// says in between is nobody's.
std::optional<std::size_t> channel_of(Speaker side, const Transcript& transcript) {
    std::optional<int> found;
    for (const auto& segment : transcript.segments) {
        const bool machine = segment.speaker == Speaker::Ivr || segment.speaker == Speaker::Bot;
        if (machine || segment.text.empty()) {
            continue;
        }
        if (!segment.channel || *segment.channel < 0 || segment.speaker == Speaker::Unknown) {
            return std::nullopt;
        }
        if (segment.speaker == side) {
            if (found && *found != *segment.channel) {
                return std::nullopt;
            }
            found = segment.channel;
        }
    }
    const bool shared =
        found && std::ranges::any_of(transcript.segments, [&](const Segment& segment) {
            return segment.channel == found && !segment.text.empty() && segment.speaker != side &&
                   (segment.speaker == Speaker::Agent || segment.speaker == Speaker::Customer);
        });
    return found && !shared ? std::optional(static_cast<std::size_t>(*found)) : std::nullopt;
}

void add_responses(const ResponseTimes& responses, const std::string& prefix, Facts& facts) {
    if (responses.count > 0) {
        put(facts, prefix + "response_s", seconds(responses.mean));
        put(facts, prefix + "longest_response_s", seconds(responses.longest));
    }
}

void add_side(const ChannelAnalysis& channel, const std::string& prefix, Facts& facts) {
    put(facts, prefix + "speech_s", seconds(channel.talk));
    if (channel.loudness_dbfs) {
        put(facts, prefix + "loudness_dbfs", rounded(*channel.loudness_dbfs, 10, "dBFS"));
        put(facts, prefix + "clipping", rounded(channel.clipping_ratio, 10'000, "ratio"));
    }
    put(facts, prefix + "interruptions", count(channel.interruptions));
    add_responses(channel.responses, prefix, facts);
}

ResponseTimes all_responses(const AudioAnalysis& analysis) {
    ResponseTimes all;
    Milliseconds sum{0};
    for (const auto& channel : analysis.channels) {
        all.count += channel.responses.count;
        sum += channel.responses.mean * channel.responses.count;
        all.longest = std::max(all.longest, channel.responses.longest);
    }
    all.mean = all.count > 0 ? sum / all.count : Milliseconds(0);
    return all;
}

void add_turns(const AudioAnalysis& analysis, Facts& facts) {
    std::int64_t interruptions = 0;
    for (const auto& channel : analysis.channels) {
        interruptions += channel.interruptions;
    }
    put(facts, "interruptions", count(interruptions));
    add_responses(all_responses(analysis), "", facts);
}

/// What version 2 measures.
void add_sounds(const AudioAnalysis& analysis, Facts& facts) {
    put(facts, "dead_air_s", seconds(total_time(analysis.dead_air)));
    Intervals music;
    double clipping = 0;
    for (const auto& channel : analysis.channels) {
        music.insert(music.end(), channel.music.begin(), channel.music.end());
        clipping = std::max(clipping, channel.clipping_ratio);
    }
    put(facts, "music_s", seconds(total_time(unite(std::move(music)))));
    put(facts, "clipping", rounded(clipping, 10'000, "ratio"));
}

}  // namespace

std::span<const std::string_view> audio_measure_names() { return kAudio; }
std::span<const std::string_view> transcript_measure_names() { return kTranscript; }

void add_audio_measures(const AudioAnalysis& analysis, const Transcript& transcript, Facts& facts) {
    const auto recorded = analysis.duration - total_time(analysis.unrecorded);
    if (recorded.count() <= 0) {
        return;
    }
    put(facts, "silence", share(analysis.silence, recorded));
    put(facts, "silence_s", seconds(analysis.silence));
    put(facts, "longest_silence_s", seconds(analysis.longest_silence));
    put(facts, "speech_s", seconds(recorded - analysis.silence));
    const bool apart = analysis.channels.size() > 1 && !analysis.identical_channels;
    if (apart) {
        put(facts, "overtalk", share(analysis.overtalk, recorded));
        put(facts, "overtalk_s", seconds(analysis.overtalk));
    }
    if (analysis.version < 2) {
        return;
    }
    add_sounds(analysis, facts);
    if (!apart) {
        return;
    }
    add_turns(analysis, facts);
    for (const auto& [side, prefix] :
         {std::pair(Speaker::Agent, "agent_"), std::pair(Speaker::Customer, "customer_")}) {
        const auto channel = channel_of(side, transcript);
        if (channel && *channel < analysis.channels.size()) {
            add_side(analysis.channels[*channel], prefix, facts);
        }
    }
}

void add_recorded_share(const AudioAnalysis& analysis, Milliseconds call, Facts& facts) {
    const auto recorded = analysis.duration - total_time(analysis.unrecorded);
    if (call.count() > 0 && recorded.count() > 0) {
        put(facts, "recorded", share(recorded, call));
    }
}

}  // namespace oidor::audit

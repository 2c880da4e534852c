// What follows from an analysis' intervals.
#include <algorithm>
#include <array>
#include <utility>

#include "domain/audio_analysis.hpp"

namespace oidor {
namespace {

constexpr std::array<std::string_view, 12> kWarnings = {"decode_errors",  "format_changed",
                                                        "wrong_header",   "identical_channels",
                                                        kSilentChannel,   "clipped",
                                                        "too_quiet",      "mostly_music",
                                                        "dead_air",       "overlapping_recordings",
                                                        kShorterThanCall, kLongerThanCall};

constexpr Milliseconds kCallToleranceMin{10'000};
constexpr std::int64_t kCallTolerancePart = 10;

using List = std::span<const SpeechInterval>;

void measure_channel(ChannelAnalysis& channel, const Intervals& unrecorded, Milliseconds duration) {
    channel.talk = total_time(channel.speech);
    channel.silence = duration - total_time(unrecorded) - channel.talk;
    const std::array<List, 2> known = {channel.speech, unrecorded};
    channel.longest_silence = longest_gap(at_once(known, 1), duration);
}

/// Everything that is no dead air: speech, music, keys and tones of all channels.
Intervals sounding(const AudioAnalysis& analysis) {
    std::vector<List> lists = {analysis.unrecorded};
    for (const auto& channel : analysis.channels) {
        lists.insert(lists.end(), {channel.speech, channel.music, channel.keys, channel.tones});
    }
    return at_once(lists, 1);
}

void measure_turns(AudioAnalysis& analysis, std::span<const List> speech) {
    // Who is put on hold waits for no answer.
    std::vector<List> breaks = {analysis.unrecorded};
    for (const auto& channel : analysis.channels) {
        breaks.emplace_back(channel.music);
    }
    auto taking = find_turn_taking(speech, at_once(breaks, 1));
    analysis.interruptions = std::move(taking.interruptions);
    for (std::size_t i = 0; i < analysis.channels.size(); ++i) {
        analysis.channels[i].interruptions = taking.channels[i].interruptions;
        analysis.channels[i].responses = taking.channels[i].responses;
    }
}

}  // namespace

std::span<const std::string_view> audio_warnings() { return kWarnings; }

void add_warning(AudioAnalysis& analysis, std::string_view warning) {
    const auto rank = [](std::string_view word) { return std::ranges::find(kWarnings, word); };
    const auto after = std::ranges::find_if(
        analysis.warnings, [&](const std::string& there) { return rank(there) >= rank(warning); });
    if (after == analysis.warnings.end() || *after != warning) {
        analysis.warnings.emplace(after, warning);
    }
}

std::optional<std::string_view> compare_with_call(Milliseconds recorded, Milliseconds call) {
    const auto tolerance = std::max(kCallToleranceMin, call / kCallTolerancePart);
    if (recorded + tolerance < call) {
        return kShorterThanCall;
    }
    return recorded > call + tolerance ? std::optional(kLongerThanCall) : std::nullopt;
}

void derive_measures(AudioAnalysis& analysis) {
    std::vector<List> speech;
    for (auto& channel : analysis.channels) {
        measure_channel(channel, analysis.unrecorded, analysis.duration);
        channel.interruptions = 0;
        channel.responses = {};
        speech.emplace_back(channel.speech);
    }
    const auto unrecorded = total_time(analysis.unrecorded);
    const auto anybody = at_once(speech, 1);
    analysis.silence = analysis.duration - unrecorded - total_time(anybody);
    const std::array<List, 2> known = {anybody, analysis.unrecorded};
    analysis.longest_silence = longest_gap(at_once(known, 1), analysis.duration);
    analysis.dead_air.clear();
    for (const auto& gap : gaps_of(sounding(analysis), analysis.duration)) {
        if (gap.end - gap.start >= kDeadAirMin) {
            analysis.dead_air.push_back(gap);
        }
    }
    analysis.overtalk = {};
    analysis.interruptions.clear();
    if (!analysis.identical_channels) {
        analysis.overtalk = total_time(at_once(speech, 2));
        measure_turns(analysis, speech);
    }
}

}  // namespace oidor

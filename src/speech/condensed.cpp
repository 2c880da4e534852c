#include "speech/condensed.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "speech/seams.hpp"
#include "speech/utterances.hpp"

namespace oidor::speech {
namespace {

/// All stretches of all channels in which words may be, in order of start.
std::vector<SpeechInterval> sounding(const AudioAnalysis& analysis) {
    std::vector<SpeechInterval> stretches;
    for (const auto& channel : analysis.channels) {
        stretches.insert(stretches.end(), channel.speech.begin(), channel.speech.end());
        stretches.insert(stretches.end(), channel.music.begin(), channel.music.end());
    }
    std::ranges::sort(stretches, {}, &SpeechInterval::start);
    return stretches;
}

/// With margins, and over pauses that are not cut.
std::vector<SpeechInterval> with_margins(std::span<const SpeechInterval> stretches,
                                         Milliseconds duration, const CondenseRules& rules) {
    std::vector<SpeechInterval> kept;
    for (const auto& stretch : stretches) {
        if (!kept.empty() && stretch.start - kept.back().end <= rules.pause_max) {
            kept.back().end = std::max(kept.back().end, stretch.end);
        } else {
            kept.push_back(stretch);
        }
    }
    for (auto& stretch : kept) {
        stretch.start = std::max(stretch.start - rules.margin, Milliseconds(0));
        stretch.end = std::min(stretch.end + rules.margin, duration);
    }
    return kept;
}

}  // namespace

TimeMap::TimeMap(std::vector<SpeechInterval> kept) : kept_(std::move(kept)) {
    for (const auto& stretch : kept_) {
        starts_.push_back(duration_);
        duration_ += stretch.end - stretch.start;
    }
}

Milliseconds TimeMap::to_whole(Milliseconds shortened, Edge edge) const {
    if (kept_.empty()) {
        return shortened;
    }
    // The stretch that begins last before the time; at a cut, an end still belongs to the one
    // before.
    const auto beyond = edge == Edge::Start ? std::ranges::upper_bound(starts_, shortened)
                                            : std::ranges::lower_bound(starts_, shortened);
    const auto index =
        static_cast<std::size_t>(std::max<std::ptrdiff_t>(beyond - starts_.begin() - 1, 0));
    const auto inside = std::max(shortened - starts_[index], Milliseconds(0));
    return std::min(kept_[index].start + inside, kept_[index].end);
}

Milliseconds TimeMap::to_shortened(Milliseconds whole) const {
    if (kept_.empty()) {
        return whole;
    }
    for (std::size_t i = 0; i < kept_.size(); ++i) {
        if (whole < kept_[i].end) {
            return starts_[i] + std::max(whole - kept_[i].start, Milliseconds(0));
        }
    }
    return duration_;
}

std::vector<SpeechInterval> TimeMap::to_shortened(std::span<const SpeechInterval> stretches) const {
    if (kept_.empty()) {
        return {stretches.begin(), stretches.end()};
    }
    std::vector<SpeechInterval> left;
    for (const auto& stretch : stretches) {
        const SpeechInterval moved = {.start = to_shortened(stretch.start),
                                      .end = to_shortened(stretch.end)};
        if (moved.end <= moved.start) {
            continue;
        }
        if (!left.empty() && left.back().end >= moved.start) {
            left.back().end = moved.end;
        } else {
            left.push_back(moved);
        }
    }
    return left;
}

std::string TimeMap::key() const {
    std::string key;
    for (const auto& stretch : kept_) {
        key += fmt::format("{}{}-{}", key.empty() ? "" : ",", stretch.start.count(),
                           stretch.end.count());
    }
    return key;
}

TimeMap plan_condensed(const AudioAnalysis& analysis, const CondenseRules& rules) {
    auto kept = with_margins(sounding(analysis), analysis.duration, rules);
    if (kept.empty() || analysis.duration - total_time(kept) < rules.saved_min) {
        return {};
    }
    return TimeMap(std::move(kept));
}

AudioAnalysis condense(const AudioAnalysis& analysis, const TimeMap& map) {
    auto shortened = analysis;
    shortened.container = "wav";
    shortened.codec = "pcm_s16le";
    shortened.sample_rate_hz = kPcmRateHz;
    if (!map.cuts()) {
        return shortened;
    }
    shortened.duration = map.duration();
    shortened.peaks = {};
    for (auto& channel : shortened.channels) {
        for (auto* stretches : {&channel.speech, &channel.music, &channel.keys, &channel.tones}) {
            *stretches = map.to_shortened(*stretches);
        }
    }
    derive_measures(shortened);
    return shortened;
}

AudioAnalysis to_hear(const AudioAnalysis& analysis) {
    auto whole = analysis;
    for (auto& channel : whole.channels) {
        channel.speech.insert(channel.speech.end(), channel.music.begin(), channel.music.end());
        channel.speech = unite(std::move(channel.speech));
    }
    derive_measures(whole);
    return whole;
}

namespace {

/// In order of start again, as what was parted goes on behind what others said; signs stay beside.
void sort_segments(EngineReply& reply) {
    auto& segments = reply.transcript.segments;
    if (!std::ranges::all_of(segments,
                             [](const Segment& segment) { return segment.start.has_value(); })) {
        return;
    }
    std::vector<std::size_t> order(segments.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t at) { return segments[at].start; });
    std::vector<Segment> sorted;
    std::vector<SegmentSigns> signs;
    for (const auto at : order) {
        sorted.push_back(std::move(segments[at]));
        if (!reply.signs.empty()) {
            signs.push_back(reply.signs[at]);
        }
    }
    segments = std::move(sorted);
    reply.signs = std::move(signs);
}

}  // namespace

void map_to_whole(const TimeMap& map, EngineReply& reply) {
    if (!map.cuts()) {
        return;
    }
    place_on_recording(map.kept(), CondenseRules{}.margin, reply.transcript.segments, reply.signs);
    sort_segments(reply);
    for (auto& unheard : reply.unheard) {
        unheard.from = map.to_whole(unheard.from, Edge::End);
    }
}

}  // namespace oidor::speech

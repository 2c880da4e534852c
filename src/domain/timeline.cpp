#include "domain/timeline.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "base/assert.hpp"

namespace oidor {
namespace {

/// Starts from the earliest one, where at least one is known and all are believed; one without a
/// start begins as the one given before it ends.
std::optional<std::vector<Milliseconds>> starts_of(std::span<const TimelinePart> parts) {
    std::optional<Timestamp> earliest;
    std::optional<Timestamp> latest;
    for (const auto& part : parts) {
        if (part.started_at) {
            earliest = earliest ? std::min(*earliest, *part.started_at) : *part.started_at;
            latest = latest ? std::max(*latest, *part.started_at) : *part.started_at;
        }
    }
    if (!earliest || *latest - *earliest > kTimelineMax) {
        return std::nullopt;
    }
    std::vector<Milliseconds> starts;
    Milliseconds end_before{0};
    for (const auto& part : parts) {
        const auto start =
            part.started_at ? std::chrono::duration_cast<Milliseconds>(*part.started_at - *earliest)
                            : end_before;
        starts.push_back(start);
        end_before = start + part.duration;
    }
    return starts;
}

std::vector<Milliseconds> one_after_the_other(std::span<const TimelinePart> parts) {
    std::vector<Milliseconds> starts;
    Milliseconds end{0};
    for (const auto& part : parts) {
        starts.push_back(end);
        end += part.duration;
    }
    return starts;
}

std::vector<std::size_t> in_order_of(const std::vector<Milliseconds>& starts) {
    std::vector<std::size_t> order(starts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return starts[i]; });
    return order;
}

/// The first channels that nobody uses who still sounds.
int free_channel(std::span<const TimelinePart> parts, const Timeline& timeline,
                 std::span<const std::size_t> before, Milliseconds offset) {
    int free = 0;
    for (const auto i : before) {
        if (timeline.places[i].offset + parts[i].duration > offset) {
            free = std::max(free, timeline.places[i].first_channel + parts[i].channels);
        }
    }
    return free;
}

void move_all(Intervals& intervals, Milliseconds offset) {
    for (auto& interval : intervals) {
        interval.start += offset;
        interval.end += offset;
    }
}

void join(Intervals& all, const Intervals& more, Milliseconds offset) {
    auto moved = more;
    move_all(moved, offset);
    std::ranges::move(moved, std::back_inserter(all));
    all = unite(std::move(all));
}

/// Levels weigh as much as was spoken.
struct Weighed {
    double power = 0;
    double clipped = 0;
    double talk = 0;
};

void join_channel(ChannelAnalysis& whole, const ChannelAnalysis& part, Milliseconds offset,
                  Weighed& weighed) {
    join(whole.speech, part.speech, offset);
    join(whole.music, part.music, offset);
    join(whole.keys, part.keys, offset);
    join(whole.tones, part.tones, offset);
    const auto talk = static_cast<double>(part.talk.count());
    if (part.loudness_dbfs) {
        weighed.power += talk * std::pow(10, *part.loudness_dbfs / 10);
        weighed.talk += talk;
    }
    weighed.clipped += talk * part.clipping_ratio;
    if (part.peak_dbfs) {
        whole.peak_dbfs = std::max(whole.peak_dbfs.value_or(*part.peak_dbfs), *part.peak_dbfs);
    }
}

void set_levels(ChannelAnalysis& whole, const Weighed& weighed) {
    if (weighed.talk > 0) {
        whole.clipping_ratio = weighed.clipped / weighed.talk;
        if (weighed.power > 0) {
            whole.loudness_dbfs = 10 * std::log10(weighed.power / weighed.talk);
        }
    }
}

}  // namespace

Timeline place_on_timeline(std::span<const TimelinePart> parts) {
    auto dated = starts_of(parts);
    Timeline timeline;
    timeline.by_start_times = dated.has_value();
    timeline.places.resize(parts.size());
    const auto starts = dated ? *std::move(dated) : one_after_the_other(parts);
    const auto order = in_order_of(starts);
    Milliseconds end{0};
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto& part = parts[order[i]];
        auto& place = timeline.places[order[i]];
        place.offset = starts[order[i]];
        const bool rounding = place.offset < end && end - place.offset < kOverlapMin;
        if (rounding) {
            place.offset = end;
        }
        place.gap = std::max(place.offset - end, Milliseconds(0));
        place.overlap = std::clamp(end - place.offset, Milliseconds(0), part.duration);
        place.first_channel =
            free_channel(parts, timeline, std::span(order).first(i), place.offset);
        end = std::max(end, place.offset + part.duration);
    }
    timeline.duration = end;
    return timeline;
}

void move_transcript(Transcript& transcript, const TimelinePlace& place) {
    const auto move = [&place](std::optional<Milliseconds>& time) {
        if (time) {
            *time += place.offset;
        }
    };
    for (auto& segment : transcript.segments) {
        move(segment.start);
        move(segment.end);
        if (segment.channel) {
            *segment.channel += place.first_channel;
        }
        for (auto& word : segment.words) {
            move(word.start);
            move(word.end);
        }
    }
}

AudioAnalysis merge_analyses(std::span<const AudioAnalysis> analyses, const Timeline& timeline) {
    ASSERT(analyses.size() == timeline.places.size(), "each recording has its place");
    if (analyses.empty()) {
        return {};
    }
    AudioAnalysis whole = {.version = kAnalysisVersion,
                           .container = analyses.front().container,
                           .codec = analyses.front().codec,
                           .sample_rate_hz = analyses.front().sample_rate_hz};
    whole.duration = timeline.duration;
    std::vector<Weighed> weighed;
    std::vector<PlacedPeaks> peaks;
    Intervals recorded;
    for (std::size_t i = 0; i < analyses.size(); ++i) {
        const auto& part = analyses[i];
        const auto& place = timeline.places[i];
        const auto first = static_cast<std::size_t>(place.first_channel);
        if (whole.channels.size() < first + part.channels.size()) {
            whole.channels.resize(first + part.channels.size());
            weighed.resize(whole.channels.size());
        }
        for (std::size_t j = 0; j < part.channels.size(); ++j) {
            join_channel(whole.channels[first + j], part.channels[j], place.offset,
                         weighed[first + j]);
        }
        recorded.push_back({.start = place.offset, .end = place.offset + part.duration});
        peaks.push_back({.peaks = &part.peaks, .offset = place.offset, .first_channel = first});
        whole.version = std::min(whole.version, part.version);
        whole.identical_channels = whole.identical_channels || part.identical_channels;
        whole.truncated = whole.truncated || part.truncated;
        for (const auto& warning : part.warnings) {
            add_warning(whole, warning);
        }
        if (place.overlap.count() > 0) {
            add_warning(whole, "overlapping_recordings");
        }
    }
    for (std::size_t i = 0; i < whole.channels.size(); ++i) {
        set_levels(whole.channels[i], weighed[i]);
    }
    whole.unrecorded = gaps_of(unite(std::move(recorded)), whole.duration);
    whole.peaks = merge_peaks(peaks, whole.duration);
    derive_measures(whole);
    return whole;
}

}  // namespace oidor

#include "speech/pieces.hpp"

#include <algorithm>
#include <utility>

namespace oidor::speech {
namespace {

Milliseconds length_of(const SpeechInterval& interval) { return interval.end - interval.start; }

/// Speech with only short pauses between: never further apart than `pause_max`.
struct Group {
    SpeechInterval reach = {};  ///< With its margins.
    std::vector<SpeechInterval> speech = {};
};

std::vector<Group> group_speech(std::span<const SpeechInterval> speech, Milliseconds duration,
                                const PieceRules& rules) {
    std::vector<Group> groups;
    for (auto interval : speech) {
        interval.start = std::clamp(interval.start, Milliseconds(0), duration);
        interval.end = std::clamp(interval.end, interval.start, duration);
        if (interval.end == interval.start) {
            continue;
        }
        if (groups.empty() || interval.start - groups.back().speech.back().end > rules.pause_max) {
            groups.emplace_back();
        }
        groups.back().speech.push_back(interval);
    }
    // A pause that is cut is longer than two margins, so neighbours do not meet.
    const auto margin = std::min(rules.margin, rules.pause_max / 2);
    for (auto& group : groups) {
        group.reach.start = std::max(group.speech.front().start - margin, Milliseconds(0));
        group.reach.end = std::min(group.speech.back().end + margin, duration);
    }
    return groups;
}

/// The latest pause at which a stretch from `start` may be cut without being over the bound;
/// `start` when there is none.
Milliseconds find_cut(const Group& group, Milliseconds start, const PieceRules& rules) {
    auto cut = start;
    for (std::size_t i = 0; i + 1 < group.speech.size(); ++i) {
        const auto pause = group.speech[i + 1].start - group.speech[i].end;
        // Where the middle is beyond the bound, the pause may still begin before it.
        const auto at = std::min(group.speech[i].end + pause / 2, start + rules.length_max);
        if (pause >= rules.pause_min && at > cut && at >= group.speech[i].end) {
            cut = at;
        }
    }
    return cut;
}

/// A group as stretches, none over the bound.
std::vector<SpeechInterval> cut_group(const Group& group, const PieceRules& rules) {
    std::vector<SpeechInterval> stretches;
    auto start = group.reach.start;
    while (group.reach.end - start > rules.length_max) {
        auto cut = find_cut(group, start, rules);
        if (cut == start) {
            cut = start + rules.length_max;  // Nobody takes a breath for so long.
        }
        stretches.push_back({.start = start, .end = cut});
        start = cut;
    }
    stretches.push_back({.start = start, .end = group.reach.end});
    std::erase_if(stretches, [&group](const SpeechInterval& stretch) {
        return std::ranges::none_of(group.speech, [&stretch](const SpeechInterval& speech) {
            return speech.start < stretch.end && stretch.start < speech.end;
        });
    });
    return stretches;
}

}  // namespace

Milliseconds Piece::length() const {
    Milliseconds length{0};
    for (const auto& stretch : stretches) {
        length += length_of(stretch);
    }
    return length;
}

std::vector<Piece> plan_pieces(std::span<const SpeechInterval> speech, Milliseconds duration,
                               const PieceRules& rules) {
    std::vector<Piece> pieces;
    Milliseconds length{0};
    for (const auto& group : group_speech(speech, duration, rules)) {
        for (const auto& stretch : cut_group(group, rules)) {
            const auto more = length_of(stretch);
            if (pieces.empty() || !rules.joins || length + more > rules.length_max) {
                pieces.emplace_back();
                length = Milliseconds(0);
            }
            auto& stretches = pieces.back().stretches;
            if (!stretches.empty() && stretches.back().end == stretch.start) {
                stretches.back().end = stretch.end;
            } else {
                stretches.push_back(stretch);
            }
            length += more;
        }
    }
    return pieces;
}

void place_on_recording(const Piece& piece, std::vector<Segment>& segments,
                        std::vector<SegmentSigns>& signs) {
    place_on_recording(piece.stretches, PieceRules{}.margin, segments, signs);
}

}  // namespace oidor::speech

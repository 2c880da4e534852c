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

/// The stretch that a moment of the piece lies in, and where that stretch begins in the piece.
std::pair<std::size_t, Milliseconds> find_stretch(const Piece& piece, Milliseconds in_piece,
                                                  Side side) {
    Milliseconds begin{0};
    for (std::size_t i = 0; i + 1 < piece.stretches.size(); ++i) {
        const auto end = begin + length_of(piece.stretches[i]);
        if (in_piece < end || (in_piece == end && side == Side::End)) {
            return {i, begin};
        }
        begin = end;
    }
    return {piece.stretches.size() - 1, begin};
}

std::size_t stretch_of_word(const Piece& piece, const Word& word) {
    return find_stretch(piece, (*word.start + *word.end) / 2, Side::Start).first;
}

/// A word inside one stretch: one that reaches over a seam keeps the side of its middle.
void place_word(const Piece& piece, std::size_t stretch, Word& word) {
    const auto& within = piece.stretches[stretch];
    word.start =
        std::clamp(to_recording(piece, *word.start, Side::Start), within.start, within.end);
    word.end = std::clamp(to_recording(piece, *word.end, Side::End), *word.start, within.end);
}

std::string join_words(const std::vector<Word>& words) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : " ") + word.text;
    }
    return text;
}

/// The parts of a segment on either side of each seam that it reaches over; itself when it cannot
/// be parted.
std::vector<Segment> part_at_seams(const Piece& piece, Segment segment) {
    const bool timed = std::ranges::all_of(segment.words, [](const Word& word) {
        return word.start && word.end && *word.start <= *word.end;
    });
    if (!timed || segment.words.empty()) {
        if (segment.start) {
            segment.start = to_recording(piece, *segment.start, Side::Start);
        }
        if (segment.end) {
            segment.end = to_recording(piece, *segment.end, Side::End);
        }
        for (auto& word : segment.words) {
            word.start.reset();
            word.end.reset();
        }
        return {std::move(segment)};
    }
    std::vector<std::pair<std::size_t, Segment>> parts;
    for (auto& word : segment.words) {
        // Words are in order; a slip of the engine's clock must not open a part anew.
        auto stretch = stretch_of_word(piece, word);
        stretch = parts.empty() ? stretch : std::max(stretch, parts.back().first);
        if (parts.empty() || parts.back().first != stretch) {
            Segment part = segment;
            part.words.clear();
            parts.emplace_back(stretch, std::move(part));
        }
        place_word(piece, stretch, word);
        parts.back().second.words.push_back(std::move(word));
    }
    std::vector<Segment> placed;
    const bool whole = parts.size() == 1;
    for (auto& [stretch, part] : parts) {
        const auto& within = piece.stretches[stretch];
        part.start = part.words.front().start;
        part.end = std::max(*part.words.back().end, *part.start);
        if (whole && segment.start && segment.end) {
            // The segment's own reach, which may be wider than its words.
            part.start = std::clamp(to_recording(piece, *segment.start, Side::Start), within.start,
                                    *part.start);
            part.end =
                std::clamp(to_recording(piece, *segment.end, Side::End), *part.end, within.end);
        } else if (!whole) {
            part.text = join_words(part.words);
        }
        placed.push_back(std::move(part));
    }
    return placed;
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

Milliseconds to_recording(const Piece& piece, Milliseconds in_piece, Side side) {
    const auto [at, begin] = find_stretch(piece, in_piece, side);
    const auto& stretch = piece.stretches[at];
    return std::clamp(stretch.start + (in_piece - begin), stretch.start, stretch.end);
}

void place_on_recording(const Piece& piece, std::vector<Segment>& segments,
                        std::vector<SegmentSigns>& signs) {
    std::vector<Segment> placed;
    std::vector<SegmentSigns> placed_signs;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        for (auto& part : part_at_seams(piece, std::move(segments[i]))) {
            placed.push_back(std::move(part));
            if (!signs.empty()) {
                placed_signs.push_back(signs[i]);
            }
        }
    }
    segments = std::move(placed);
    signs = std::move(placed_signs);
}

}  // namespace oidor::speech

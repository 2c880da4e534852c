#include "speech/seams.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace oidor::speech {
namespace {

/// Between a word and the next in the text: punctuation.
constexpr std::size_t kBetweenMax = 32;

using Stretches = std::span<const SpeechInterval>;

Milliseconds length_of(const SpeechInterval& interval) { return interval.end - interval.start; }

/// The stretch that a moment lies in, and where that stretch begins among those before it.
std::pair<std::size_t, Milliseconds> find_stretch(Stretches stretches, Milliseconds in_them,
                                                  Side side) {
    Milliseconds begin{0};
    for (std::size_t i = 0; i + 1 < stretches.size(); ++i) {
        const auto end = begin + length_of(stretches[i]);
        if (in_them < end || (in_them == end && side == Side::End)) {
            return {i, begin};
        }
        begin = end;
    }
    return {stretches.size() - 1, begin};
}

bool is_timed(const Word& word) { return word.start && word.end && *word.start <= *word.end; }

std::size_t stretch_of_word(Stretches stretches, const Word& word) {
    return find_stretch(stretches, (*word.start + *word.end) / 2, Side::Start).first;
}

/// A word inside one stretch: one that reaches over a seam keeps the side of its middle.
void place_word(Stretches stretches, std::size_t stretch, Word& word) {
    const auto& within = stretches[stretch];
    word.start =
        std::clamp(to_recording(stretches, *word.start, Side::Start), within.start, within.end);
    word.end = std::clamp(to_recording(stretches, *word.end, Side::End), *word.start, within.end);
}

std::string_view trimmed(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(" \t\n"), text.size());
    const auto end = text.find_last_not_of(" \t\n");
    return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

/// A segment's text from each of these words on, to the next of them; where the words are not those
/// of the text, the words.
std::vector<std::string> part_text(const Segment& segment, std::span<const std::size_t> firsts) {
    std::vector<std::size_t> begins;
    std::vector<std::string> words(firsts.size());
    const std::string_view text = segment.text;
    std::size_t at = 0;
    bool follows = true;
    for (std::size_t word = 0; word < segment.words.size(); ++word) {
        const auto part =
            static_cast<std::size_t>(std::ranges::upper_bound(firsts, word) - firsts.begin()) - 1;
        const auto wanted = trimmed(segment.words[word].text);
        words[part] += (words[part].empty() ? "" : " ") + std::string(wanted);
        const auto found = follows ? text.find(wanted, at) : std::string_view::npos;
        follows = found != std::string_view::npos && found - at <= kBetweenMax;
        if (follows && begins.size() == part) {
            begins.push_back(part == 0 ? 0 : found);
        }
        at = follows ? found + wanted.size() : at;
    }
    if (!follows) {
        return words;
    }
    for (std::size_t part = 0; part < begins.size(); ++part) {
        const auto end = part + 1 < begins.size() ? begins[part + 1] : text.size();
        words[part] = trimmed(text.substr(begins[part], end - begins[part]));
    }
    return words;
}

/// A segment's reach, each end on the side of a seam on which most of the segment is.
SpeechInterval settle(Stretches stretches, Milliseconds margin, const SpeechInterval& reach) {
    auto settled = reach;
    Milliseconds seam{0};
    for (std::size_t i = 0; i + 1 < stretches.size(); ++i) {
        seam += length_of(stretches[i]);
        const auto before = seam - reach.start;
        const auto behind = reach.end - seam;
        if (before.count() <= 0 || behind.count() <= 0) {
            continue;
        }
        if (before <= margin && before < behind) {
            settled.start = seam;
        } else if (behind <= margin && behind <= before) {
            settled.end = std::min(settled.end, seam);
        }
    }
    return settled;
}

Segment place_whole(Stretches stretches, Milliseconds margin, Segment segment) {
    if (segment.start && segment.end && *segment.start < *segment.end) {
        const auto reach =
            settle(stretches, margin, {.start = *segment.start, .end = *segment.end});
        segment.start = to_recording(stretches, reach.start, Side::Start);
        segment.end = std::max(to_recording(stretches, reach.end, Side::End), *segment.start);
        if (*segment.end - *segment.start > length_of(reach) && !segment.talk) {
            segment.talk = length_of(reach);
        }
    } else {
        // What takes no time lies where it starts, not before the seam.
        const bool empty = segment.start && segment.end;
        const auto place = [&](Side side) {
            return [stretches, side](Milliseconds time) {
                return to_recording(stretches, time, side);
            };
        };
        segment.start = segment.start.transform(place(Side::Start));
        segment.end = segment.end.transform(place(empty ? Side::Start : Side::End));
    }
    for (auto& word : segment.words) {
        if (is_timed(word)) {
            place_word(stretches, stretch_of_word(stretches, word), word);
        } else {
            word.start.reset();
            word.end.reset();
        }
    }
    return segment;
}

/// The parts of a segment on either side of each seam that it reaches over; itself when it cannot
/// be parted.
std::vector<Segment> part_at_seams(Stretches stretches, Milliseconds margin, Segment segment) {
    if (segment.words.empty() || !std::ranges::all_of(segment.words, is_timed)) {
        return {place_whole(stretches, margin, std::move(segment))};
    }
    std::vector<std::pair<std::size_t, Segment>> parts;
    std::vector<std::size_t> firsts;
    for (std::size_t i = 0; i < segment.words.size(); ++i) {
        auto word = segment.words[i];
        // Words are in order; a slip of the engine's clock must not open a part anew.
        auto stretch = stretch_of_word(stretches, word);
        stretch = parts.empty() ? stretch : std::max(stretch, parts.back().first);
        if (parts.empty() || parts.back().first != stretch) {
            Segment part = segment;
            part.words.clear();
            firsts.push_back(i);
            parts.emplace_back(stretch, std::move(part));
        }
        place_word(stretches, stretch, word);
        parts.back().second.words.push_back(std::move(word));
    }
    std::vector<Segment> placed;
    const bool whole = parts.size() == 1;
    const auto texts = whole ? std::vector<std::string>() : part_text(segment, firsts);
    for (auto& [stretch, part] : parts) {
        const auto& within = stretches[stretch];
        part.start = part.words.front().start;
        part.end = std::max(*part.words.back().end, *part.start);
        if (whole && segment.start && segment.end) {
            // The segment's own reach, which may be wider than its words.
            part.start = std::clamp(to_recording(stretches, *segment.start, Side::Start),
                                    within.start, *part.start);
            part.end =
                std::clamp(to_recording(stretches, *segment.end, Side::End), *part.end, within.end);
        } else if (!whole) {
            part.text = texts[placed.size()];
        }
        placed.push_back(std::move(part));
    }
    return placed;
}

}  // namespace

Milliseconds to_recording(Stretches stretches, Milliseconds in_them, Side side) {
    const auto [at, begin] = find_stretch(stretches, in_them, side);
    const auto& stretch = stretches[at];
    return std::clamp(stretch.start + (in_them - begin), stretch.start, stretch.end);
}

void place_on_recording(Stretches stretches, Milliseconds margin, std::vector<Segment>& segments,
                        std::vector<SegmentSigns>& signs) {
    const bool beside = signs.size() == segments.size();
    std::vector<Segment> placed;
    std::vector<SegmentSigns> placed_signs;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        for (auto& part : part_at_seams(stretches, margin, std::move(segments[i]))) {
            placed.push_back(std::move(part));
            if (beside) {
                placed_signs.push_back(signs[i]);
            }
        }
    }
    segments = std::move(placed);
    signs = std::move(placed_signs);
}

}  // namespace oidor::speech

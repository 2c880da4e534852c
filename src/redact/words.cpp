#include "redact/words.hpp"

#include <algorithm>
#include <chrono>

namespace oidor::redact {
namespace {

/// Engines cut words short by so much at either end.
constexpr Milliseconds kMargin{120};
/// Between a word and the next in the text: punctuation.
constexpr std::size_t kBetweenMax = 32;

std::string_view trimmed(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(" \t\n"), text.size());
    const auto end = text.find_last_not_of(" \t\n");
    return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

/// When a segment begins or ends, as its neighbours tell where it does not itself.
Milliseconds start_of(const Transcript& transcript, std::size_t segment) {
    for (auto i = segment + 1; i-- > 0;) {
        const auto& one = transcript.segments[i];
        if (i == segment && one.start) {
            return *one.start;
        }
        if (i < segment && (one.end || one.start)) {
            return one.end.value_or(one.start.value_or(Milliseconds(0)));
        }
    }
    return Milliseconds(0);
}

Milliseconds end_of(const Transcript& transcript, std::size_t segment) {
    for (auto i = segment; i < transcript.segments.size(); ++i) {
        const auto& one = transcript.segments[i];
        if (i == segment && one.end) {
            return *one.end;
        }
        if (i > segment && one.start) {
            return *one.start;
        }
    }
    return std::chrono::hours(24 * 7);  // To the end, whenever that is.
}

bool is_under(const std::pair<std::size_t, std::size_t>& place, const Span& span) {
    return place.first < span.end && span.begin < place.second;
}

/// Whether something that can be said stands there: letters or digits, whatever their alphabet.
bool has_sound(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               static_cast<unsigned char>(c) >= 0x80;
    });
}

SpeechInterval stretch_of(const Transcript& transcript, const Span& span) {
    const auto& segment = transcript.segments[span.segment];
    const SpeechInterval whole{.start = start_of(transcript, span.segment),
                               .end = end_of(transcript, span.segment)};
    const auto places = segment.words.empty() ? std::nullopt : place_words(segment);
    if (!places) {
        return whole;
    }
    std::optional<SpeechInterval> said;
    std::size_t covered = span.begin;
    for (std::size_t i = 0; i < places->size(); ++i) {
        if (!is_under((*places)[i], span)) {
            continue;
        }
        const auto& word = segment.words[i];
        const auto between = std::string_view(segment.text)
                                 .substr(covered, std::max((*places)[i].first, covered) - covered);
        if (!word.start || !word.end || has_sound(between)) {
            return whole;
        }
        said = SpeechInterval{.start = said ? std::min(said->start, *word.start) : *word.start,
                              .end = said ? std::max(said->end, *word.end) : *word.end};
        covered = (*places)[i].second;
    }
    // What no word has was said before, between or after those that are known: nobody knows when.
    if (!said || covered < span.end) {
        return whole;
    }
    return {.start = std::max(said->start - kMargin, Milliseconds(0)), .end = said->end + kMargin};
}

/// Somebody spoke there, and no engine gave the words: nobody knows what was said.
bool was_not_heard(const Segment& segment) {
    return segment.text.empty() && std::ranges::find(segment.doubts, "cut") != segment.doubts.end();
}

}  // namespace

std::span<const Span> spans_of(std::span<const Span> spans, std::size_t segment) {
    const auto first = std::ranges::lower_bound(spans, segment, {}, &Span::segment);
    const auto last = std::ranges::upper_bound(spans, segment, {}, &Span::segment);
    return spans.subspan(static_cast<std::size_t>(first - spans.begin()),
                         static_cast<std::size_t>(last - first));
}

std::optional<std::vector<std::pair<std::size_t, std::size_t>>> place_words(
    const Segment& segment) {
    std::vector<std::pair<std::size_t, std::size_t>> places;
    const std::string_view text = segment.text;
    std::size_t at = 0;
    for (const auto& word : segment.words) {
        const auto wanted = trimmed(word.text);
        const auto window = text.substr(at, kBetweenMax + wanted.size());
        const auto found = window.find(wanted);
        if (found == std::string_view::npos) {
            return std::nullopt;
        }
        places.emplace_back(at + found, at + found + wanted.size());
        at = places.back().second;
    }
    return places;
}

std::vector<Word> masked_words(const Segment& segment, std::span<const Span> spans,
                               std::string_view language) {
    const auto places = place_words(segment);
    if (!places) {
        return {};
    }
    std::vector<Word> words;
    const auto none = spans.size();
    auto last = none;  // The span under which the word before lies.
    for (std::size_t i = 0; i < segment.words.size(); ++i) {
        const auto found = std::ranges::find_if(
            spans, [&](const Span& span) { return is_under((*places)[i], span); });
        if (found == spans.end()) {
            words.push_back(segment.words[i]);
            last = none;
            continue;
        }
        const auto span = static_cast<std::size_t>(found - spans.begin());
        if (last == span) {
            words.back().end = segment.words[i].end;
            continue;
        }
        words.push_back(segment.words[i]);
        words.back().text = placeholder_of(found->kind, language);
        last = span;
    }
    return words;
}

std::vector<SpeechInterval> stretches_of(const Transcript& transcript,
                                         std::span<const Span> spans) {
    std::vector<SpeechInterval> all;
    for (const auto& span : spans) {
        all.push_back(stretch_of(transcript, span));
    }
    for (std::size_t i = 0; i < transcript.segments.size(); ++i) {
        if (was_not_heard(transcript.segments[i])) {
            all.push_back({.start = start_of(transcript, i), .end = end_of(transcript, i)});
        }
    }
    std::ranges::sort(all, {}, &SpeechInterval::start);
    std::vector<SpeechInterval> apart;
    for (const auto& one : all) {
        if (!apart.empty() && one.start <= apart.back().end) {
            apart.back().end = std::max(apart.back().end, one.end);
        } else {
            apart.push_back(one);
        }
    }
    return apart;
}

}  // namespace oidor::redact

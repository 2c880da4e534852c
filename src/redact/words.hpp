// The words of a segment with their times, as they lie in its text: what is masked of them, and
// when they are said.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"
#include "redact/redact.hpp"

namespace oidor::redact {

/// The spans of one segment.
std::span<const Span> spans_of(std::span<const Span> spans, std::size_t segment);

/// Where each word lies in the segment's text (begin, end); nothing when one of them does not, as
/// where an engine's words are not those of its text.
std::optional<std::vector<std::pair<std::size_t, std::size_t>>> place_words(const Segment& segment);

/// The segment's words for readers: of those under a span the first is its placeholder, with the
/// times of all of them; none where they do not lie in the text.
std::vector<Word> masked_words(const Segment& segment, std::span<const Span> spans,
                               std::string_view language);

/// When the spans are said, in order and never touching: at their words' times, else as long as
/// their segment lasts; one without times lasts from the segment before to the one after. Speech
/// that was not heard (the doubt `cut`) may have any identifier in it and is among them. `end` of
/// the last one may lie behind the audio's.
std::vector<SpeechInterval> stretches_of(const Transcript& transcript, std::span<const Span> spans);

}  // namespace oidor::redact

#include "audit/reading.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace oidor::audit {
namespace {

std::size_t text_bytes(const Transcript& transcript) {
    std::size_t bytes = 0;
    for (const auto& segment : transcript.segments) {
        bytes += segment.text.size();
    }
    return bytes;
}

std::size_t text_bytes(const std::vector<ChatText>& texts) {
    std::size_t bytes = 0;
    for (const auto& text : texts) {
        bytes += text.text.size();
    }
    return bytes;
}

/// A chat's segments written out, by segment; empty for what was spoken, or is matched as written.
std::vector<ChatText> write_out(const Transcript& transcript, const Facts& facts,
                                const Scorecard& scorecard) {
    std::vector<ChatText> texts;
    if (facts.chat && scorecard.matching == Matching::Folded) {
        for (const auto& segment : transcript.segments) {
            texts.push_back(write_out_chat(segment.text, scorecard.language));
        }
    }
    return texts;
}

bool belongs(const Segment& segment, const Facts& facts) {
    if (!segment.start) {
        return true;
    }
    return (!facts.participation_from || *segment.start >= *facts.participation_from) &&
           (!facts.participation_to || *segment.start < *facts.participation_to);
}

}  // namespace

bool is_bound(BoundSpeaker bound, Speaker speaker) {
    switch (bound) {
        case BoundSpeaker::Any: return true;
        case BoundSpeaker::Agent: return speaker == Speaker::Agent;
        case BoundSpeaker::Customer: return speaker == Speaker::Customer;
        case BoundSpeaker::Bot: return speaker == Speaker::Bot;
        case BoundSpeaker::House:
            return speaker == Speaker::Agent || speaker == Speaker::Bot || speaker == Speaker::Ivr;
    }
    return false;
}

std::string Reading::written_out(const std::string& words) const {
    return chat_language_.empty() ? words : write_out_chat(words, chat_language_).text;
}

Reading::Reading(const Transcript& transcript, const Facts& facts, const Scorecard& scorecard)
    : written_out_(write_out(transcript, facts, scorecard)),
      folded_(written_out_.empty() ? text_bytes(transcript) : text_bytes(written_out_),
              transcript.segments.size()) {
    if (!written_out_.empty()) {
        chat_language_ = scorecard.language;
    }
    if (scorecard.matching == Matching::Exact) {
        lowered_.emplace(text_bytes(transcript), transcript.segments.size());
    }
    incomplete_ = transcript.has_finding(kShorterThanCall);
    parts_.reserve(transcript.segments.size());
    add_parts(transcript, facts, scorecard);
    folded_.finish();
    for (const auto& word : folded_.words()) {
        parts_[word.part].has_words = true;
    }
    count_turns();
}

void Reading::add_parts(const Transcript& transcript, const Facts& facts,
                        const Scorecard& scorecard) {
    for (std::size_t i = 0; i < transcript.segments.size(); ++i) {
        const auto& segment = transcript.segments[i];
        if (!belongs(segment, facts)) {
            continue;
        }
        // A sentence may run on into the speaker's next segment, when nobody spoke between.
        const bool continues = !parts_.empty() && parts_.back().index + 1 == i &&
                               parts_.back().segment->speaker == segment.speaker;
        const auto join = continues ? SearchText::Join::Continues : SearchText::Join::Apart;
        if (written_out_.empty()) {
            folded_.add_folded(segment.text, join);
        } else {
            folded_.add_folded(written_out_[i].text, join, written_out_[i].origins);
        }
        if (lowered_) {
            lowered_->add_lower(segment.text);
        }
        const bool suspect = !segment.doubts.empty();
        const bool sure =
            !suspect && (!segment.confidence ||
                         Decimal::from_double(*segment.confidence) >= scorecard.confidence_min);
        parts_.push_back({.segment = &segment,
                          .index = i,
                          .turn = 0,
                          .has_words = false,
                          .sure = sure,
                          .suspect = suspect});
    }
}

void Reading::count_turns() {
    timed_ = true;
    const Part* last = nullptr;
    for (auto& part : parts_) {
        if (part.has_words) {
            timed_ = timed_ && part.segment->start;
            const bool same = last != nullptr && part.segment->speaker != Speaker::Unknown &&
                              part.segment->speaker == last->segment->speaker;
            turns_ += same ? 0 : 1;
            last = &part;
        }
        part.turn = std::max<std::int64_t>(turns_ - 1, 0);
    }
}

bool Reading::has_speech() const {
    return std::ranges::any_of(parts_, [](const Part& part) {
        return part.has_words && part.segment->speaker != Speaker::Ivr;
    });
}

bool Reading::is_suspect() const { return std::ranges::any_of(parts_, &Part::suspect); }

bool Reading::hears(BoundSpeaker bound) const {
    return std::ranges::any_of(parts_, [bound](const Part& part) {
        return part.has_words && is_bound(bound, part.segment->speaker);
    });
}

Range Reading::range_of(const Window& window) {
    if (window.characters || (!window.turns && lowered_)) {
        return character_range(window);
    }
    return timed_ && (window.seconds || !window.turns) ? time_range(window) : turn_range(window);
}

Range Reading::time_range(const Window& window) {
    // Seconds count from the first words that are no machine's, and back from the end of the last.
    std::optional<Milliseconds> first;
    std::optional<Milliseconds> last;
    for (const auto& part : parts_) {
        if (part.has_words) {
            const auto part_end = part.segment->end.value_or(*part.segment->start);
            if (part.segment->speaker != Speaker::Ivr && !first) {
                first = part.segment->start;
            }
            last = std::max(last.value_or(part_end), part_end);
        }
    }
    Range range = {.stretch = {.begin = {}, .end = end()}, .unit = Searched::Unit::Milliseconds};
    range.to = last.value_or(Milliseconds(0)).count();
    if (!window.seconds) {
        return range;
    }
    const auto span = *window.seconds * 1000;
    const auto starts = [](const Part& part) {
        return part.segment->start.value_or(Milliseconds(0)).count();
    };
    if (window.edge == Edge::Start) {
        const auto base = first.value_or(Milliseconds(0)).count();
        range.from = base;
        range.to = base + span;
        const auto beyond = std::ranges::find_if(
            parts_, [&](const Part& part) { return starts(part) >= range.to; });
        range.stretch.end.part = static_cast<std::uint32_t>(beyond - parts_.begin());
        if (range.stretch.end.part > 0) {
            const auto straddling = range.stretch.end.part - 1;
            const auto& words = align(straddling).words;
            for (std::size_t i = 0; i < words.size(); ++i) {
                const auto& word = parts_[straddling].segment->words[i];
                if (word.start && word.start->count() >= range.to) {
                    range.stretch.end = {.part = straddling, .offset = words[i].begin.offset};
                    break;
                }
            }
        }
        return range;
    }
    range.from = std::max<std::int64_t>(range.to - span, 0);
    const auto inside = std::ranges::find_if(parts_, [&](const Part& part) {
        return (part.segment->end ? part.segment->end->count() : starts(part)) > range.from;
    });
    range.stretch.begin.part = static_cast<std::uint32_t>(inside - parts_.begin());
    if (inside != parts_.end() && starts(*inside) < range.from) {
        const auto& words = align(range.stretch.begin.part).words;
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto& word = inside->segment->words[i];
            if (word.end && word.end->count() > range.from) {
                range.stretch.begin.offset = words[i].begin.offset;
                break;
            }
        }
    }
    return range;
}

Range Reading::turn_range(const Window& window) const {
    Range range = {.stretch = {.begin = {}, .end = end()}, .unit = Searched::Unit::Turns};
    range.to = turns_;
    if (!window.turns) {
        return range;
    }
    const auto first_from = [this](std::int64_t turn) {
        const auto found =
            std::ranges::find_if(parts_, [turn](const Part& part) { return part.turn >= turn; });
        return static_cast<std::uint32_t>(found - parts_.begin());
    };
    if (window.edge == Edge::Start) {
        range.to = *window.turns;
        range.stretch.end.part = first_from(range.to);
    } else {
        range.from = std::max<std::int64_t>(turns_ - *window.turns, 0);
        range.stretch.begin.part = first_from(range.from);
    }
    return range;
}

Range Reading::character_range(const Window& window) {
    if (characters_.empty()) {
        for (const auto& part : parts_) {
            characters_.push_back(static_cast<std::int64_t>(count_code_points(part.segment->text)) +
                                  1);
        }
    }
    std::int64_t total = parts_.empty() ? 0 : -1;  // No space after the last.
    for (const auto count : characters_) {
        total += count;
    }
    Range range = {
        .stretch = {.begin = {}, .end = end()}, .strict = true, .unit = Searched::Unit::Characters};
    range.to = total;
    if (!window.characters) {
        return range;
    }
    if (window.edge == Edge::Start) {
        range.to = *window.characters;
        if (range.to < total) {
            range.stretch.end = position_of_character(range.to);
        }
    } else {
        range.from = std::max<std::int64_t>(total - *window.characters, 0);
        range.stretch.begin = position_of_character(range.from);
    }
    return range;
}

Position Reading::position_of_character(std::int64_t character) {
    std::uint32_t part = 0;
    while (part < parts_.size() && character >= characters_[part]) {
        character -= characters_[part++];
    }
    std::uint32_t offset = 0;
    if (part < parts_.size()) {
        const auto& text = parts_[part].segment->text;
        for (; character > 0 && offset < text.size(); --character) {
            offset += static_cast<std::uint32_t>(read_code_point(text, offset).size_bytes);
        }
    }
    return {.part = part, .offset = offset};
}

Stretch Reading::origin_of(const SearchText& text, std::size_t begin, std::size_t end) const {
    const auto last = text.origin(end - 1);
    return {.begin = text.origin(begin),
            .end = {.part = last.part,
                    .offset = static_cast<std::uint32_t>(
                        end_of_letter(parts_[last.part].segment->text, last.offset))}};
}

const Reading::Alignment& Reading::align(std::size_t part) {
    if (alignments_.empty()) {
        alignments_.resize(parts_.size());
    }
    auto& alignment = alignments_[part];
    if (alignment.made) {
        return alignment;
    }
    alignment.made = true;
    const auto& segment = *parts_[part].segment;
    std::size_t cursor = 0;
    for (std::uint32_t i = 0; i < segment.words.size(); ++i) {
        const auto& word = segment.words[i].text;
        const auto found = segment.text.find(word, cursor);
        if (found == std::string::npos) {
            alignment.words.clear();  // The words are not those of the text: its own times count.
            break;
        }
        cursor = found + word.size();
        alignment.words.push_back(
            {.begin = {.part = i, .offset = static_cast<std::uint32_t>(found)},
             .end = {.part = i, .offset = static_cast<std::uint32_t>(cursor)}});
    }
    return alignment;
}

std::string Reading::accented_letters_of(const Stretch& stretch) const {
    std::string letters;
    for (auto part = stretch.begin.part; part <= stretch.end.part; ++part) {
        const std::string_view text = parts_[part].segment->text;
        const std::size_t from = part == stretch.begin.part ? stretch.begin.offset : 0;
        const std::size_t to = part == stretch.end.part ? stretch.end.offset : text.size();
        letters += accented_letters(text.substr(from, to - from));
    }
    return letters;
}

std::vector<Quote> Reading::quotes_of(const Stretch& stretch) {
    std::vector<Quote> quotes;
    for (auto part = stretch.begin.part; part <= stretch.end.part; ++part) {
        const auto& segment = *parts_[part].segment;
        const std::size_t from = part == stretch.begin.part ? stretch.begin.offset : 0;
        const std::size_t to = part == stretch.end.part ? stretch.end.offset : segment.text.size();
        if (from >= to) {
            continue;
        }
        Quote quote = {.segment = parts_[part].index,
                       .start = segment.start,
                       .end = segment.end,
                       .speaker = segment.speaker,
                       .quote = segment.text.substr(from, to - from)};
        if (!segment.words.empty()) {
            const auto& words = align(part).words;
            const auto first = std::ranges::upper_bound(
                words, from, {}, [](const Stretch& word) { return word.end.offset; });
            const auto beyond = std::ranges::lower_bound(
                words, to, {}, [](const Stretch& word) { return word.begin.offset; });
            if (first < beyond) {
                const auto& first_word = segment.words[first->begin.part];
                const auto& last_word = segment.words[std::prev(beyond)->begin.part];
                quote.start = first_word.start ? first_word.start : quote.start;
                quote.end = last_word.end ? last_word.end : quote.end;
            }
        }
        quotes.push_back(std::move(quote));
    }
    return quotes;
}

}  // namespace oidor::audit

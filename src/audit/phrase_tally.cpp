#include "audit/phrase_tally.hpp"

#include <algorithm>

namespace oidor::audit {
namespace {

/// How many words begin between two bytes of the searched text; more than `max` is not counted on.
std::int64_t words_between(std::string_view text, std::size_t from, std::size_t to,
                           std::int64_t max) {
    const auto is_space = [](char c) { return c == ' ' || c == '\n'; };
    std::int64_t words = 0;
    for (auto i = from; i < to && words <= max; ++i) {
        words += !is_space(text[i]) && i > 0 && is_space(text[i - 1]) ? 1 : 0;
    }
    return words;
}

/// The time between two stretches; nothing where one has no times.
std::optional<Milliseconds> time_between(Reading& reading, const Stretch& first,
                                         const Stretch& second) {
    const auto early = reading.quotes_of(first);
    const auto late = reading.quotes_of(second);
    if (early.empty() || late.empty() || !early.back().end || !late.front().start) {
        return std::nullopt;
    }
    return std::max(*late.front().start - *early.back().end, Milliseconds(0));
}

bool is_near(const Near& near, Reading& reading, const Hit& hit, const Hit& mate) {
    const auto& first = hit.begin <= mate.begin ? hit : mate;
    const auto& second = hit.begin <= mate.begin ? mate : hit;
    if (near.within_seconds) {
        if (const auto time = time_between(reading, first.stretch, second.stretch)) {
            return *time <= std::chrono::seconds(*near.within_seconds);
        }
    }
    const auto max = near.within_words.value_or(0);
    return words_between(reading.searched().bytes(), first.end, second.begin, max) <= max;
}

/// Leaves the hits that have something near them.
void keep_mated(const PhraseRule& rule, Reading& reading, Tally& tally) {
    auto& mates = tally.near;
    std::ranges::sort(mates, {}, &Hit::begin);
    std::vector<Hit> kept;
    for (auto& hit : tally.waiting) {
        const auto next = std::ranges::lower_bound(mates, hit.begin, {}, &Hit::begin);
        const Hit* mate = nullptr;
        if (next != mates.end() && is_near(*rule.near, reading, hit, *next)) {
            mate = &*next;
        } else if (next != mates.begin() && is_near(*rule.near, reading, hit, *std::prev(next))) {
            mate = &*std::prev(next);
        }
        if (mate == nullptr) {
            tally.alone = tally.alone ? tally.alone : hit;
            continue;
        }
        hit.sure = hit.sure && mate->sure;
        hit.mate = mate->stretch;
        kept.push_back(hit);
    }
    tally.waiting = std::move(kept);
}

constexpr std::string_view kQuestionMarks[] = {"?", "؟", "？"};

/// Where the sentence begins that ends at byte `end`: at most so many bytes before.
std::uint32_t sentence_begin(std::string_view text, std::size_t end) {
    constexpr std::size_t kBytesMax = 300;
    const auto before = text.substr(0, end);
    auto begin = before.find_last_of(".!?\n");
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    begin = std::max(begin, end > kBytesMax ? end - kBytesMax : 0);
    // Neither a space nor the middle of a letter begins a quote.
    while (begin < end && (text[begin] == ' ' || (static_cast<std::uint8_t>(text[begin]) & 0xC0U) == 0x80U)) {
        ++begin;
    }
    return static_cast<std::uint32_t>(begin);
}

/// The first question mark of the bound speaker before a place, as a hit of that sentence.
std::optional<Hit> question_before(const PhraseRule& rule, const Reading& reading,
                                   const Position& place) {
    const auto& parts = reading.parts();
    for (std::uint32_t p = 0; p <= place.part && p < parts.size(); ++p) {
        const auto& part = parts[p];
        if (!part.has_words || !is_bound(rule.speaker, part.segment->speaker)) {
            continue;
        }
        const std::string_view text = part.segment->text;
        const auto limit = p == place.part ? place.offset : text.size();
        for (const auto mark : kQuestionMarks) {
            const auto at = text.substr(0, limit).find(mark);
            if (at != std::string_view::npos) {
                const auto end = static_cast<std::uint32_t>(at + mark.size());
                return Hit{.stretch = {.begin = {.part = p, .offset = sentence_begin(text, at)},
                                       .end = {.part = p, .offset = end}},
                           .sure = part.sure};
            }
        }
    }
    return std::nullopt;
}

void find_preceding(const PhraseRule& rule, const Reading& reading, Tally& tally) {
    const auto first = std::ranges::min_element(tally.waiting, {}, &Hit::begin);
    if (first == tally.waiting.end()) {
        return;
    }
    for (const auto& hit : tally.before) {
        if (hit.begin < first->begin && (!tally.preceded || hit.begin < tally.preceded->begin)) {
            tally.preceded = hit;
        }
    }
    if (!tally.preceded && rule.before->questions) {
        tally.preceded = question_before(rule, reading, first->stretch.begin);
    }
}

void follow_sequence(const PhraseRule& rule, Tally& tally) {
    std::size_t last_end = 0;
    for (const auto& hit : tally.waiting) {
        if (hit.phrase < rule.steps.size() && rule.steps[hit.phrase] == tally.steps &&
            hit.begin >= last_end) {
            last_end = hit.end;
            ++tally.steps;
            take_hit(rule, hit, tally);
        }
    }
}

void count_hits(const PhraseRule& rule, Tally& tally) {
    std::size_t last_end = 0;
    for (const auto& hit : tally.waiting) {
        if (hit.begin < last_end) {
            continue;
        }
        last_end = hit.end;
        ++tally.count;
        tally.count_sure += hit.sure && hit.distance == 0 ? 1 : 0;
        const bool counted = tally.found[hit.phrase] != 0;
        take_hit(rule, hit, tally);
        if (counted && rule.need != Need::None && tally.hits.size() < kEvidenceHitsMax) {
            tally.hits.push_back(hit);
        }
    }
}

}  // namespace

bool is_deferred(const PhraseRule& rule) {
    return rule.need == Need::Sequence || rule.at_least || rule.at_most || rule.near || rule.before;
}

std::size_t step_count(const PhraseRule& rule) {
    return rule.steps.empty() ? 0 : std::size_t{rule.steps.back()} + 1;
}

const std::string& phrase_text(const PhraseRule& rule, std::size_t phrase) {
    return phrase < rule.phrases.size() ? rule.phrases[phrase]
                                        : rule.patterns[phrase - rule.phrases.size()];
}

void take_hit(const PhraseRule& rule, const Hit& hit, Tally& tally) {
    const bool forbidden = rule.need == Need::None;
    if (forbidden && (!hit.sure || hit.distance > 0)) {
        tally.unsure = tally.unsure ? tally.unsure : hit;
        return;
    }
    const bool is_new = tally.found[hit.phrase] == 0;
    if (is_new) {
        tally.found[hit.phrase] = 1;
        ++tally.distinct;
    }
    if ((is_new || forbidden) && tally.hits.size() < kEvidenceHitsMax) {
        tally.hits.push_back(hit);
    }
}

void keep_hit(const Hit& hit, std::vector<Hit>& hits, Tally& tally) {
    if (hits.size() < kWaitingHitsMax) {
        hits.push_back(hit);
    } else {
        tally.overflow = true;
    }
}

void settle_hits(const PhraseRule& rule, Reading& reading, Tally& tally) {
    std::ranges::sort(tally.waiting, [](const Hit& a, const Hit& b) {
        return std::tuple(a.end, a.begin, a.phrase) < std::tuple(b.end, b.begin, b.phrase);
    });
    if (rule.near) {
        keep_mated(rule, reading, tally);
    }
    if (rule.before) {
        find_preceding(rule, reading, tally);
    }
    if (rule.need == Need::Sequence) {
        follow_sequence(rule, tally);
    } else if (rule.at_least || rule.at_most) {
        count_hits(rule, tally);
    } else {
        for (const auto& hit : tally.waiting) {
            take_hit(rule, hit, tally);
        }
    }
}

}  // namespace oidor::audit

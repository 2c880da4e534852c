#include "audit/nearest.hpp"

#include <algorithm>

namespace oidor::audit {
namespace {

constexpr std::size_t kHeadBytes = 4;
constexpr std::size_t kMatchesMax = 20'000;
constexpr std::uint64_t kHeadMark = 0x5bd1e9955bd1e995ULL;
constexpr std::uint64_t kStartShift = 1U << 20U;

/// Words that share a head are half alike: `cuidese` and `cuidate`.
std::uint64_t head_hash(std::string_view word) {
    return hash_word(word.substr(0, kHeadBytes)) ^ kHeadMark;
}

}  // namespace

NearIndex::NearIndex(const std::vector<std::string>& phrases) {
    for (std::uint32_t p = 0; p < phrases.size(); ++p) {
        SearchText folded(phrases[p].size(), 1);
        folded.add_folded(phrases[p], SearchText::Join::Apart);
        std::uint32_t weight = 0;
        std::uint16_t index = 0;
        for (const auto& word : folded.words()) {
            const auto text = folded.word_text(word);
            const auto credit = static_cast<std::uint16_t>(text.size() * 2);
            weight += credit;
            entries_.push_back({word.hash, p, index, credit});
            if (text.size() > kHeadBytes) {
                entries_.push_back(
                    {head_hash(text), p, index, static_cast<std::uint16_t>(text.size())});
            }
            ++index;
        }
        weights_.push_back(weight);
    }
    std::ranges::sort(entries_, {},
                      [](const Entry& e) { return std::tuple(e.hash, e.phrase, e.index); });
    for (const auto& entry : entries_) {
        const auto bit = entry.hash & 0xFFFU;
        seen_[bit >> 6U] |= std::uint64_t{1} << (bit & 63U);
    }
}

void NearIndex::look_up(std::uint64_t hash, std::size_t word, std::vector<Match>& matches) const {
    const auto bit = hash & 0xFFFU;
    if ((seen_[bit >> 6U] >> (bit & 63U) & 1U) == 0) {
        return;
    }
    for (auto found = std::ranges::lower_bound(entries_, hash, {}, &Entry::hash);
         found != entries_.end() && found->hash == hash && matches.size() < kMatchesMax; ++found) {
        matches.push_back({.key = (static_cast<std::uint64_t>(found->phrase) << 32U) +
                                  (kStartShift + word - found->index),
                           .word = static_cast<std::uint32_t>(word),
                           .credit = found->credit});
    }
}

std::optional<NearMiss> NearIndex::find(const Reading& reading, const Range& range,
                                        BoundSpeaker bound, Edge edge) const {
    const auto& text = reading.folded();
    const auto& words = text.words();
    const auto part_of = [](const WordSpan& word) { return word.part; };
    auto first = static_cast<std::size_t>(
        std::ranges::lower_bound(words, range.stretch.begin.part, {}, part_of) - words.begin());
    auto beyond = static_cast<std::size_t>(
        std::ranges::upper_bound(words, range.stretch.end.part, {}, part_of) - words.begin());
    const auto inside = [&](std::size_t i) {
        const auto at = text.origin(words[i].begin);
        return at >= range.stretch.begin && at < range.stretch.end;
    };
    while (first < beyond && !inside(first)) {
        ++first;
    }
    while (first < beyond && !inside(beyond - 1)) {
        --beyond;
    }
    if (beyond - first > kWordsMax) {
        (edge == Edge::Start ? beyond : first) =
            edge == Edge::Start ? first + kWordsMax : beyond - kWordsMax;
    }
    std::vector<Match> matches;
    for (auto i = first; i < beyond; ++i) {
        look_up(words[i].hash, i, matches);
        if (words[i].size_bytes > kHeadBytes) {
            look_up(head_hash(text.word_text(words[i])), i, matches);
        }
    }
    std::ranges::sort(matches, [](const Match& a, const Match& b) {
        return std::tuple(a.key, a.word, b.credit) < std::tuple(b.key, b.word, a.credit);
    });
    std::optional<NearMiss> best;
    std::uint64_t best_rank = 0;
    for (std::size_t i = 0; i < matches.size();) {
        const auto key = matches[i].key;
        const auto phrase = static_cast<std::size_t>(key >> 32U);
        const std::size_t head = matches[i].word;
        std::size_t tail = head;
        std::uint64_t credit = 0;
        for (std::size_t previous = words.size(); i < matches.size() && matches[i].key == key;
             ++i) {
            const auto word = matches[i].word;
            // A quote stays within one segment; each word counts once, as a whole before as a head.
            if (word != previous && words[word].part == words[head].part) {
                credit += matches[i].credit;
                tail = word;
            }
            previous = word;
        }
        const auto speaker = reading.parts()[words[head].part].segment->speaker;
        const bool own = is_bound(bound, speaker) || speaker == Speaker::Unknown;
        const std::uint64_t rank = credit * 1000 / weights_[phrase] + (own ? 1 : 0) * 2000;
        if (credit * 2 >= weights_[phrase] && rank > best_rank) {
            best_rank = rank;
            best = NearMiss{.first_word = head, .last_word = tail, .phrase = phrase};
        }
    }
    return best;
}

}  // namespace oidor::audit

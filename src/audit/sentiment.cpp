#include "audit/sentiment.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

#include "audit/embedded.hpp"
#include "base/assert.hpp"
#include "base/sha256.hpp"

namespace oidor::audit {
namespace {

constexpr std::size_t kNegatorReach = 3;

/// The words of a line, cut at spaces.
std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        if (end > 0) {
            words.push_back(line.substr(0, end));
        }
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

const EmbeddedFile* find_pack(std::string_view language) {
    for (const auto& pack : sentiment_packs()) {
        if (pack.name == language) {
            return &pack;
        }
    }
    return nullptr;
}

}  // namespace

bool has_sentiment_lexicon(std::string_view language) { return find_pack(language) != nullptr; }

std::optional<SentimentLexicon> SentimentLexicon::find(std::string_view language) {
    const auto* pack = find_pack(language);
    return pack != nullptr ? std::optional(SentimentLexicon(pack->bytes)) : std::nullopt;
}

SentimentLexicon::SentimentLexicon(std::string_view pack) : sha256_(oidor::sha256_hex(pack)) {
    std::vector<Entry> entries;
    for (std::size_t at = 0; at < pack.size();) {
        const auto end = std::min(pack.find('\n', at), pack.size());
        auto words = split(pack.substr(at, end - at));
        at = end + 1;
        if (words.empty() || words[0].starts_with('#')) {
            continue;
        }
        Entry entry;
        entry.kind = Kind::Feeling;
        if (words[0] == "weak") {
            entry.weak = true;
            words.erase(words.begin());
        }
        ASSERT(!words.empty(), "a line of a pack has words");
        if (words[0] == "stronger") {
            entry.kind = Kind::Stronger;
        } else if (words[0] == "weaker") {
            entry.kind = Kind::Weaker;
        } else if (words[0] == "negator") {
            entry.kind = Kind::Negator;
        } else if (words[0] == "formula") {
            entry.kind = Kind::Formula;
        } else {
            const auto read = std::from_chars(words[0].data(), words[0].data() + words[0].size(),
                                              entry.thousandths);
            ASSERT(read.ec == std::errc{}, "a line of a pack begins with its kind or a number");
        }
        for (std::size_t i = 1; i < words.size(); ++i) {
            entry.hash = hash_word(fold(words[i]));
            entries.push_back(entry);
        }
    }
    slots_.resize(std::bit_ceil(entries.size() * 4));
    for (const auto& entry : entries) {
        auto slot = entry.hash & (slots_.size() - 1);
        while (slots_[slot].kind != Kind::None && slots_[slot].hash != entry.hash) {
            slot = (slot + 1) & (slots_.size() - 1);
        }
        if (slots_[slot].kind == Kind::None) {
            slots_[slot] = entry;
        }
    }
}

const SentimentLexicon::Entry* SentimentLexicon::find_entry(std::uint64_t hash) const {
    auto slot = hash & (slots_.size() - 1);
    while (slots_[slot].kind != Kind::None) {
        if (slots_[slot].hash == hash) {
            return &slots_[slot];
        }
        slot = (slot + 1) & (slots_.size() - 1);
    }
    return nullptr;
}

Decimal SentimentLexicon::score(const SearchText& text, const std::vector<char>& counts) const {
    const auto& words = text.words();
    std::int64_t sum = 0;
    std::int64_t count = 0;
    // What the last words of this clause were, by distance.
    std::size_t since_negator = kNegatorReach + 1;
    const Entry* before = nullptr;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (counts[word.part] == 0) {
            continue;
        }
        if (word.clause_start) {
            since_negator = kNegatorReach + 1;
            before = nullptr;
        } else if (since_negator <= kNegatorReach) {
            ++since_negator;
        }
        const auto* entry = find_entry(word.hash);
        if (entry != nullptr && entry->kind == Kind::Negator) {
            since_negator = 0;
        } else if (entry != nullptr && entry->kind == Kind::Feeling) {
            const bool stronger = before != nullptr && before->kind == Kind::Stronger;
            const auto* after = i + 1 < words.size() && !words[i + 1].clause_start
                                    ? find_entry(words[i + 1].hash)
                                    : nullptr;
            const bool formula = after != nullptr && after->kind == Kind::Formula;
            if (!formula && (stronger || !entry->weak)) {
                std::int64_t value = entry->thousandths;
                if (stronger) {
                    value = std::clamp<std::int64_t>(value * 3 / 2, -1000, 1000);
                } else if (before != nullptr && before->kind == Kind::Weaker) {
                    value /= 2;
                }
                sum += since_negator <= kNegatorReach ? -value / 2 : value;
                ++count;
            }
        }
        before = entry;
    }
    if (count == 0) {
        return {};
    }
    const auto mean = Decimal::from_int(sum).scaled(Decimal::from_int(1), Decimal::from_int(count));
    return Decimal::from_micros(mean.round_half_even() * 1000);
}

}  // namespace oidor::audit

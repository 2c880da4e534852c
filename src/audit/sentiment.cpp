#include "audit/sentiment.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <tuple>
#include <utility>

#include "audit/embedded.hpp"
#include "base/assert.hpp"
#include "base/sha256.hpp"

namespace oidor::audit {
namespace {

constexpr std::size_t kNegatorReach = 3;
/// Weights of a word of feeling: beside a contrast it counts half, or half as much again.
constexpr std::int32_t kLight = 1;
constexpr std::int32_t kEven = 2;
constexpr std::int32_t kHeavy = 3;
/// How many words before an irony the praise may lie: beside a complaint, without one, for a tag.
constexpr std::size_t kIronyReach = 12;
constexpr std::size_t kBareIronyReach = 3;
constexpr std::size_t kTagReach = 4;
/// How many words before thanks a complaint may lie.
constexpr std::size_t kComplaintReach = 25;
/// How far from an apology a feeling is the other's, and how strong it may be.
constexpr std::size_t kApologyReach = 15;
constexpr std::int64_t kNamedMost = 700;
/// As bad as this nothing turns round.
constexpr std::int32_t kInsult = -900;
/// A line of a pack from which on only the full rules read.
constexpr std::string_view kFullMark = "full\n";

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

std::optional<SentimentLexicon> SentimentLexicon::find(std::string_view language,
                                                       FeelingRules rules) {
    const auto* pack = find_pack(language);
    return pack != nullptr ? std::optional(SentimentLexicon(pack->bytes, rules)) : std::nullopt;
}

SentimentLexicon::SentimentLexicon(std::string_view pack, FeelingRules rules) : rules_(rules) {
    const auto mark = pack.find("\n" + std::string(kFullMark));
    const auto plain = pack.substr(0, mark == std::string_view::npos ? mark : mark + 1);
    sha256_ = oidor::sha256_hex(rules == FeelingRules::Plain ? plain : pack);
    std::vector<Entry> entries;
    const auto read = [&](std::string_view lines) {
        for (std::size_t at = 0; at < lines.size();) {
            const auto end = std::min(lines.find('\n', at), lines.size());
            add_line(lines.substr(at, end - at), entries);
            at = end + 1;
        }
    };
    // Of two entries of a word the first stays, so what the full rules say otherwise comes first.
    if (rules == FeelingRules::Full && plain.size() < pack.size()) {
        read(pack.substr(plain.size() + kFullMark.size()));
    }
    read(plain);
    fill_slots(entries);
}

void SentimentLexicon::add_line(std::string_view line, std::vector<Entry>& entries) {
    static constexpr std::array<std::pair<std::string_view, Kind>, 10> kKinds = {{
        {"stronger", Kind::Stronger},
        {"weaker", Kind::Weaker},
        {"negator", Kind::Negator},
        {"formula", Kind::Formula},
        {"courtesy", Kind::Courtesy},
        {"contrast", Kind::Contrast},
        {"concession", Kind::Concession},
        {"irony", Kind::Irony},
        {"tag", Kind::Tag},
        {"apology", Kind::Apology},
    }};
    auto words = split(line);
    if (words.empty() || words[0].starts_with('#')) {
        return;
    }
    Entry entry;
    entry.kind = Kind::Feeling;
    const bool numbered =
        words.size() > 1 && words[1].find_first_not_of("-0123456789") == std::string_view::npos;
    if (numbered) {
        // Feeling of a kind of its own.
        entry.weak = words[0] == "weak";
        entry.kind = words[0] == "thanks"  ? Kind::Thanks
                     : words[0] == "irony" ? Kind::Irony
                                           : Kind::Feeling;
        words.erase(words.begin());
    }
    ASSERT(!words.empty(), "a line of a pack has words");
    const auto kind =
        std::ranges::find(kKinds, words[0], &std::pair<std::string_view, Kind>::first);
    if (kind != kKinds.end()) {
        entry.kind = kind->second;
    } else {
        const auto read =
            std::from_chars(words[0].data(), words[0].data() + words[0].size(), entry.thousandths);
        ASSERT(read.ec == std::errc{}, "a line of a pack begins with its kind or a number");
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
        Phrase phrase = {.hashes = {}, .entry = entry};
        std::string spaced(words[i]);
        std::ranges::replace(spaced, '_', ' ');
        const auto folded = fold(spaced);
        for (const auto word : split(folded)) {
            phrase.hashes.push_back(hash_word(word));
        }
        phrase.entry.hash = phrase.hashes.front();
        if (phrase.hashes.size() == 1) {
            entries.push_back(phrase.entry);
        } else {
            phrases_.push_back(std::move(phrase));
        }
    }
}

void SentimentLexicon::fill_slots(const std::vector<Entry>& entries) {
    std::ranges::stable_sort(phrases_, [](const Phrase& a, const Phrase& b) {
        return std::tuple(a.entry.hash, b.hashes.size()) <
               std::tuple(b.entry.hash, a.hashes.size());
    });
    slots_.resize(std::bit_ceil((entries.size() + phrases_.size()) * 4 + 1));
    const auto slot_of = [this](std::uint64_t hash) -> Entry& {
        auto slot = hash & (slots_.size() - 1);
        while (slots_[slot].hash != hash &&
               (slots_[slot].kind != Kind::None || slots_[slot].phrase_count > 0)) {
            slot = (slot + 1) & (slots_.size() - 1);
        }
        return slots_[slot];
    };
    for (const auto& entry : entries) {
        auto& slot = slot_of(entry.hash);
        if (slot.kind == Kind::None) {
            slot = entry;
        }
    }
    for (std::uint32_t i = 0; i < phrases_.size(); ++i) {
        auto& slot = slot_of(phrases_[i].entry.hash);
        slot.hash = phrases_[i].entry.hash;
        slot.phrases = slot.phrase_count == 0 ? i : slot.phrases;
        ++slot.phrase_count;
    }
}

const SentimentLexicon::Entry* SentimentLexicon::find_entry(std::uint64_t hash) const {
    auto slot = hash & (slots_.size() - 1);
    while (slots_[slot].kind != Kind::None || slots_[slot].phrase_count > 0) {
        if (slots_[slot].hash == hash) {
            return &slots_[slot];
        }
        slot = (slot + 1) & (slots_.size() - 1);
    }
    return nullptr;
}

/// A word of feeling with its strength.
std::int64_t SentimentLexicon::strength(const Entry& entry, const Entry* before, bool negated) {
    std::int64_t value = entry.thousandths;
    if (before != nullptr && before->kind == Kind::Stronger) {
        value = std::clamp<std::int64_t>(value * 3 / 2, -1000, 1000);
    } else if (before != nullptr && before->kind == Kind::Weaker) {
        value /= 2;
    }
    return negated ? -value / 2 : value;
}

PartFeeling SentimentLexicon::plain_part(std::span<const WordSpan> words) const {
    PartFeeling feeling;
    // What the last words of this clause were, by distance.
    std::size_t since_negator = kNegatorReach + 1;
    const Entry* before = nullptr;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
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
                feeling.sum += strength(*entry, before, since_negator <= kNegatorReach);
                ++feeling.weight;
            }
        }
        before = entry;
    }
    return feeling;
}

/// Reads one part by the full rules.
class SentimentLexicon::PartReader {
  public:
    PartReader(const SentimentLexicon& lexicon, std::span<const WordSpan> words)
        : lexicon_(lexicon), words_(words) {}

    PartFeeling run() {
        for (std::size_t i = 0; i < words_.size();) {
            begin_word(i);
            std::size_t length = 1;
            const auto* entry = match(i, length);
            if (entry != nullptr) {
                take(*entry, i, length);
            }
            before_ = entry;
            i += length;
        }
        guard();
        PartFeeling feeling = {.sum = 0, .weight = 0, .guarded = guarded_};
        for (const auto& found : found_) {
            if (!found.dropped) {
                feeling.sum += found.value * found.weight;
                feeling.weight += found.weight;
            }
        }
        return feeling;
    }

  private:
    struct Found {
        std::int64_t value = 0;
        std::int32_t weight = kEven;
        std::size_t word = 0;
        std::uint32_t sentence = 0;
        bool thanks = false;
        bool dropped = false;
    };
    /// An irony or a tag, and how many words of feeling came before it.
    struct Cue {
        std::size_t word = 0;
        std::uint32_t sentence = 0;
        std::size_t found = 0;
        bool tag = false;
    };

    void begin_word(std::size_t i) {
        if (words_[i].sentence_start && i > 0) {
            ++sentence_;
            sentence_found_ = found_.size();
            weight_ = kEven;
        }
        if (words_[i].clause_start) {
            since_negator_ = kNegatorReach + 1;
            before_ = nullptr;
            weight_ = conceding_ ? kEven : weight_;
            conceding_ = false;
        } else if (since_negator_ <= kNegatorReach) {
            ++since_negator_;
        }
    }

    /// The longest phrase that begins at word `i`, else the word itself.
    const Entry* match(std::size_t i, std::size_t& length) const {
        const auto* entry = lexicon_.find_entry(words_[i].hash);
        if (entry == nullptr) {
            return nullptr;
        }
        for (std::uint32_t p = 0; p < entry->phrase_count; ++p) {
            const auto& phrase = lexicon_.phrases_[entry->phrases + p];
            bool fits = i + phrase.hashes.size() <= words_.size();
            for (std::size_t k = 1; fits && k < phrase.hashes.size(); ++k) {
                fits = words_[i + k].hash == phrase.hashes[k] && !words_[i + k].sentence_start;
            }
            if (fits) {
                length = phrase.hashes.size();
                return &phrase.entry;
            }
        }
        return entry->kind != Kind::None ? entry : nullptr;
    }

    void take(const Entry& entry, std::size_t i, std::size_t length) {
        switch (entry.kind) {
            case Kind::Negator: since_negator_ = 0; break;
            case Kind::Contrast:
                for (auto f = sentence_found_; f < found_.size(); ++f) {
                    found_[f].weight = kLight;
                }
                weight_ = kHeavy;
                break;
            case Kind::Concession:
                weight_ = kLight;
                conceding_ = true;
                break;
            case Kind::Irony:
            case Kind::Tag:
                cues_.push_back({.word = i,
                                 .sentence = sentence_,
                                 .found = found_.size(),
                                 .tag = entry.kind == Kind::Tag});
                if (entry.thousandths != 0) {
                    feel(entry, i, length);
                }
                break;
            case Kind::Apology: apologies_.push_back(i); break;
            case Kind::Feeling:
            case Kind::Thanks: feel(entry, i, length); break;
            default: break;
        }
    }

    void feel(const Entry& entry, std::size_t i, std::size_t length) {
        const bool stronger = before_ != nullptr && before_->kind == Kind::Stronger;
        const auto next = i + length;
        const auto* after = length == 1 && next < words_.size() && !words_[next].clause_start
                                ? lexicon_.find_entry(words_[next].hash)
                                : nullptr;
        const bool formula = after != nullptr && after->kind == Kind::Formula;
        if (formula || (entry.weak && !stronger)) {
            return;
        }
        // "No seas idiota" is an insult still.
        const bool negated = since_negator_ <= kNegatorReach && entry.thousandths > kInsult;
        found_.push_back({.value = strength(entry, before_, negated),
                          .weight = weight_,
                          .word = next - 1,
                          .sentence = sentence_,
                          .thanks = entry.kind == Kind::Thanks});
    }

    /// Takes back what is not meant, or not the speaker's own. Each guard reaches a few words and
    /// only takes away, so it makes a part more neutral and never turns it round.
    void guard() {
        guard_apologies();
        const bool complains = std::ranges::any_of(
            found_, [](const Found& found) { return found.value < 0 && !found.dropped; });
        for (const auto& cue : cues_) {
            const auto reach = cue.tag ? kTagReach : complains ? kIronyReach : kBareIronyReach;
            for (auto f = cue.found; f > 0; --f) {
                auto& found = found_[f - 1];
                if (cue.word - found.word > reach || found.sentence + 1 < cue.sentence) {
                    break;
                }
                drop_praise(found);
            }
        }
        for (std::size_t f = 0; complains && f < found_.size(); ++f) {
            for (auto earlier = found_[f].thanks ? f : 0; earlier > 0; --earlier) {
                const auto& other = found_[earlier - 1];
                if (found_[f].word - other.word > kComplaintReach) {
                    break;
                }
                if (other.value < 0) {
                    drop_praise(found_[f]);
                    break;
                }
            }
        }
    }

    /// "Lamento mucho la angustia": the feeling named beside an apology is the other's. What
    /// follows a contrast is the speaker's own again.
    void guard_apologies() {
        for (const auto apology : apologies_) {
            const auto near = [&](const Found& found) {
                const auto distance =
                    found.word > apology ? found.word - apology : apology - found.word;
                return distance <= kApologyReach;
            };
            for (auto& found : found_) {
                if (near(found) && found.value < 0 && found.value >= -kNamedMost &&
                    found.weight != kHeavy) {
                    found.dropped = true;
                }
            }
        }
    }

    void drop_praise(Found& found) {
        if (found.value > 0 && !found.dropped) {
            found.dropped = true;
            ++guarded_;
        }
    }

    const SentimentLexicon& lexicon_;
    std::span<const WordSpan> words_;
    std::vector<Found> found_ = {};
    std::vector<Cue> cues_ = {};
    std::vector<std::size_t> apologies_ = {};  ///< Their words.
    const Entry* before_ = nullptr;
    std::size_t since_negator_ = kNegatorReach + 1;
    std::size_t sentence_found_ = 0;  ///< Where this sentence's words of feeling begin.
    std::uint32_t sentence_ = 0;
    std::uint32_t guarded_ = 0;
    std::int32_t weight_ = kEven;
    bool conceding_ = false;
};

std::vector<PartFeeling> SentimentLexicon::per_part(const SearchText& text,
                                                    const std::vector<char>& counts) const {
    std::vector<PartFeeling> parts(counts.size());
    const std::span<const WordSpan> words = text.words();
    for (std::size_t first = 0; first < words.size();) {
        const auto part = words[first].part;
        auto beyond = first;
        while (beyond < words.size() && words[beyond].part == part) {
            ++beyond;
        }
        if (counts[part] != 0) {
            const auto own = words.subspan(first, beyond - first);
            parts[part] =
                rules_ == FeelingRules::Full ? PartReader(*this, own).run() : plain_part(own);
        }
        first = beyond;
    }
    return parts;
}

Decimal SentimentLexicon::mean(std::span<const PartFeeling> parts) {
    std::int64_t sum = 0;
    std::int64_t weight = 0;
    for (const auto& part : parts) {
        sum += part.sum;
        weight += part.weight;
    }
    if (weight == 0) {
        return {};
    }
    const auto mean =
        Decimal::from_int(sum).scaled(Decimal::from_int(1), Decimal::from_int(weight));
    return Decimal::from_micros(mean.round_half_even() * 1000);
}

Decimal SentimentLexicon::score(const SearchText& text, const std::vector<char>& counts) const {
    return mean(per_part(text, counts));
}

}  // namespace oidor::audit

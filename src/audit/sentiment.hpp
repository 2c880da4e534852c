// Sentiment by lexicon: an exact three-place decimal from -1 to 1, the same on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/folding.hpp"
#include "base/decimal.hpp"

namespace oidor::audit {

bool has_sentiment_lexicon(std::string_view language);

/// `Plain`: words, intensifiers and negators alone, as `classic-es` documents it. `Full`: also
/// phrases, contrast, irony guards, and the words that emoji become (chat_spelling.hpp).
enum class FeelingRules : std::uint8_t { Plain, Full };

/// What one part (segment) feels like. Parts add up: those of a speaker, of a quarter, or all.
struct PartFeeling {
    std::int64_t sum = 0;       ///< Thousandths times weight.
    std::int64_t weight = 0;    ///< Zero: no word of feeling.
    std::uint32_t guarded = 0;  ///< Words of praise that were taken for irony and do not count.
    bool operator==(const PartFeeling&) const = default;
};

/// A language's words of feeling, intensifiers and negators. Immutable; safe to use from many
/// threads.
class SentimentLexicon {
  public:
    /// Nothing for a language without a lexicon.
    static std::optional<SentimentLexicon> find(std::string_view language,
                                                FeelingRules rules = FeelingRules::Plain);

    /// Mean over the words of feeling among `words` whose part `counts` (by part); zero when there
    /// is none. An intensifier just before a word makes it stronger by half, a diminisher halves
    /// it, a negator up to three words before in the same clause turns it round at half strength.
    /// `Full` adds what packs/README.md tells.
    [[nodiscard]] Decimal score(const SearchText& text, const std::vector<char>& counts) const;

    /// The same part by part; parts that do not count are empty. `score` is the mean of all.
    [[nodiscard]] std::vector<PartFeeling> per_part(const SearchText& text,
                                                    const std::vector<char>& counts) const;

    /// -1 to 1, three places, halves to the even; zero without weight.
    static Decimal mean(std::span<const PartFeeling> parts);

    /// Of what these rules read: `Plain` keeps its digest when only `Full` learns words.
    [[nodiscard]] const std::string& sha256() const { return sha256_; }

  private:
    enum class Kind : std::uint8_t {
        None,
        Feeling,
        Stronger,
        Weaker,
        Negator,
        Formula,
        Courtesy,    ///< A phrase that has no feeling, whatever its words have.
        Contrast,    ///< "pero": what stands before it in the sentence counts half, the rest more.
        Concession,  ///< "aunque": counts half up to the next clause.
        Irony,       ///< After praise: the praise is not meant.
        Tag,         ///< The same, close by: "muy amable, eh".
        Apology,     ///< Beside it a bad feeling is the other's.
        Thanks,      ///< Feeling that a complaint before it takes away.
    };
    struct Entry {
        std::uint64_t hash = 0;
        std::int32_t thousandths = 0;
        std::uint32_t phrases = 0;       ///< Where the phrases begin that begin with this word,
        std::uint32_t phrase_count = 0;  ///< and how many they are.
        Kind kind = Kind::None;
        bool weak = false;  ///< Counts only after an intensifier.
    };
    /// An entry of several words.
    struct Phrase {
        std::vector<std::uint64_t> hashes = {};  ///< Of its words.
        Entry entry = {};
    };
    class PartReader;

    SentimentLexicon(std::string_view pack, FeelingRules rules);
    void add_line(std::string_view line, std::vector<Entry>& entries);
    void fill_slots(const std::vector<Entry>& entries);
    [[nodiscard]] const Entry* find_entry(std::uint64_t hash) const;
    static std::int64_t strength(const Entry& entry, const Entry* before, bool negated);
    [[nodiscard]] PartFeeling plain_part(std::span<const WordSpan> words) const;

    FeelingRules rules_ = FeelingRules::Plain;
    std::vector<Entry> slots_;     ///< Open addressing; the size is a power of two.
    std::vector<Phrase> phrases_;  ///< Sorted by first word, longest first.
    std::string sha256_;
};

}  // namespace oidor::audit

// Sentiment by lexicon: an exact three-place decimal from -1 to 1, the same on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/folding.hpp"
#include "base/decimal.hpp"

namespace oidor::audit {

bool has_sentiment_lexicon(std::string_view language);

/// A language's words of feeling, intensifiers and negators. Immutable; safe to use from many
/// threads.
class SentimentLexicon {
  public:
    /// Nothing for a language without a lexicon.
    static std::optional<SentimentLexicon> find(std::string_view language);

    /// Mean over the words of feeling among `words` whose part `counts` (by part); zero when there
    /// is none. An intensifier just before a word makes it stronger by half, a diminisher halves
    /// it, a negator up to three words before in the same clause turns it round at half strength.
    [[nodiscard]] Decimal score(const SearchText& text, const std::vector<char>& counts) const;

    [[nodiscard]] const std::string& sha256() const { return sha256_; }

  private:
    enum class Kind : std::uint8_t { None, Feeling, Stronger, Weaker, Negator, Formula };
    struct Entry {
        std::uint64_t hash = 0;
        std::int32_t thousandths = 0;
        Kind kind = Kind::None;
        bool weak = false;  ///< Counts only after an intensifier.
    };

    explicit SentimentLexicon(std::string_view pack);
    [[nodiscard]] const Entry* find_entry(std::uint64_t hash) const;

    std::vector<Entry> slots_;  ///< Open addressing; the size is a power of two.
    std::string sha256_;
};

}  // namespace oidor::audit

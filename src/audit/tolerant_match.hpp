// Finds phrases although a speech recogniser misspelt them: letters that sound alike, words joined
// or split, a letter too many, too few, wrong or swapped, a little word left out. Bounded, and each
// hit says how far off it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/folding.hpp"
#include "audit/phrase_automaton.hpp"

namespace oidor::audit {

/// A phrase, and how far off what is found may be: 0 (not looked for here), 1 or 2.
struct TolerantPhrase {
    std::string text = {};
    std::uint8_t tolerance = 1;
};

/// Words [first_word, last_word] of the folded text sound like a phrase that they do not spell.
struct TolerantHit {
    std::uint32_t phrase = 0;      ///< Index of the phrase as given.
    std::uint32_t first_word = 0;  ///< In SearchText::words().
    std::uint32_t last_word = 0;   ///< Inclusive.
    std::uint32_t distance = 1;    ///< 1 or 2, never more than the phrase's tolerance.
    auto operator<=>(const TolerantHit&) const = default;
};

/// All hits of one text.
struct TolerantHits {
    std::vector<TolerantHit> hits = {};
    bool cut = false;  ///< There was more than is looked at: what is missing may be behind it.
};

/// The letters of folded words as they sound in a language (`es`, `pt`; any other: only doubled
/// letters become one), without the spaces. Two texts that sound alike have equal letters.
std::string sound_letters(std::string_view folded, std::string_view language);

/// The phrases of a scorecard made ready. Immutable; safe to use from many threads.
///
/// Distance: letters that differ in sound (one too many, too few, another, two swapped count one
/// each), and one for a function word that was left out (at most one is). Words that only sound
/// like the phrase, or are joined or split, are at distance 1. What folds to the phrase is no hit
/// here: the exact search finds that. Words of up to kFrozenLetters letters are never changed ("mi
/// nombre" is not "su nombre").
class TolerantMatcher {
  public:
    /// Letters (as they sound) that a phrase needs to be looked for at all, with one error, with
    /// two. Shorter than kLettersMin: never; shorter than kLettersForOne: only what sounds alike.
    static constexpr std::size_t kLettersMin = 6;
    static constexpr std::size_t kLettersForOne = 9;
    static constexpr std::size_t kLettersForTwo = 14;
    static constexpr std::size_t kFrozenLetters = 3;
    /// Places of one text that are looked at closely, whatever it repeats; what lies behind them is
    /// found by its own spelling only.
    static constexpr std::size_t kTriesMax = 50'000;
    /// Hits of one text; more are not reported.
    static constexpr std::size_t kHitsMax = 1'000;

    TolerantMatcher(const std::vector<TolerantPhrase>& phrases, std::string_view language);

    /// All hits, ordered by phrase and place; of overlapping ones of a phrase the nearest, then the
    /// first. Of too many those that come first in the text stay. A hit may run over a comma, or
    /// into a part that continues the one before. Time grows with the text.
    [[nodiscard]] TolerantHits find(const SearchText& text) const;

    /// No phrase is long enough, or none is tolerant: nothing will be found.
    [[nodiscard]] bool empty() const { return forms_.empty(); }

  private:
    /// A phrase as it sounds, letter by letter.
    struct Form {
        std::uint32_t phrase = 0;
        std::uint32_t budget = 0;
        std::string folded = {};
        std::string letters = {};
        /// By letter: it may not change.
        std::vector<char> frozen = {};
        /// By place before a letter: how many letters the function word has that begins here, and
        /// that ends here.
        std::vector<std::uint8_t> begins = {};
        std::vector<std::uint8_t> ends = {};
    };
    /// Letters [begin, end) of a form: whoever makes no more errors than the budget leaves one
    /// piece whole.
    struct Piece {
        std::uint32_t form = 0;
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
    };
    struct Sound;
    class Walk;

    void add_form(std::uint32_t phrase, const TolerantPhrase& given, std::string_view language);
    void check(const SearchText& text, const Sound& sound, const Piece& piece, std::size_t end,
               std::vector<TolerantHit>& hits) const;

    std::string language_;
    std::vector<Form> forms_;
    std::vector<std::vector<Piece>> pieces_;  ///< By pattern of the automaton.
    std::unique_ptr<PhraseAutomaton> automaton_;
};

}  // namespace oidor::audit

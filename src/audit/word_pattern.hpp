// A user's regular expression over the text as it is searched: RE2, bounded, whole words.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "audit/scorecard.hpp"
#include "base/result.hpp"

namespace re2 {
class RE2;
}

namespace oidor::audit {

/// One compiled expression. Immutable; safe to use from many threads.
///
/// In folded text it matches whole words within the run of one speaker, and says what it looks for
/// in lower case without accents (ñ stays). Its time grows with the text's size, whatever it says.
class WordPattern {
  public:
    /// Instructions of a compiled expression: bounds the time for each byte of text.
    static constexpr int kProgramMax = 2'000;
    static constexpr std::int64_t kMemoryBytesMax = std::int64_t{1} << 20U;
    /// Longer matches are no words that somebody would point at: they do not count.
    static constexpr std::size_t kMatchBytesMax = 1'000;
    /// How many matches of one text are looked at.
    static constexpr std::size_t kMatchesMax = 500;

    /// Errors: Invalid, saying what is wrong with the expression.
    static Result<WordPattern> compile(std::string_view expression, Matching matching);

    using OnMatch = std::function<void(std::size_t begin, std::size_t end)>;
    /// Calls `on_match` with the bytes of each match, in order, none overlapping. False when there
    /// are more than kMatchesMax: the rest is not looked at.
    bool scan(std::string_view text, const OnMatch& on_match) const;

  private:
    WordPattern(std::shared_ptr<const re2::RE2> compiled, std::size_t border)
        : compiled_(std::move(compiled)), border_(border) {}

    std::shared_ptr<const re2::RE2> compiled_;
    std::size_t border_;  ///< Spaces at each end that belong to the match alone.
};

}  // namespace oidor::audit

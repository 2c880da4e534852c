// A transcript as words, digits and what stands between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "redact/lexicon.hpp"

namespace oidor::redact {

/// What stands between a token and the one before; several may.
enum Gap : std::uint16_t {
    kTight = 0,
    kSpace = 1U << 0U,
    kDashGap = 1U << 1U,
    kDotGap = 1U << 2U,
    kCommaGap = 1U << 3U,
    kSlashGap = 1U << 4U,
    kParenGap = 1U << 5U,
    kUnderGap = 1U << 6U,
    kPlusGap = 1U << 7U,      ///< Last before the token: `+54`.
    kSentenceGap = 1U << 8U,  ///< `. `, `?`, `;`, a line's end.
    kMoneyGap = 1U << 9U,     ///< `$`
    kBreakGap = 1U << 10U,    ///< Whatever no number goes on after: `:`, `%`, quotes.
    kStartGap = 1U << 11U,    ///< A segment's start.
};

enum class TokenKind : std::uint8_t { Word, Digits, Mixed, At };

/// A word, digits or an `@` of a segment, with what stands before it.
struct Token {
    std::uint32_t segment = 0;
    std::uint32_t begin = 0;  ///< Bytes of the segment's text.
    std::uint32_t end = 0;
    std::uint16_t gap = kTight;
    TokenKind kind = TokenKind::Word;
    WordInfo word = {};  ///< Of words; Plain for one that says nothing here.

    [[nodiscard]] bool is_word() const { return kind == TokenKind::Word; }
    [[nodiscard]] bool has(std::uint32_t labels) const { return (word.labels & labels) != 0; }
    /// Nothing but the signs of addresses before it: no space.
    [[nodiscard]] bool is_tight() const {
        return (gap & ~(kDotGap | kDashGap | kUnderGap | kPlusGap)) == 0;
    }
};

/// Appends a segment's tokens. Words of other languages than `languages` (Language) are Plain.
void tokenize(std::string_view text, std::uint32_t segment, std::uint8_t languages,
              std::vector<Token>& tokens);

/// The token's digits as ASCII, whatever digits they are written in; other signs are left out.
std::string digits_of(std::string_view text);

}  // namespace oidor::redact

// The Unicode data behind folding and lower-casing, as folding_table.py wrote it; for this room
// alone.
#pragma once

#include <cstdint>
#include <span>

namespace oidor::audit {

/// What one code point folds to: one to three bytes of UTF-8, never more than it had itself.
struct FoldEntry {
    char32_t code;
    std::uint8_t size_bytes;
    char bytes[4];
};

/// A letter and its lower case.
struct LowerEntry {
    char32_t code;
    char32_t lower;
};

/// Both ends belong to it.
struct CodeRange {
    char32_t first;
    char32_t last;
};

/// Each sorted by code point.
std::span<const FoldEntry> fold_entries();
std::span<const LowerEntry> lower_entries();
std::span<const CodeRange> separator_ranges();  ///< Between words: punctuation, symbols, spaces.
std::span<const CodeRange> mark_ranges();       ///< Accents and the like that follow a letter.
std::span<const CodeRange> ignored_ranges();    ///< Apostrophes, soft hyphens, joiners.
std::span<const CodeRange> break_ranges();      ///< Separators that end a clause.

}  // namespace oidor::audit

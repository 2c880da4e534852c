// Words that follow themselves. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace oidor::speech {

/// How often a phrase must follow itself to be a loop.
struct LoopRules {
    /// Of 1, 2, 3 to 4, 5 to 9, and 10 to 60 words.
    std::array<std::size_t, 5> repeats = {};
    std::size_t repeats_of_numbers = 0;  ///< Where all its words are numbers or single letters.
};

/// Words [first, beyond) that are one phrase, over and over.
struct Loop {
    std::size_t first = 0;
    std::size_t beyond = 0;
    std::size_t phrase_words = 0;
    bool operator==(const Loop&) const = default;
};

/// All loops, by the length of their phrase, then in order. `words` are plain words.
std::vector<Loop> find_loops(std::span<const std::string> words, const LoopRules& rules);

}  // namespace oidor::speech

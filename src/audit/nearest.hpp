// What comes nearest to phrases that were not found: whole and half-matching words, counted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/reading.hpp"

namespace oidor::audit {

/// A near miss: words [first, last] of the folded text, and the phrase.
struct NearMiss {
    std::size_t first_word = 0;
    std::size_t last_word = 0;
    std::size_t phrase = 0;
};

/// The words of a criterion's phrases. Immutable; safe to use from many threads.
class NearIndex {
  public:
    /// How many words of a window are looked at, from the side that the window holds to.
    static constexpr std::size_t kWordsMax = 2'000;

    explicit NearIndex(const std::vector<std::string>& phrases);

    /// The best near miss among the words of `range`; at least half of the phrase's letters must
    /// match. The bound speaker's words and unknown speakers' come first. Nothing when nothing is
    /// near.
    [[nodiscard]] std::optional<NearMiss> find(const Reading& reading, const Range& range,
                                               BoundSpeaker bound, Edge edge) const;

  private:
    struct Entry {
        std::uint64_t hash = 0;
        std::uint32_t phrase = 0;
        std::uint16_t index = 0;
        std::uint16_t credit = 0;
    };
    struct Match {
        std::uint64_t key = 0;  ///< Phrase and where it would start.
        std::uint32_t word = 0;
        std::uint32_t credit = 0;
    };
    void look_up(std::uint64_t hash, std::size_t word, std::vector<Match>& matches) const;

    std::vector<Entry> entries_;  ///< Sorted by hash: whole words, and heads of long ones.
    std::array<std::uint64_t, 64> seen_{};  ///< A bit for each hash's low bits, to skip most words.
    std::vector<std::uint32_t> weights_;    ///< By phrase: the credit of a whole match.
};

}  // namespace oidor::audit

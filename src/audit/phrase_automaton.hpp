// Finds many phrases in one pass (Aho-Corasick): a complete transition table in one array.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oidor::audit {

/// An immutable automaton over byte patterns. Safe to use from many threads.
class PhraseAutomaton {
  public:
    static constexpr std::uint32_t kNone = 0xFFFFFFFF;

    /// `patterns` are distinct and not empty; a hit names the index.
    explicit PhraseAutomaton(const std::vector<std::string>& patterns);

    /// Calls `on_hit(pattern, end)` for each occurrence, ordered by end (one past the last byte),
    /// longest first where several end at once.
    template <typename OnHit>
    void scan(std::string_view text, OnHit&& on_hit) const {
        std::uint32_t entry = 0;
        const auto* table = table_.data();
        for (std::size_t i = 0; i < text.size(); ++i) {
            entry = table[(entry >> 1U) + class_of_[static_cast<std::uint8_t>(text[i])]];
            if ((entry & 1U) != 0) {
                report(entry >> 1U, i + 1, on_hit);
            }
        }
    }

    [[nodiscard]] std::size_t states() const { return pattern_.size(); }

  private:
    template <typename OnHit>
    void report(std::uint32_t row, std::size_t end, OnHit& on_hit) const {
        auto state = row / classes_;
        if (pattern_[state] == kNone) {
            state = shorter_[state];
        }
        for (; state != kNone; state = shorter_[state]) {
            on_hit(pattern_[state], end);
        }
    }

    std::array<std::uint8_t, 256> class_of_{};  ///< 0 for bytes that no pattern has.
    std::uint32_t classes_ = 1;
    /// `row of the next state << 1 | something ends here`, a row of `classes_` entries for each
    /// state.
    std::vector<std::uint32_t> table_;
    std::vector<std::uint32_t> pattern_;  ///< By state: the pattern that ends there, or kNone.
    std::vector<std::uint32_t> shorter_;  ///< By state: the next shorter state with a pattern.
};

}  // namespace oidor::audit

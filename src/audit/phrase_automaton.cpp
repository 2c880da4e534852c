#include "audit/phrase_automaton.hpp"

#include "base/assert.hpp"

namespace oidor::audit {

PhraseAutomaton::PhraseAutomaton(const std::vector<std::string>& patterns) {
    for (const auto& pattern : patterns) {
        for (const char c : pattern) {
            auto& number = class_of_[static_cast<std::uint8_t>(c)];
            if (number == 0) {
                number = static_cast<std::uint8_t>(classes_++);
                ASSERT(classes_ <= 256, "a byte has at most 255 other values");
            }
        }
    }
    // The trie first: rows of state numbers, kNone where there is no child.
    const auto add_state = [this] {
        table_.resize(table_.size() + classes_, kNone);
        pattern_.push_back(kNone);
        shorter_.push_back(kNone);
    };
    add_state();
    for (std::uint32_t i = 0; i < patterns.size(); ++i) {
        ASSERT(!patterns[i].empty(), "a pattern has at least one byte");
        std::uint32_t state = 0;
        for (const char c : patterns[i]) {
            const auto at = state * classes_ + class_of_[static_cast<std::uint8_t>(c)];
            if (table_[at] == kNone) {
                table_[at] = static_cast<std::uint32_t>(pattern_.size());
                add_state();
            }
            state = table_[at];
        }
        ASSERT(pattern_[state] == kNone, "patterns are distinct");
        pattern_[state] = i;
    }
    // Then breadth first: what has no child goes on where the longest proper suffix goes.
    std::vector<std::uint32_t> suffix(pattern_.size(), 0);
    std::vector<std::uint32_t> queue = {0};
    queue.reserve(pattern_.size());
    for (std::size_t head = 0; head < queue.size(); ++head) {
        const auto state = queue[head];
        const auto fall_back = suffix[state] * classes_;
        if (state != 0) {
            shorter_[state] =
                pattern_[suffix[state]] != kNone ? suffix[state] : shorter_[suffix[state]];
        }
        for (std::uint32_t c = 0; c < classes_; ++c) {
            auto& next = table_[state * classes_ + c];
            const auto other = state == 0 ? 0 : table_[fall_back + c];
            if (next == kNone) {
                next = other;
            } else {
                suffix[next] = other;
                queue.push_back(next);
            }
        }
    }
    for (auto& next : table_) {
        const bool ends = pattern_[next] != kNone || shorter_[next] != kNone;
        next = (next * classes_) << 1U | (ends ? 1U : 0U);
    }
}

}  // namespace oidor::audit

#include "speech/loops.hpp"

#include <algorithm>

#include "speech/lexicon.hpp"

namespace oidor::speech {
namespace {

constexpr std::size_t kPhraseWordsMax = 60;

std::size_t length_class(std::size_t phrase_words) {
    if (phrase_words <= 2) {
        return phrase_words - 1;
    }
    if (phrase_words <= 4) {
        return 2;
    }
    return phrase_words <= 9 ? 3 : 4;
}

/// Read out: a digit, a number's word in any language that we know, a letter of a spelling.
bool is_read_out(const std::string& word) {
    return word.size() == 1 || std::ranges::any_of(Lexicon::all(), [&word](const auto& language) {
               return language.second.is_number(word);
           });
}

std::size_t repeats_needed(std::span<const std::string> phrase, const LoopRules& rules) {
    const auto usual = rules.repeats[length_class(phrase.size())];
    const bool numbers = std::ranges::all_of(phrase, is_read_out);
    return numbers ? std::max(usual, rules.repeats_of_numbers) : usual;
}

}  // namespace

std::vector<Loop> find_loops(std::span<const std::string> words, const LoopRules& rules) {
    std::vector<Loop> loops;
    const auto phrase_max = std::min(kPhraseWordsMax, words.size() / 2);
    for (std::size_t phrase = 1; phrase <= phrase_max; ++phrase) {
        std::size_t same = 0;  // How many words in a row are those of one phrase before.
        const auto close = [&](std::size_t beyond) {
            const auto length = same + phrase;
            if (same > 0) {
                const auto first = beyond - length;
                if (length / phrase >= repeats_needed(words.subspan(first, phrase), rules)) {
                    loops.push_back({.first = first, .beyond = beyond, .phrase_words = phrase});
                }
            }
            same = 0;
        };
        for (std::size_t at = phrase; at < words.size(); ++at) {
            if (words[at] == words[at - phrase]) {
                ++same;
            } else {
                close(at);
            }
        }
        close(words.size());
    }
    return loops;
}

}  // namespace oidor::speech

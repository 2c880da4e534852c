#include "speech/plain_words.hpp"

#include <utility>

#include "base/utf8.hpp"

namespace oidor::speech {
namespace {

constexpr char32_t kLatin1First = 0xC0;
/// The letters of U+00C0 to U+00FF without their accents; a space separates.
constexpr std::string_view kLatin1 =
    "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";
static_assert(kLatin1.size() == 64);

constexpr char32_t kLatinAFirst = 0x100;
/// The same of U+0100 to U+017F.
constexpr std::string_view kLatinA =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllllln"
    "nnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kLatinA.size() == 128);

bool is_apostrophe(char32_t point) { return point == '\'' || point == 0x2019 || point == 0x2BC; }

/// A combining accent, as decomposed text has it.
bool is_accent(char32_t point) { return point >= 0x300 && point < 0x370; }

/// General punctuation, symbols and spaces beyond Latin-1.
bool separates(char32_t point) {
    return (point >= 0x2000 && point < 0x2C00) || (point >= 0x3000 && point < 0x3040) ||
           (point >= 0xFF00 && point < 0xFF10) || point == 0xFFFD || point == 0xFEFF;
}

/// The letter or digit as it is compared; a space where words end.
char32_t plain(char32_t point) {
    if (point < 0x80) {
        if (point >= 'A' && point <= 'Z') {
            return point | 0x20U;
        }
        const bool stays = (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9');
        return stays ? point : U' ';
    }
    if (point < kLatin1First) {
        return U' ';
    }
    if (point < kLatinAFirst) {
        return static_cast<unsigned char>(kLatin1[point - kLatin1First]);
    }
    if (point < kLatinAFirst + kLatinA.size()) {
        return static_cast<unsigned char>(kLatinA[point - kLatinAFirst]);
    }
    return separates(point) ? U' ' : point;
}

}  // namespace

std::vector<std::string> plain_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    const auto end_word = [&] {
        if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto point = read_code_point(text, at);
        at += point.size_bytes;
        if (is_apostrophe(point.value) || is_accent(point.value)) {
            continue;
        }
        const auto letter = plain(point.value);
        if (letter == U' ') {
            end_word();
        } else {
            append_utf8(word, letter);
        }
    }
    end_word();
    return words;
}

}  // namespace oidor::speech

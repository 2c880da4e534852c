#include "models/quotes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/utf8.hpp"

namespace oidor::models {
namespace {

/// The letters U+00C0 to U+017F without case and accent, one sign for each; a blank stays as it is.
constexpr std::string_view kLatin =
    "aaaaaa ceeeeiiiidnooooo ouuuuy  aaaaaa ceeeeiiiidnooooo ouuuuy y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii  jjkk lllllll"
    "lllnnnnnn   oooooo  rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
constexpr char32_t kLatinBegin = 0xC0;

bool is_space(char32_t c) {
    return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

/// What nobody sees: joiners, marks of direction, soft hyphens, tags, controls.
bool is_invisible(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x061C || c == 0x180E ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFE00 && c <= 0xFE0F) ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

bool is_mark(char32_t c) { return c >= 0x300 && c <= 0x36F; }

/// The one sign that stands for a code point; 0 where its own bytes do.
char sign_of(char32_t c) {
    if (c < 0x80) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
    }
    if (c >= kLatinBegin && c < kLatinBegin + kLatin.size()) {
        const char letter = kLatin[c - kLatinBegin];
        return letter == ' ' ? '\0' : letter;
    }
    if (c == 0x2018 || c == 0x2019 || c == 0x201A || c == 0xB4) {
        return '\'';
    }
    if ((c >= 0x201C && c <= 0x201F) || c == 0xAB || c == 0xBB) {
        return '"';
    }
    if (c >= 0xFF01 && c <= 0xFF5E) {
        return sign_of(c - 0xFF01 + 0x21);  // The wide forms of ASCII.
    }
    return (c >= 0x2010 && c <= 0x2015) || c == 0x2212 ? '-' : '\0';
}

/// A text as quotes are compared in, and where each of its bytes comes from.
struct Compared {
    std::string bytes = {};
    std::vector<std::size_t> begins = {};  ///< In the original, by byte.
    std::vector<std::size_t> ends = {};

    void push(std::string_view signs, std::size_t begin, std::size_t end) {
        bytes += signs;
        begins.insert(begins.end(), signs.size(), begin);
        ends.insert(ends.end(), signs.size(), end);
    }
};

Compared compare_form(std::string_view text) {
    Compared out;
    std::size_t position = 0;
    while (position < text.size()) {
        const auto point = read_code_point(text, position);
        const auto end = position + point.size_bytes;
        const bool space = is_space(point.value);
        if (space) {
            if (!out.bytes.empty() && out.bytes.back() != ' ') {
                out.push(" ", position, end);
            }
        } else if (is_mark(point.value) || is_invisible(point.value)) {
            if (!out.ends.empty() && is_mark(point.value)) {
                out.ends.back() = end;  // It belongs to the letter before it.
            }
        } else if (point.value == 0x2026) {
            out.push("...", position, end);
        } else if (const char sign = sign_of(point.value); sign != '\0') {
            out.push({&sign, 1}, position, end);
        } else {
            out.push(text.substr(position, point.size_bytes), position, end);
        }
        position = end;
    }
    return out;
}

/// Letters and digits, and whatever is beyond ASCII.
bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (static_cast<unsigned char>(c) >= 0x80);
}

/// Letters of another script that look like Latin ones, within a Latin word, or letters made for
/// formulas: who writes so wants to be read by eyes and not by programs.
bool hides_letters(std::string_view text) {
    bool latin = false;
    bool foreign = false;
    std::size_t position = 0;
    while (position < text.size()) {
        const auto point = read_code_point(text, position);
        position += point.size_bytes;
        const auto c = point.value;
        if (c >= 0x1D400 && c <= 0x1D7FF) {
            return true;
        }
        const bool is_latin = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= kLatinBegin && c < kLatinBegin + kLatin.size());
        const bool is_foreign = c >= 0x370 && c <= 0x58F;  // Greek, Cyrillic, Armenian.
        if (!is_latin && !is_foreign && !is_mark(c) && !is_invisible(c)) {
            latin = false;
            foreign = false;
        }
        latin = latin || is_latin;
        foreign = foreign || is_foreign;
        if (latin && foreign) {
            return true;
        }
    }
    return false;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && !is_word_byte(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && !is_word_byte(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

namespace {

/// Of a word: no sign and no punctuation of any script.
bool is_letter(char32_t c) {
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    const bool punctuation = (c >= 0x2000 && c <= 0x2BFF) || (c >= 0x3000 && c <= 0x303F);
    return c >= kLatinBegin && c != 0xD7 && c != 0xF7 && !punctuation && !is_mark(c) &&
           !is_invisible(c);
}

struct Letters {
    std::size_t letters = 0;
    std::size_t words = 0;
};

Letters count_letters(std::string_view text) {
    Letters count;
    bool inside = false;
    for (std::size_t i = 0; i < text.size();) {
        const auto point = read_code_point(text, i);
        i += point.size_bytes;
        if (is_mark(point.value) || is_invisible(point.value)) {
            continue;
        }
        const bool letter = is_letter(point.value);
        // An ideogram says as much as a few letters.
        const bool dense = point.value >= 0x2E80 && point.value <= 0x9FFF;
        count.letters += letter ? (dense ? 4U : 1U) : 0U;
        count.words += letter && !inside ? 1U : 0U;
        inside = letter;
    }
    return count;
}

}  // namespace

std::optional<QuotePlace> find_quote(std::string_view text, std::string_view quote) {
    const auto wanted_whole = compare_form(quote);
    const auto wanted = trim(wanted_whole.bytes);
    if (std::ranges::count_if(wanted, is_word_byte) < 2) {
        return std::nullopt;
    }
    const auto form = compare_form(text);
    const std::string_view in = form.bytes;
    for (auto at = in.find(wanted); at != std::string_view::npos; at = in.find(wanted, at + 1)) {
        const auto last = at + wanted.size() - 1;
        const bool begins = at == 0 || !is_word_byte(in[at - 1]);
        const bool ends = last + 1 == in.size() || !is_word_byte(in[last + 1]);
        if (begins && ends) {
            return QuotePlace{.begin = form.begins[at], .end = form.ends[last]};
        }
    }
    return std::nullopt;
}

bool is_enough_to_prove(std::string_view text, const QuotePlace& place) {
    constexpr std::size_t kLettersMin = 8;
    constexpr std::size_t kWordsMin = 3;
    constexpr std::size_t kLettersOfWordsMin = 6;
    const auto quoted = count_letters(text.substr(place.begin, place.end - place.begin));
    if (quoted.letters >= kLettersMin ||
        (quoted.words >= kWordsMin && quoted.letters >= kLettersOfWordsMin)) {
        return true;
    }
    return count_letters(text).words == quoted.words;
}

bool speaks_to_the_judge(std::string_view quote) {
    // Compared without accents and case. Each is a word or markup that nobody has a reason to say
    // to the other side of a conversation, or not in these words.
    static constexpr auto kSigns = std::to_array<std::string_view>({"ignora las instruc",
                                                                    "ignora tus instruc",
                                                                    "ignora todas las",
                                                                    "ignore previous",
                                                                    "ignore the instruc",
                                                                    "ignore all previous",
                                                                    "ignore as instruc",
                                                                    "ignore todas as",
                                                                    "ignore your instruc",
                                                                    "instrucciones anter",
                                                                    "previous instruc",
                                                                    "instrucoes anter",
                                                                    "olvida las instruc",
                                                                    "olvida tus instruc",
                                                                    "esqueca as instruc",
                                                                    "disregard the instr",
                                                                    "disregard all",
                                                                    "system prompt",
                                                                    "system:",
                                                                    "###",
                                                                    "assistant:",
                                                                    "<|im",
                                                                    "<|",
                                                                    "|>",
                                                                    "[inst]",
                                                                    "<<sys",
                                                                    "<system",
                                                                    "### ",
                                                                    "tool_call",
                                                                    "function_call",
                                                                    "json",
                                                                    "puntaje maximo",
                                                                    "maxima puntuacion",
                                                                    "nota maxima",
                                                                    "score of 100",
                                                                    "full marks",
                                                                    "modelo de lenguaje",
                                                                    "modelo de linguagem",
                                                                    "language model",
                                                                    "new instructions",
                                                                    "nuevas instruc",
                                                                    "novas instruc",
                                                                    "for the grader",
                                                                    "para el auditor"});
    if (hides_letters(quote)) {
        return true;
    }
    const auto form = compare_form(quote);
    const std::string_view said = form.bytes;
    return std::ranges::any_of(kSigns, [said](std::string_view sign) {
        return said.find(sign) != std::string_view::npos;
    });
}

std::string visible_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    std::size_t position = 0;
    while (position < text.size()) {
        const auto point = read_code_point(text, position);
        if (is_space(point.value)) {
            if (!out.empty() && out.back() != ' ') {
                out += ' ';
            }
        } else if (!is_invisible(point.value)) {
            append_utf8(out, point.value);
        }
        position += point.size_bytes;
    }
    return out;
}

}  // namespace oidor::models

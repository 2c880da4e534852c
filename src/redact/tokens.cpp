#include "redact/tokens.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace oidor::redact {
namespace {

enum class Sign : std::uint8_t { Letter, Digit, Nothing, Gap };

/// One sign of a text: what it is, and as what it is compared.
struct Read {
    Sign sign = Sign::Gap;
    char folded = 0;  ///< Of letters and digits; 0 for one that no word of ours has.
    std::uint16_t gap = kTight;
    std::uint32_t size = 1;
};

constexpr std::uint16_t gap_of(char c) {
    switch (c) {
        case ' ':
        case '\t': return kSpace;
        case '\n':
        case '\r': return kSpace | kSentenceGap;
        case '-': return kDashGap;
        case '.': return kDotGap;
        case ',': return kCommaGap;
        case '/': return kSlashGap;
        case '(':
        case ')': return kParenGap;
        case '_': return kUnderGap;
        case '+': return kPlusGap;
        case '$': return kMoneyGap;
        case '?':
        case '!':
        case ';': return kSentenceGap;
        case '*':
        case '\'':
        case '|': return kSpace;
        default: return kBreakGap;
    }
}

constexpr std::array<Read, 128> make_ascii() {
    std::array<Read, 128> table = {};
    for (int i = 0; i < 128; ++i) {
        const char c = static_cast<char>(i);
        auto& read = table[static_cast<std::size_t>(i)];
        if (c >= '0' && c <= '9') {
            read = {.sign = Sign::Digit, .folded = c};
        } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
            read = {.sign = Sign::Letter, .folded = static_cast<char>(c | 0x20)};
        } else {
            read.gap = gap_of(c);
        }
    }
    return table;
}
constexpr auto kAscii = make_ascii();

constexpr bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// U+00C0 to U+00FF without their accents; a space where it is no letter of Spanish, Portuguese or
/// English.
constexpr std::string_view kLatin =
    "aaaaaa ceeeeiiii nooooo  uuuuy  aaaaaa ceeeeiiii nooooo  uuuuy y";

Read read_wide(char32_t letter, std::uint32_t size) {
    if (letter >= 0xC0 && letter <= 0xFF) {
        const char folded = kLatin[letter - 0xC0];
        return {.sign = Sign::Letter, .folded = folded == ' ' ? '\0' : folded, .size = size};
    }
    // Full-width, Arabic and Persian digits: who writes them means the same number.
    for (const char32_t zero : {U'\uFF10', U'\u0660', U'\u06F0'}) {
        if (letter >= zero && letter < zero + 10) {
            return {.sign = Sign::Digit,
                    .folded = static_cast<char>('0' + static_cast<int>(letter - zero)),
                    .size = size};
        }
    }
    if (letter == 0xA0 || (letter >= 0x2000 && letter <= 0x200A) || letter == 0x202F ||
        letter == 0x3000) {
        return {.sign = Sign::Gap, .gap = kSpace, .size = size};
    }
    if ((letter >= 0x2010 && letter <= 0x2015) || letter == 0x2212) {
        return {.sign = Sign::Gap, .gap = kDashGap, .size = size};
    }
    // Marks over letters, joiners, direction marks, soft hyphens: not there for a reader's eye.
    if ((letter >= 0x300 && letter <= 0x36F) || (letter >= 0x200B && letter <= 0x200F) ||
        (letter >= 0x202A && letter <= 0x202E) || letter == 0xAD || letter == 0xFEFF ||
        letter == 0x2060) {
        return {.sign = Sign::Nothing, .size = size};
    }
    if (letter == 0x2026 || letter == 0xBF || letter == 0xA1) {
        return {.sign = Sign::Gap, .gap = kSentenceGap, .size = size};
    }
    if (letter < 0xC0 || (letter >= 0x2016 && letter <= 0x206F)) {
        return {.sign = Sign::Gap, .gap = kBreakGap, .size = size};
    }
    return {.sign = Sign::Letter, .size = size};
}

Read read_sign(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
        return kAscii[byte];
    }
    const auto point = read_code_point(text, at);
    return read_wide(static_cast<char32_t>(point.value),
                     static_cast<std::uint32_t>(point.size_bytes));
}

/// Makes the tokens of one segment.
class Tokenizer {
  public:
    Tokenizer(std::string_view text, std::uint32_t segment, std::uint8_t languages,
              std::vector<Token>& tokens)
        : text_(text), segment_(segment), languages_(languages), tokens_(tokens) {}

    void run() {
        while (at_ < text_.size()) {
            if (text_[at_] == ' ') {
                take_space();
                continue;
            }
            const auto read = read_sign(text_, at_);
            switch (read.sign) {
                case Sign::Letter:
                case Sign::Digit: take_chunk(); break;
                case Sign::Nothing: at_ += read.size; break;
                case Sign::Gap: take_gap(read); break;
            }
        }
    }

  private:
    void take_gap(const Read& read) {
        if (text_[at_] == '@') {
            push(TokenKind::At, at_, at_ + 1);
            ++at_;
            return;
        }
        // A dot that a space follows ends a sentence; a plus counts only right before its number.
        if ((read.gap & kSpace) != 0 && (gap_ & kDotGap) != 0) {
            gap_ |= kSentenceGap;
        }
        gap_ = static_cast<std::uint16_t>((gap_ & ~kPlusGap) | read.gap);
        at_ += read.size;
    }

    void take_space() {
        gap_ = static_cast<std::uint16_t>((gap_ & ~kPlusGap) | kSpace |
                                          ((gap_ & kDotGap) != 0 ? kSentenceGap : kTight));
        ++at_;
    }

    /// `D.N.I.` as one word: letters with a dot behind each, two at least.
    bool take_acronym() {
        auto end = at_;
        size_ = 0;
        while (end + 1 < text_.size() && is_ascii_letter(text_[end]) && text_[end + 1] == '.' &&
               size_ < kWordSizeMax) {
            word_[size_++] = static_cast<char>(text_[end] | 0x20);
            end += 2;
        }
        if (size_ < 2) {
            return false;
        }
        if (end < text_.size() && is_ascii_letter(text_[end]) &&
            (end + 1 == text_.size() || read_sign(text_, end + 1).sign == Sign::Gap) &&
            size_ < kWordSizeMax) {
            word_[size_++] = static_cast<char>(text_[end] | 0x20);
            ++end;
        } else {
            --end;  // The last dot may end a sentence, too.
        }
        push(TokenKind::Word, at_, end);
        at_ = end;
        return true;
    }

    /// Most of a text: a word of plain letters. False, and nothing taken, where it is more.
    bool take_plain_word() {
        auto end = at_;
        size_ = 0;
        while (end < text_.size()) {
            const auto byte = static_cast<unsigned char>(text_[end]);
            if (byte >= 0x80 || kAscii[byte].sign == Sign::Digit) {
                return false;
            }
            if (kAscii[byte].sign == Sign::Gap) {
                break;
            }
            if (size_ <= kWordSizeMax) {
                word_[std::min(size_, kWordSizeMax)] = kAscii[byte].folded;
                ++size_;
            }
            ++end;
        }
        push(TokenKind::Word, at_, end);
        at_ = end;
        return true;
    }

    /// Letters and digits without anything between them.
    void take_chunk() {
        const bool dotted = at_ + 1 < text_.size() && text_[at_ + 1] == '.';
        if ((dotted && take_acronym()) || take_plain_word()) {
            return;
        }
        const auto begin = at_;
        std::size_t turn = 0;  // Where letters change to digits or back, the first time.
        int turns = 0;
        Sign last = Sign::Nothing;
        const Sign first = read_sign(text_, at_).sign;
        size_ = 0;
        while (at_ < text_.size()) {
            const auto read = read_sign(text_, at_);
            if (read.sign == Sign::Gap) {
                break;
            }
            if (read.sign != Sign::Nothing) {
                if (last != Sign::Nothing && read.sign != last) {
                    turn = turns == 0 ? at_ : turn;
                    ++turns;
                }
                last = read.sign;
                if (turns == 0 && size_ <= kWordSizeMax) {
                    word_[std::min(size_, kWordSizeMax)] = read.folded;
                    ++size_;
                }
            }
            at_ += read.size;
        }
        if (turns == 0) {
            push(first == Sign::Digit ? TokenKind::Digits : TokenKind::Word, begin, at_);
        } else if (turns == 1 && first == Sign::Letter) {
            // `DNI30123456`: the word tells of the number.
            push(TokenKind::Word, begin, turn);
            if (tokens_.back().word.labels == kNothing) {
                tokens_.back().kind = TokenKind::Mixed;
                tokens_.back().end = static_cast<std::uint32_t>(at_);
                return;
            }
            push(TokenKind::Digits, turn, at_);
        } else if (turns == 1 && at_ == turn + 1 && (text_[turn] | 0x20) == 'k') {
            push(TokenKind::Digits, begin, turn);  // A RUT without its dash.
            word_.front() = 'k';
            size_ = 1;
            push(TokenKind::Word, turn, at_);
        } else {
            push(TokenKind::Mixed, begin, at_);
        }
    }

    void push(TokenKind kind, std::size_t begin, std::size_t end) {
        Token token{.segment = segment_,
                    .begin = static_cast<std::uint32_t>(begin),
                    .end = static_cast<std::uint32_t>(end),
                    .gap = gap_,
                    .kind = kind};
        if (kind == TokenKind::Word && size_ <= kWordSizeMax) {
            const auto* found = find_word({word_.data(), size_});
            if (found != nullptr) {
                token.word = *found;
                if ((found->languages & languages_) == 0) {
                    token.word.kind = WordClass::Plain;
                }
            }
        }
        tokens_.push_back(token);
        gap_ = kTight;
    }

    std::string_view text_;
    std::uint32_t segment_;
    std::uint8_t languages_;
    std::vector<Token>& tokens_;
    std::size_t at_ = 0;
    std::uint16_t gap_ = kStartGap;
    std::array<char, kWordSizeMax + 1> word_ = {};
    std::size_t size_ = 0;
};

}  // namespace

void tokenize(std::string_view text, std::uint32_t segment, std::uint8_t languages,
              std::vector<Token>& tokens) {
    Tokenizer(text, segment, languages, tokens).run();
}

std::string digits_of(std::string_view text) {
    std::string digits;
    for (std::size_t i = 0; i < text.size();) {
        const auto read = read_sign(text, i);
        if (read.sign == Sign::Digit) {
            digits.push_back(read.folded);
        }
        i += read.size;
    }
    return digits;
}

}  // namespace oidor::redact

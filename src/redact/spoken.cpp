#include "redact/spoken.hpp"

namespace oidor::redact {
namespace {

using enum WordClass;

constexpr std::uint64_t kThousandth = 1000;
constexpr std::uint64_t kMillionth = 1'000'000;
constexpr std::size_t kThousandZeros = 3;
constexpr std::size_t kMillionZeros = 6;

/// Reads words from the left; what it has read is `at`.
class Reader {
  public:
    Reader(std::span<const Token> tokens, std::string_view text) : tokens_(tokens), text_(text) {}

    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] std::size_t open_zeros() const { return open_zeros_; }

    /// `ciento veintitrés`, `cuarenta y dos`, `siete`: below a thousand.
    std::optional<std::uint64_t> read_group() {
        const auto kind = kind_at(at_);
        if (kind == Hundred) {
            const std::uint64_t hundreds = take();
            const auto before = at_;
            if (kind_at(at_) == And) {
                ++at_;  // Portuguese joins by `e`.
            }
            const auto rest = read_tens();
            at_ = rest ? at_ : before;
            return hundreds + rest.value_or(0);
        }
        if (kind == Cien) {
            return take();
        }
        auto value = read_tens();
        if (value && *value < 10 && kind_at(at_) == Centuple) {
            ++at_;
            const auto before = at_;
            if (kind_at(at_) == And) {
                ++at_;
            }
            const auto rest = read_tens();
            at_ = rest ? at_ : before;
            return *value * 100 + rest.value_or(0);
        }
        return value;
    }

    /// `treinta millones ciento veintitrés mil cuatrocientos cincuenta y seis`.
    std::optional<std::uint64_t> read_cardinal() {
        std::optional<std::uint64_t> value;
        if (kind_at(at_) == WeakUnit && (kind_at(at_ + 1) == Million)) {
            value = take();
        } else if (kind_at(at_) == Thousand) {
            value = 1;
        } else {
            value = read_group();
        }
        if (!value) {
            return std::nullopt;
        }
        if (kind_at(at_) == Thousand) {
            ++at_;
            const auto rest = read_group();
            value = *value * kThousandth + rest.value_or(0);
            open_zeros_ = rest ? 0 : kThousandZeros;
        }
        if (kind_at(at_) == Million) {
            ++at_;
            open_zeros_ = kMillionZeros;
            return *value * kMillionth + read_below_million();
        }
        return value;
    }

    std::optional<Spoken> read_times() {
        const auto times = take();
        std::string digits;
        if (at_ < tokens_.size() && tokens_[at_].kind == TokenKind::Digits && is_joined(at_)) {
            digits =
                digits_of(text_.substr(tokens_[at_].begin, tokens_[at_].end - tokens_[at_].begin));
            ++at_;
        } else if (const auto value = read_tens()) {
            digits = std::to_string(*value);
        }
        if (digits.empty() || digits.size() > 2) {
            return std::nullopt;
        }
        Spoken spoken;
        for (std::uint64_t i = 0; i < times; ++i) {
            spoken.digits += digits;
        }
        spoken.tokens = at_;
        return spoken;
    }

    /// `tres ceros`
    std::optional<Spoken> read_plural() {
        const auto times = tokens_[at_].word.value;
        if (kind_at(at_) != Unit || times < 2 || times > 6 || kind_at(at_ + 1) != Plural) {
            return std::nullopt;
        }
        const auto digit = static_cast<char>('0' + tokens_[at_ + 1].word.value);
        return Spoken{.digits = std::string(times, digit), .tokens = at_ + 2};
    }

  private:
    /// Whether only a space or a dash joins the token to the one before.
    [[nodiscard]] bool is_joined(std::size_t index) const {
        return index == 0 || (tokens_[index].gap & ~(kSpace | kDashGap)) == 0;
    }

    [[nodiscard]] WordClass kind_at(std::size_t index) const {
        return index < tokens_.size() && tokens_[index].is_word() && is_joined(index)
                   ? tokens_[index].word.kind
                   : Plain;
    }

    std::uint64_t take() { return tokens_[at_++].word.value; }

    /// Below a hundred. Spanish and Portuguese join tens and units by a word, English by nothing.
    std::optional<std::uint64_t> read_tens() {
        const auto kind = kind_at(at_);
        const bool counts =
            kind == WeakUnit && (kind_at(at_ + 1) == Thousand || kind_at(at_ + 1) == Million);
        if (kind == Unit || kind == Teen || counts) {
            return take();
        }
        if (kind != Ten) {
            return std::nullopt;
        }
        const bool english = is_english(at_);
        const std::uint64_t tens = take();
        const bool joined = kind_at(at_) == And;
        const auto unit = at_ + (joined ? 1U : 0U);
        if ((joined || english) &&
            (kind_at(unit) == Unit || (joined && kind_at(unit) == WeakUnit)) &&
            tokens_[unit].word.value > 0) {
            at_ = unit;
            return tens + take();
        }
        return tens;
    }

    std::uint64_t read_below_million() {
        const auto before = at_;
        if (kind_at(at_) == And) {
            ++at_;
        }
        auto value = kind_at(at_) == Thousand ? std::optional<std::uint64_t>(1) : read_group();
        if (!value) {
            at_ = before;
            return 0;
        }
        open_zeros_ = 0;
        if (kind_at(at_) == Thousand) {
            ++at_;
            const auto rest = read_group();
            value = *value * kThousandth + rest.value_or(0);
            open_zeros_ = rest ? 0 : kThousandZeros;
        }
        return *value;
    }

    [[nodiscard]] bool is_english(std::size_t index) const {
        // Of the tens, the English ones alone end in ty.
        return text_.substr(0, tokens_[index].end).ends_with("ty");
    }

    std::span<const Token> tokens_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t open_zeros_ = 0;
};

bool is_number(const Token& token) {
    const auto kind = token.word.kind;
    const bool weak = kind == WeakUnit && token.word.languages != kSpanish;
    return token.kind == TokenKind::Digits || kind == Unit || kind == Teen || kind == Ten ||
           kind == Hundred || kind == Times || weak;
}

}  // namespace

std::optional<Spoken> read_spoken(std::span<const Token> tokens, std::string_view text,
                                  bool beside) {
    if (tokens.empty() || !tokens.front().is_word()) {
        return std::nullopt;
    }
    Reader reader(tokens, text);
    switch (tokens.front().word.kind) {
        case Unit:
            if (auto plural = reader.read_plural()) {
                return plural;
            }
            break;
        case Times: return reader.read_times();
        case WeakUnit: {
            if (tokens.size() > 1 && tokens[1].word.kind == Million) {
                break;
            }
            const bool before_number = tokens.size() > 1 && is_number(tokens[1]);
            const bool spanish = tokens.front().word.languages == kSpanish;
            if (!spanish && (beside || before_number)) {
                return Spoken{.digits = std::to_string(tokens.front().word.value), .tokens = 1};
            }
            return std::nullopt;
        }
        case Teen:
        case Ten:
        case Hundred:
        case Cien:
        case Thousand: break;
        default: return std::nullopt;
    }
    const auto value = reader.read_cardinal();
    if (!value) {
        return std::nullopt;
    }
    return Spoken{
        .digits = std::to_string(*value), .tokens = reader.at(), .open_zeros = reader.open_zeros()};
}

}  // namespace oidor::redact

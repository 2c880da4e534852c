#include <string>

#include "base/utf8.hpp"
#include "redact/addresses.hpp"
#include "redact/check_digits.hpp"
#include "redact/surroundings.hpp"

namespace oidor::redact {
namespace {

constexpr std::size_t kJoinedTokensMax = 5;
constexpr std::size_t kSignsMax = 18;

/// Letters in upper case, `#` for Ñ, digits; `?` for what no identifier has.
std::string signs_of(std::string_view text) {
    std::string signs;
    for (std::size_t i = 0; i < text.size() && signs.size() <= kSignsMax;) {
        const auto point = read_code_point(text, i);
        i += point.size_bytes;
        if (point.value < 0x80) {
            const auto c = static_cast<char>(point.value);
            signs.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c);
        } else {
            signs.push_back(point.value == 0xD1 || point.value == 0xF1 ? '#' : '?');
        }
    }
    return signs;
}

/// Joins up to four tokens and looks whether they are one.
class LetteredFinder {
  public:
    LetteredFinder(const Transcript& transcript, const TokenTable& table)
        : transcript_(transcript), table_(table) {}

    std::vector<Found> find() {
        for (std::uint32_t i = 0; i < table_.tokens.size();) {
            i = starts(i) ? look(i) : i + 1;
        }
        return std::move(found_);
    }

  private:
    /// It begins with letters and has a digit soon, or as a CNPJ with letters does.
    [[nodiscard]] bool starts(std::uint32_t i) const {
        const auto& token = table_.tokens[i];
        if (token.kind == TokenKind::Mixed) {
            return true;
        }
        if (i + 1 >= table_.tokens.size()) {
            return false;
        }
        const auto& next = table_.tokens[i + 1];
        const auto size = token.end - token.begin;
        if (token.kind == TokenKind::Digits) {
            return size == 2 && next.gap == kDotGap;
        }
        return token.is_word() && size >= 2 && size <= 5 &&
               (next.kind == TokenKind::Mixed || next.kind == TokenKind::Digits ||
                next.gap == kDotGap);
    }

    /// The token to go on with.
    std::uint32_t look(std::uint32_t first) {
        const auto segment = table_.tokens[first].segment;
        const auto& text = transcript_.segments[segment].text;
        std::string signs;
        for (auto last = first;
             last < table_.begins[segment + 1] && last - first < kJoinedTokensMax; ++last) {
            const auto& token = table_.tokens[last];
            if (last > first && (token.gap & ~(kSpace | kDashGap | kDotGap | kSlashGap)) != 0) {
                break;
            }
            signs += signs_of(std::string_view(text).substr(token.begin, token.end - token.begin));
            if (signs.size() > kSignsMax) {
                break;
            }
            if (take(signs, first, last)) {
                return last + 1;
            }
        }
        return first + 1;
    }

    bool take(const std::string& signs, std::uint32_t first, std::uint32_t last) {
        if (is_lettered_cnpj(signs)) {
            found_.push_back(
                {.kind = Kind::Cnpj, .sure = Sure::Certain, .tokens = {{first, last}}});
            return true;
        }
        const bool curp = has_curp_form(signs);
        if (!curp && !has_rfc_form(signs)) {
            return false;
        }
        const bool holds = curp ? has_curp_check(signs) : has_rfc_check(signs);
        const auto labels = labels_around(table_, first, last);
        if (!holds && (labels & (kCurp | kRfc)) == 0) {
            return false;
        }
        // The form leaves little doubt; only its last sign was misheard or mistyped.
        found_.push_back({.kind = curp ? Kind::Curp : Kind::Rfc,
                          .sure = holds ? Sure::Certain : Sure::Possible,
                          .tokens = {{first, last}}});
        return true;
    }

    const Transcript& transcript_;
    const TokenTable& table_;
    std::vector<Found> found_ = {};
};

}  // namespace

std::vector<Found> find_lettered(const Transcript& transcript, const TokenTable& table) {
    return LetteredFinder(transcript, table).find();
}

}  // namespace oidor::redact

#include <algorithm>
#include <optional>

#include "redact/addresses.hpp"

namespace oidor::redact {
namespace {

/// Of one address, to either side of its `@`.
constexpr std::uint32_t kTokensMax = 16;
/// How far before the spoken name `mi correo es` may stand.
constexpr std::uint32_t kNameWordsMax = 8;

class EmailFinder {
  public:
    explicit EmailFinder(const TokenTable& table) : table_(table) {}

    std::vector<Found> find() {
        for (std::uint32_t i = 0; i < table_.tokens.size(); ++i) {
            if (is_at(i)) {
                take(i);
            }
        }
        return std::move(found_);
    }

  private:
    [[nodiscard]] const Token& token(std::uint32_t i) const { return table_.tokens[i]; }
    [[nodiscard]] WordClass kind(std::uint32_t i) const { return token(i).word.kind; }
    [[nodiscard]] bool is_at(std::uint32_t i) const {
        return token(i).kind == TokenKind::At || kind(i) == WordClass::At;
    }
    /// A word that stands for a sign of an address.
    [[nodiscard]] bool is_sign(std::uint32_t i) const {
        return kind(i) == WordClass::Dot || kind(i) == WordClass::Dash;
    }
    [[nodiscard]] bool is_number(std::uint32_t i) const {
        using enum WordClass;
        return token(i).kind == TokenKind::Digits || kind(i) == Unit || kind(i) == Teen ||
               kind(i) == Ten || kind(i) == Hundred || kind(i) == Times || kind(i) == Thousand;
    }
    [[nodiscard]] bool is_letter(std::uint32_t i) const {
        return kind(i) == WordClass::Letter || token(i).end - token(i).begin == 1;
    }
    /// Nothing but a space before it.
    [[nodiscard]] bool is_near(std::uint32_t i) const {
        return (token(i).gap & ~(kSpace | kDotGap | kDashGap | kUnderGap | kPlusGap)) == 0;
    }

    void take(std::uint32_t at) {
        const auto begin = table_.begins[token(at).segment];
        const auto end = table_.begins[token(at).segment + 1];
        if (at == begin || at + 1 == end || is_at(at - 1) || is_at(at + 1) ||
            (token(at).gap & kBreakGap) != 0) {
            return;
        }
        const auto last = find_domain_end(at, std::min(end, at + 1 + kTokensMax));
        if (!last) {
            return;
        }
        const auto first =
            find_name_begin(at, std::max(begin, at > kTokensMax ? at - kTokensMax : 0));
        found_.push_back({.kind = Kind::Email, .sure = Sure::Certain, .tokens = {{first, *last}}});
    }

    /// The last token of the domain; nothing where none follows.
    [[nodiscard]] std::optional<std::uint32_t> find_domain_end(std::uint32_t at,
                                                               std::uint32_t end) const {
        auto last = at + 1;
        if (!is_near(last) || is_sign(last)) {
            return std::nullopt;
        }
        bool dotted = token(last).has(kProvider);
        for (auto next = last + 1; next < end && is_near(next);) {
            const bool spoken = is_sign(next) && next + 1 < end && is_near(next + 1);
            if (!token(next).is_tight() && !spoken) {
                break;
            }
            dotted = dotted ||
                     (spoken ? kind(next) == WordClass::Dot : (token(next).gap & kDotGap) != 0);
            last = spoken ? next + 1 : next;
            next = last + 1;
        }
        return dotted ? std::optional(last) : std::nullopt;
    }

    /// The first token of what stands before the `@`.
    [[nodiscard]] std::uint32_t find_name_begin(std::uint32_t at, std::uint32_t begin) const {
        auto first = at - 1;
        const bool written = token(at).kind == TokenKind::At && token(at).is_tight();
        while (first > begin) {
            const bool tight = token(first).is_tight();
            const bool spoken =
                !written && is_near(first) &&
                (is_sign(first) || is_sign(first - 1) ||
                 ((is_number(first) || is_letter(first)) &&
                  (is_number(first - 1) || is_letter(first - 1) || is_word_of_name(first - 1))));
            if (!tight && !spoken) {
                break;
            }
            --first;
        }
        return written ? first : std::min(first, find_told_begin(first, begin));
    }

    /// A word before spelt letters or digits that is part of the name: `juan 23`.
    [[nodiscard]] bool is_word_of_name(std::uint32_t i) const {
        return token(i).is_word() && kind(i) == WordClass::Plain &&
               token(i).word.labels == kNothing;
    }

    /// Of `mi correo es juan perez arroba …` all behind `es` is the name.
    [[nodiscard]] std::uint32_t find_told_begin(std::uint32_t first, std::uint32_t begin) const {
        auto candidate = first;
        for (auto i = first; i > begin && first - i < kNameWordsMax; --i) {
            if (!is_near(i)) {
                break;
            }
            if (token(i - 1).has(kIs | kEmail)) {
                // `es` says it of an address only where one was named before.
                const auto from = i - 1 > begin + 4 ? i - 5 : begin;
                for (auto word = from; word < i; ++word) {
                    if (token(word).has(kEmail)) {
                        candidate = i;
                    }
                }
                break;
            }
        }
        return candidate;
    }

    const TokenTable& table_;
    std::vector<Found> found_ = {};
};

}  // namespace

std::vector<Found> find_emails(const TokenTable& table) { return EmailFinder(table).find(); }

}  // namespace oidor::redact

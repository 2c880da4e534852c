#include <algorithm>
#include <optional>

#include "redact/addresses.hpp"

namespace oidor::redact {
namespace {

/// Of one address, to either side of its `@`.
constexpr std::uint32_t kSideTokensMax = 16;
/// How far before the spoken name `mi correo es` may stand.
constexpr std::uint32_t kNameWordsMax = 8;
/// Segments back to the name, the other speaker's between.
constexpr std::uint32_t kSegmentsBack = 3;

class EmailFinder {
  public:
    EmailFinder(const Transcript& transcript, const TokenTable& table)
        : transcript_(transcript), table_(table) {}

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

    /// Said beside an address and not of it: `eh`, `después`.
    [[nodiscard]] bool is_said_beside(std::uint32_t i) const {
        const auto what = kind(i);
        return what == WordClass::Filler || what == WordClass::Ends || what == WordClass::Ack;
    }

    /// A comma or a space: people pause.
    [[nodiscard]] bool is_near_said(std::uint32_t i) const {
        return is_near(i) || (token(i).gap & ~(kSpace | kCommaGap | kDotGap | kSentenceGap)) == 0;
    }

    void take(std::uint32_t at) {
        const auto begin = table_.begins[token(at).segment];
        const auto end = table_.begins[token(at).segment + 1];
        const bool said = token(at).is_word();
        auto domain = at + 1;
        while (said && domain < end && domain <= at + 2 && is_said_beside(domain)) {
            ++domain;
        }
        if (domain >= end || is_at(domain) || (token(at).gap & kBreakGap) != 0 ||
            !(is_near(domain) || (said && is_near_said(domain)))) {
            return;
        }
        const auto last = find_domain_end(domain, std::min(end, domain + kSideTokensMax));
        if (!last) {
            return;
        }
        auto name = at;
        while (said && name > begin && is_said_beside(name - 1)) {
            --name;
        }
        if (name == begin) {
            take_split(begin, *last);
            return;
        }
        if (is_at(name - 1)) {
            return;
        }
        const auto first = find_name_begin(
            at, name - 1, std::max(begin, name > kSideTokensMax ? name - kSideTokensMax : 0));
        found_.push_back({.kind = Kind::Email, .sure = Sure::Certain, .tokens = {{first, *last}}});
    }

    /// The name was said in the speaker's segment before: `mi correo es ana paz` / `arroba …`.
    void take_split(std::uint32_t begin, std::uint32_t last) {
        const auto segment = token(begin).segment;
        const auto speaker = transcript_.segments[segment].speaker;
        for (auto before = segment; before-- > 0 && segment - before <= kSegmentsBack;) {
            const auto from = table_.begins[before];
            const auto to = table_.begins[before + 1];
            if (transcript_.segments[before].speaker != speaker || from == to) {
                continue;
            }
            const auto first = find_name_begin(
                begin, to - 1, std::max(from, to > kSideTokensMax ? to - kSideTokensMax : 0));
            found_.push_back({.kind = Kind::Email,
                              .sure = Sure::Certain,
                              .tokens = {{first, to - 1}, {begin, last}}});
            return;
        }
    }

    /// The last token of the domain that begins at `last`; nothing where it is none.
    [[nodiscard]] std::optional<std::uint32_t> find_domain_end(std::uint32_t last,
                                                               std::uint32_t end) const {
        if (is_sign(last)) {
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

    /// The first token of the name that stands before the `@` and ends with `first`.
    [[nodiscard]] std::uint32_t find_name_begin(std::uint32_t at, std::uint32_t first,
                                                std::uint32_t begin) const {
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

    const Transcript& transcript_;
    const TokenTable& table_;
    std::vector<Found> found_ = {};
};

}  // namespace

std::vector<Found> find_emails(const Transcript& transcript, const TokenTable& table) {
    return EmailFinder(transcript, table).find();
}

}  // namespace oidor::redact

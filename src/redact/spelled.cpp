#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "redact/addresses.hpp"
#include "redact/check_digits.hpp"
#include "redact/spoken.hpp"

namespace oidor::redact {
namespace {

/// How far behind the word that names it a dictation is looked for.
constexpr std::uint32_t kSpeltTokensMax = 90;
constexpr std::uint32_t kSegmentsMax = 8;
/// Of the other speaker's, between two parts.
constexpr std::uint32_t kPromptTokensMax = 8;
constexpr std::size_t kSpeltMax = 18;
constexpr std::size_t kSpeltMin = 12;

constexpr std::array<std::pair<std::string_view, char>, 30> kLetterNames = {{
    {"be", 'B'},   {"ce", 'C'}, {"de", 'D'},    {"efe", 'F'}, {"ge", 'G'},   {"hache", 'H'},
    {"jota", 'J'}, {"ka", 'K'}, {"ele", 'L'},   {"eme", 'M'}, {"ene", 'N'},  {"e\u00f1e", '#'},
    {"pe", 'P'},   {"cu", 'Q'}, {"erre", 'R'},  {"ere", 'R'}, {"ese", 'S'},  {"te", 'T'},
    {"uve", 'V'},  {"ve", 'V'}, {"equis", 'X'}, {"ye", 'Y'},  {"zeta", 'Z'}, {"ceta", 'Z'},
    {"a", 'A'},    {"e", 'E'},  {"i", 'I'},     {"o", 'O'},   {"u", 'U'},    {"k", 'K'},
}};

/// A part of a dictation: what it stands for, and its tokens.
struct Piece {
    std::string signs = {};
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

std::string to_lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return out;
}

bool is_upper(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

class SpelledFinder {
  public:
    SpelledFinder(const Transcript& transcript, const TokenTable& table)
        : transcript_(transcript), table_(table) {}

    std::vector<Found> find() {
        std::uint32_t done = 0;
        for (std::uint32_t i = 0; i < table_.tokens.size(); ++i) {
            if (i >= done && table_.tokens[i].has(kCurp | kRfc | kCnpj)) {
                done = look_behind(i);
            }
        }
        return std::move(found_);
    }

  private:
    [[nodiscard]] std::string_view text_of(std::uint32_t i) const {
        const auto& token = table_.tokens[i];
        return std::string_view(transcript_.segments[token.segment].text)
            .substr(token.begin, token.end - token.begin);
    }

    /// Reads what is dictated behind a label, and gives the token to go on with.
    std::uint32_t look_behind(std::uint32_t label) {
        pieces_.clear();
        // An RFC is the head of a CURP.
        curp_ = table_.tokens[label].has(kCurp);
        cnpj_ = table_.tokens[label].has(kCnpj);
        std::optional<Speaker> speaker;
        const auto first = table_.tokens[label].segment;
        auto i = label + 1;
        while (i < table_.tokens.size() && i < label + kSpeltTokensMax &&
               table_.tokens[i].segment - first <= kSegmentsMax) {
            const auto segment = table_.tokens[i].segment;
            const auto end = table_.begins[segment + 1];
            if (speaker && transcript_.segments[segment].speaker != *speaker) {
                if (end - i > kPromptTokensMax) {
                    break;
                }
                i = end;
                continue;
            }
            auto piece = read_piece(i, end);
            if (!piece) {
                ++i;
                continue;
            }
            speaker = transcript_.segments[segment].speaker;
            i = piece->last + 1;
            pieces_.push_back(*std::move(piece));
            if (take_best()) {
                return i;
            }
        }
        return label + 1;
    }

    /// Letters and digits that stand at a token; nothing for a word that is neither.
    [[nodiscard]] std::optional<Piece> read_piece(std::uint32_t i, std::uint32_t end) const {
        const auto& token = table_.tokens[i];
        const auto text = text_of(i);
        if (token.kind == TokenKind::Digits) {
            return Piece{.signs = digits_of(text), .first = i, .last = i};
        }
        if (token.kind == TokenKind::Mixed || (text.size() <= 4 && is_upper(text))) {
            return is_upper(text) ? std::optional(Piece{std::string(text), i, i}) : std::nullopt;
        }
        const auto word = to_lower(text);
        const auto next = i + 1 < end ? to_lower(text_of(i + 1)) : std::string();
        if (next == "griega" && word == "i") {
            return Piece{.signs = "Y", .first = i, .last = i + 1};
        }
        if ((word == "doble" && (next == "ve" || next == "u" || next == "uve")) ||
            (word == "uve" && next == "doble")) {
            return Piece{.signs = "W", .first = i, .last = i + 1};
        }
        const auto spoken = read_spoken(std::span(table_.tokens).subspan(i, end - i),
                                        transcript_.segments[token.segment].text, !pieces_.empty());
        if (spoken) {
            return Piece{.signs = spoken->digits,
                         .first = i,
                         .last = i + static_cast<std::uint32_t>(spoken->tokens) - 1};
        }
        const auto* const named =
            std::ranges::find(kLetterNames, word, &std::pair<std::string_view, char>::first);
        return named != kLetterNames.end()
                   ? std::optional(Piece{std::string(1, named->second), i, i})
                   : std::nullopt;
    }

    /// Whether the pieces so far end with an identifier: then it is taken.
    bool take_best() {
        std::string signs;
        for (std::size_t count = 1; count <= pieces_.size(); ++count) {
            const auto from = pieces_.size() - count;
            signs.insert(0, pieces_[from].signs);
            if (signs.size() > kSpeltMax) {
                break;
            }
            if (cnpj_   ? is_lettered_cnpj(signs)
                : curp_ ? has_curp_form(signs)
                        : signs.size() >= kSpeltMin && has_rfc_check(signs)) {
                take(from, signs);
                return true;
            }
        }
        return false;
    }

    void take(std::size_t from, const std::string& signs) {
        const bool curp = curp_ && !cnpj_;
        Found found{.kind = cnpj_  ? Kind::Cnpj
                            : curp ? Kind::Curp
                                   : Kind::Rfc,
                    .sure = !curp || has_curp_check(signs) ? Sure::Certain : Sure::Possible};
        for (auto i = from; i < pieces_.size(); ++i) {
            const auto segment = table_.tokens[pieces_[i].first].segment;
            if (found.tokens.empty() ||
                table_.tokens[found.tokens.back().first].segment != segment) {
                found.tokens.emplace_back(pieces_[i].first, pieces_[i].last);
            } else {
                found.tokens.back().second = pieces_[i].last;
            }
        }
        found_.push_back(std::move(found));
    }

    const Transcript& transcript_;
    const TokenTable& table_;
    std::vector<Piece> pieces_ = {};
    bool curp_ = false;  ///< A CURP was named, not an RFC.
    bool cnpj_ = false;
    std::vector<Found> found_ = {};
};

}  // namespace

std::vector<Found> find_spelled(const Transcript& transcript, const TokenTable& table) {
    return SpelledFinder(transcript, table).find();
}

}  // namespace oidor::redact

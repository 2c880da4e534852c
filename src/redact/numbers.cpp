#include "redact/numbers.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "redact/rules.hpp"
#include "redact/surroundings.hpp"

namespace oidor::redact {
namespace {

constexpr std::size_t kDigitsMax = 22;
constexpr std::size_t kDigitsMin = 3;
/// A group of written digits this long stands by itself.
constexpr std::size_t kOwnGroup = 3;
/// What may stand at the ends of a spoken number that its check digits prove.
constexpr std::size_t kStrayMax = 2;
constexpr std::size_t kProven = 11;
/// A number said again is known by so many digits.
constexpr std::size_t kRepeatMin = 6;
/// A piece that the other one repeats while it is dictated.
constexpr std::size_t kEchoMin = 2;
constexpr std::size_t kShapeAtomsMax = 8;
/// People dictate so many digits at a time.
constexpr std::size_t kDictatedMax = 4;
/// Of a part of a number that is said again; the whole may be shorter.
constexpr std::size_t kPartMin = 8;
/// Bounds of what is kept for repeats: a conversation has a handful of identifiers.
constexpr std::size_t kKnownMax = 10'000;
constexpr std::size_t kSpreadMax = 64;

/// Atoms `first` to `last` of a run, judged.
struct Match {
    std::size_t run = 0;
    std::size_t first = 0;
    std::size_t last = 0;
    std::string digits = {};
    Verdict verdict = {};

    /// The surest first, then the longest.
    [[nodiscard]] long score() const {
        return verdict.weight / 1000 * 100'000L + static_cast<long>(digits.size()) * 100 +
               verdict.weight % 1000;
    }
};

class NumberFinder {
  public:
    NumberFinder(const TokenTable& table, const std::vector<Run>& runs, const Options& options)
        : table_(table), runs_(runs), options_(options) {}

    std::vector<Found> find() {
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            look_through(i);
        }
        std::ranges::stable_sort(matches_, std::ranges::greater(), &Match::score);
        for (const auto& run : runs_) {
            taken_.emplace_back(run.atoms.size(), false);
        }
        for (const auto& match : matches_) {
            take(match);
        }
        take_repeats();
        return std::move(found_);
    }

  private:
    static bool is_group(const Atom& atom) {
        return atom.written && atom.digits.size() >= kOwnGroup;
    }
    /// Joined to the one before by a sign without a space: `12.345`.
    static bool is_joined(const Atom& atom) {
        return (atom.gap & (kSpace | kStartGap | kSentenceGap)) == 0 && atom.written;
    }
    /// Whether a number may begin at this atom of the run, whatever stands before it.
    static bool begins(const std::vector<Atom>& atoms, std::size_t i) {
        return i == 0 || (!is_joined(atoms[i]) &&
                          (atoms[i].apart || is_group(atoms[i]) || is_group(atoms[i - 1])));
    }
    static bool ends(const std::vector<Atom>& atoms, std::size_t i) {
        return i + 1 == atoms.size() || begins(atoms, i + 1);
    }

    void look_through(std::size_t run) {
        const auto& atoms = runs_[run].atoms;
        for (std::size_t first = 0; first < atoms.size(); ++first) {
            const bool begin = begins(atoms, first);
            if (!begin && first > kStrayMax) {
                continue;
            }
            std::string digits;
            for (std::size_t last = first; last < atoms.size(); ++last) {
                digits += atoms[last].digits;
                if (digits.size() > kDigitsMax) {
                    break;
                }
                const auto stray = first + atoms.size() - 1 - last;
                const bool whole = begin && ends(atoms, last);
                const bool nearly = stray <= kStrayMax && digits.size() >= kProven;
                if (digits.size() >= kDigitsMin && (whole || nearly)) {
                    weigh({.run = run, .first = first, .last = last, .digits = digits}, whole);
                }
            }
        }
    }

    void weigh(Match match, bool whole) {
        const auto& atoms = runs_[match.run].atoms;
        const auto first = atoms[match.first].first;
        const auto last = atoms[match.last].last;
        Candidate candidate{.digits = match.digits};
        if (!describe(match, candidate)) {
            return;
        }
        candidate.labels = labels_around(table_, first, last);
        candidate.money = is_money(table_, first, last);
        candidate.other = is_of_another_thing(table_, first);
        const auto verdict = judge(candidate, options_.country);
        if (!verdict || (!whole && verdict->sure != Sure::Certain)) {
            return;
        }
        match.verdict = *verdict;
        matches_.push_back(std::move(match));
    }

    /// How the number is written. False when it cannot be one.
    [[nodiscard]] bool describe(const Match& match, Candidate& candidate) const {
        const auto& atoms = runs_[match.run].atoms;
        const auto size = match.last - match.first + 1;
        bool written = size <= kShapeAtomsMax;
        candidate.plus = (atoms[match.first].gap & kPlusGap) != 0;
        candidate.plus_said = is_plus_said(atoms[match.first]);
        for (std::size_t i = match.first; i <= match.last; ++i) {
            const auto& atom = atoms[i];
            written = written && atom.written;
            if (i == match.first) {
                continue;
            }
            if ((atom.gap & kSlashGap) != 0) {
                candidate.date = true;
            }
            // Two long numbers in a list are two numbers; four digits a time are dictated.
            candidate.loose = candidate.loose ||
                              (atom.apart && std::max(atom.digits.size(),
                                                      atoms[i - 1].digits.size()) > kDictatedMax);
            if (atom.digits == "K" && i != match.last) {
                return false;
            }
        }
        if (written && size > 1) {
            candidate.shape = shape_of(match);
            candidate.date = candidate.date || is_date(candidate.shape, match.digits);
        }
        return atoms[match.first].digits != "K";
    }

    /// `28-10-2008`, `2008.10.28`.
    static bool is_date(std::string_view shape, std::string_view digits) {
        const bool year_last = shape == "2-2-4" || shape == "2.2.4";
        const bool year_first = shape == "4-2-2" || shape == "4.2.2";
        if (!year_last && !year_first) {
            return false;
        }
        const auto number = [digits](std::size_t at, std::size_t size) {
            int value = 0;
            for (const char c : digits.substr(at, size)) {
                value = value * 10 + (c - '0');
            }
            return value;
        };
        const int year = number(year_last ? 4 : 0, 4);
        const int one = number(year_last ? 0 : 4, 2);
        const int other = number(year_last ? 2 : 6, 2);
        return year >= 1900 && year < 2100 && std::min(one, other) >= 1 &&
               std::min(one, other) <= 12 && std::max(one, other) <= 31;
    }

    [[nodiscard]] std::string shape_of(const Match& match) const {
        const auto& atoms = runs_[match.run].atoms;
        std::string shape;
        for (std::size_t i = match.first; i <= match.last; ++i) {
            const auto gap = atoms[i].gap;
            if (i > match.first) {
                shape += (gap & kDashGap) != 0  ? '-'
                         : (gap & kDotGap) != 0 ? '.'
                         : (gap & kSpace) != 0  ? ' '
                         : gap == kTight        ? '-'
                                                : ',';
            } else if ((gap & kParenGap) != 0 && atoms[i].digits.size() <= 4) {
                shape += '(';
            }
            shape += std::to_string(atoms[i].digits.size());
        }
        return shape;
    }

    [[nodiscard]] bool is_plus_said(const Atom& atom) const {
        return atom.first > 0 && table_.tokens[atom.first - 1].word.kind == WordClass::Plus &&
               table_.tokens[atom.first - 1].segment == table_.tokens[atom.first].segment;
    }

    [[nodiscard]] bool is_free(const Match& match) const {
        for (std::size_t i = match.first; i <= match.last; ++i) {
            if (taken_[match.run][i]) {
                return false;
            }
        }
        return true;
    }

    void take(const Match& match) {
        if (!is_free(match)) {
            return;
        }
        Found found{.kind = match.verdict.kind, .sure = match.verdict.sure};
        const auto& atoms = runs_[match.run].atoms;
        for (std::size_t i = match.first; i <= match.last; ++i) {
            taken_[match.run][i] = true;
            const auto segment = table_.tokens[atoms[i].first].segment;
            if (found.tokens.empty() ||
                table_.tokens[found.tokens.back().first].segment != segment) {
                found.tokens.emplace_back(atoms[i].first, atoms[i].last);
            } else {
                found.tokens.back().second = atoms[i].last;
            }
        }
        remember(match);
        found_.push_back(std::move(found));
    }

    void remember(const Match& match) {
        if (match.digits.size() < kRepeatMin) {
            return;
        }
        for (std::size_t at = 0; at + kPartMin <= match.digits.size() && known_.size() < kKnownMax;
             ++at) {
            for (auto size = kPartMin; at + size <= match.digits.size(); ++size) {
                known_.emplace(match.digits.substr(at, size), match.verdict.kind);
            }
        }
        known_.emplace(match.digits, match.verdict.kind);
        const auto& atoms = runs_[match.run].atoms;
        const auto from = table_.tokens[atoms[match.first].first].segment;
        const auto to = table_.tokens[atoms[match.last].first].segment;
        if (from != to && spread_.size() < kSpreadMax) {
            spread_.push_back(
                {.from = from, .to = to, .digits = match.digits, .kind = match.verdict.kind});
        }
    }

    /// What was found once is masked wherever its digits are said again, and so are the pieces that
    /// the other one repeats while a number is dictated.
    void take_repeats() {
        if (known_.empty()) {
            return;
        }
        for (std::size_t run = 0; run < runs_.size(); ++run) {
            const auto& atoms = runs_[run].atoms;
            for (std::size_t first = 0; first < atoms.size(); ++first) {
                take_repeat(run, first);
            }
            take_echo(run);
        }
    }

    void take_repeat(std::size_t run, std::size_t first) {
        const auto& atoms = runs_[run].atoms;
        Match longest{.run = run, .first = first, .last = first};
        std::string digits;
        for (auto last = first; last < atoms.size() && !taken_[run][last]; ++last) {
            digits += atoms[last].digits;
            if (digits.size() > kDigitsMax) {
                break;
            }
            if (const auto known = known_.find(digits); known != known_.end()) {
                longest.last = last;
                longest.digits = digits;
                longest.verdict = {.kind = known->second, .sure = Sure::Likely};
            }
        }
        if (!longest.digits.empty() &&
            !is_money(table_, atoms[first].first, atoms[longest.last].last)) {
            take_quietly(longest);
        }
    }

    void take_echo(std::size_t run) {
        const auto& atoms = runs_[run].atoms;
        for (std::size_t first = 0; first < atoms.size();) {
            const auto segment = table_.tokens[atoms[first].first].segment;
            std::string digits;
            auto next = first;
            while (next < atoms.size() && !taken_[run][next] &&
                   table_.tokens[atoms[next].first].segment == segment) {
                digits += atoms[next].digits;
                ++next;
            }
            for (const auto& spread : spread_) {
                if (segment > spread.from && segment < spread.to && digits.size() >= kEchoMin &&
                    spread.digits.contains(digits)) {
                    take_quietly({.run = run,
                                  .first = first,
                                  .last = next - 1,
                                  .digits = {},
                                  .verdict = {.kind = spread.kind, .sure = Sure::Likely}});
                    break;
                }
            }
            first = std::max(next, first + 1);
        }
    }

    /// As `take`, but what is repeated teaches nothing new.
    void take_quietly(const Match& match) {
        auto plain = match;
        plain.digits.clear();  // Nothing to remember.
        take(plain);
    }

    struct Spread {
        std::uint32_t from = 0;
        std::uint32_t to = 0;
        std::string digits = {};
        Kind kind = Kind::Card;
    };

    const TokenTable& table_;
    const std::vector<Run>& runs_;
    const Options& options_;
    std::vector<Match> matches_ = {};
    std::vector<std::vector<bool>> taken_ = {};
    std::unordered_map<std::string, Kind> known_ = {};
    std::vector<Spread> spread_ = {};
    std::vector<Found> found_ = {};
};

}  // namespace

std::vector<Found> find_numbers(const TokenTable& table, const std::vector<Run>& runs,
                                const Options& options) {
    return NumberFinder(table, runs, options).find();
}

}  // namespace oidor::redact

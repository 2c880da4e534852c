#include "proving/lint.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "audit/folding.hpp"
#include "audit/phrase_automaton.hpp"
#include "base/utf8.hpp"
#include "proving/source_map.hpp"

namespace oidor::proving {
namespace {

using audit::BoundSpeaker;
using audit::Criterion;
using audit::Matching;
using audit::Need;

constexpr std::array<std::string_view, 15> kRuleNames = {
    "longer_than_window",
    "decomposed_accents",
    "odd_spaces",
    "lost_signs",
    "accented_without_effect",
    "contradiction",
    "too_short",
    "only_stop_words",
    "cannot_fail",
    "cannot_pass",
    "band_never_applies",
    "weighs_nothing",
    "review_never_asked",
    "shadowed",
    "duplicate",
};

/// Words that say nothing by themselves, folded, in the three languages.
constexpr std::array<std::string_view, 78> kStopWords = {
    "a",   "al",   "and",  "as",   "at",  "be",   "but",  "by",  "com", "como", "con", "da",  "das",
    "de",  "del",  "do",   "dos",  "e",   "el",   "ella", "em",  "en",  "era",  "es",  "esa", "ese",
    "eso", "esta", "este", "esto", "for", "ha",   "he",   "i",   "if",  "in",   "is",  "it",  "la",
    "las", "le",   "les",  "lo",   "los", "mas",  "me",   "mi",  "mis", "muy",  "na",  "no",  "nos",
    "o",   "of",   "on",   "or",   "os",  "para", "pero", "por", "que", "se",   "si",  "so",  "su",
    "sus", "te",   "that", "the",  "to",  "tu",   "um",   "uma", "un",  "una",  "y",   "ya",  "you",
};

/// Signs that folding takes away although somebody may have meant them.
constexpr std::string_view kMeantSigns = "%$+@#&/*=<>|\\^~_";

constexpr std::size_t kShortLetters = 3;

/// What the author wrote here; phrases of packs are their own authors' affair.
std::span<const std::string> own_phrases(const Criterion& criterion) {
    return {criterion.phrases.data(), criterion.own.phrases};
}

/// Phrases that are looked for in other phrases, all in one pass, whatever their number; in several
/// where they are very many.
class PhraseIndex {
  public:
    /// `texts`: as they are searched, borders included; `owner`: whatever the caller names them by.
    void add(std::string text, std::size_t owner) { owners_[std::move(text)].push_back(owner); }

    void close() {
        Part part;
        std::vector<std::string> patterns;
        std::size_t bytes = 0;
        for (const auto& [text, owners] : owners_) {
            patterns.push_back(text);
            part.owners.push_back(&owners);
            bytes += text.size();
            if (bytes >= kPartBytesMax) {
                part.automaton.emplace(patterns);
                parts_.push_back(std::exchange(part, {}));
                patterns.clear();
                bytes = 0;
            }
        }
        if (!patterns.empty()) {
            part.automaton.emplace(patterns);
            parts_.push_back(std::move(part));
        }
    }

    /// Calls `on_owner(owner)` for each phrase that stands in the text, as often as it does.
    template <typename OnOwner>
    void find(std::string_view text, OnOwner&& on_owner) const {
        for (const auto& part : parts_) {
            part.automaton->scan(text, [&](std::uint32_t pattern, std::size_t /*end*/) {
                for (const auto owner : *part.owners[pattern]) {
                    on_owner(owner);
                }
            });
        }
    }

  private:
    /// An automaton has a row of transitions for each byte: this holds its memory to some 40 MB.
    static constexpr std::size_t kPartBytesMax = 200'000;
    struct Part {
        std::optional<audit::PhraseAutomaton> automaton = {};
        std::vector<const std::vector<std::size_t>*> owners = {};
    };

    std::map<std::string, std::vector<std::size_t>> owners_ = {};
    std::vector<Part> parts_ = {};
};

/// Between clauses; no folded word has it.
constexpr char kClauseEnd = '\x01';

/// The longest clause-wise pieces of a phrase: forbidden words lie in one clause.
std::vector<std::string> clauses_of(std::string_view phrase) {
    std::vector<std::string> clauses(1);
    for (const char c : phrase) {
        if (std::string_view(",.;:!?").contains(c)) {
            clauses.emplace_back();
        } else {
            clauses.back() += c;
        }
    }
    return clauses;
}

bool has_combining_mark(std::string_view text) {
    // U+0300 to U+036F.
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        const auto first = static_cast<unsigned char>(text[i]);
        const auto second = static_cast<unsigned char>(text[i + 1]);
        if (first == 0xCC || (first == 0xCD && second < 0xB0)) {
            return true;
        }
    }
    return false;
}

bool overlaps(BoundSpeaker a, BoundSpeaker b) {
    const auto is_house = [](BoundSpeaker one) {
        return one == BoundSpeaker::Agent || one == BoundSpeaker::Bot;
    };
    return a == b || a == BoundSpeaker::Any || b == BoundSpeaker::Any ||
           (a == BoundSpeaker::House && is_house(b)) || (b == BoundSpeaker::House && is_house(a));
}

class Linter {
  public:
    Linter(const audit::Scorecard& card, std::string_view toml) : card_(card), lines_(toml) {}

    std::vector<LintFinding> lint() {
        for (std::size_t i = 0; i < card_.criteria.size(); ++i) {
            const auto& criterion = card_.criteria[i];
            if (criterion.is_about_phrases()) {
                lint_phrases(i, criterion);
                lint_list(i, criterion);
            } else {
                lint_values(i, criterion);
            }
            const bool free = criterion.points_max == Decimal{} && criterion.penalty == Decimal{} &&
                              criterion.severity < audit::Severity::Critical;
            const bool only_negative = std::ranges::any_of(
                criterion.bands,
                [](const audit::ValueBand& band) { return band.points != Decimal{}; });
            if (free && !only_negative) {
                add(LintRule::WeighsNothing, lines_.key(i, "points"), i, criterion.id);
            }
        }
        lint_contradictions();
        lint_review();
        std::ranges::stable_sort(findings_, {}, [](const LintFinding& finding) {
            return std::tuple(finding.line, finding.rule);
        });
        return std::move(findings_);
    }

  private:
    void add(LintRule rule, std::size_t line, std::size_t criterion, std::string text,
             std::string other = {}) {
        findings_.push_back({.rule = rule,
                             .line = line,
                             .criterion = card_.criteria[criterion].id,
                             .text = std::move(text),
                             .other = std::move(other)});
    }

    [[nodiscard]] std::string searched(std::string_view phrase) const {
        return card_.matching == Matching::Folded ? audit::fold(phrase) : audit::lower(phrase);
    }
    /// With the borders that whole words have.
    [[nodiscard]] std::string bordered(std::string_view phrase) const {
        return card_.matching == Matching::Folded ? " " + audit::fold(phrase) + " "
                                                  : audit::lower(phrase);
    }
    /// Clause by clause: forbidden words lie in one.
    [[nodiscard]] std::string bordered_clauses(const std::string& phrase) const {
        if (card_.matching == Matching::Exact) {
            return audit::lower(phrase);
        }
        std::string text;
        for (const auto& clause : clauses_of(phrase)) {
            text += " " + audit::fold(clause) + " " + kClauseEnd;
        }
        return text;
    }

    void lint_phrases(std::size_t i, const Criterion& criterion) {
        const std::set<std::string_view> accented(criterion.accented.begin(),
                                                  criterion.accented.end());
        for (const auto& phrase : own_phrases(criterion)) {
            const auto line = lines_.text(i, "phrases", phrase);
            const auto& characters = criterion.window.characters;
            if (characters && static_cast<std::int64_t>(count_code_points(phrase)) > *characters) {
                add(LintRule::LongerThanWindow, line, i, phrase, std::to_string(*characters));
            }
            if (card_.matching == Matching::Exact) {
                lint_exact(i, phrase, line);
            } else if (phrase.find_first_of(kMeantSigns) != std::string::npos) {
                add(LintRule::LostSigns, line, i, phrase, audit::fold(phrase));
            }
            // `no sé` is more than `no se`, which is everywhere.
            if (!accented.contains(phrase)) {
                lint_length(i, phrase, line);
            }
        }
        if (card_.matching == Matching::Exact && !criterion.accented.empty()) {
            add(LintRule::AccentedWithoutEffect, lines_.key(i, "accented"), i,
                criterion.accented.front());
        }
        const auto own = own_phrases(criterion);
        const std::set<std::string_view> written(own.begin(), own.end());
        for (const auto& phrase : criterion.accented) {
            const bool plain =
                written.contains(phrase) && card_.matching == Matching::Folded &&
                audit::accented_letters(phrase) == audit::accented_letters(audit::fold(phrase));
            if (plain) {
                add(LintRule::AccentedWithoutEffect, lines_.text(i, "accented", phrase), i, phrase);
            }
        }
    }

    void lint_exact(std::size_t i, const std::string& phrase, std::size_t line) {
        if (has_combining_mark(phrase)) {
            add(LintRule::DecomposedAccents, line, i, phrase);
        }
        const bool odd = phrase.contains("  ") ||
                         phrase.find_first_of("\t\n\r") != std::string::npos ||
                         phrase.starts_with(' ') || phrase.ends_with(' ');
        if (odd) {
            add(LintRule::OddSpaces, line, i, phrase);
        }
    }

    void lint_length(std::size_t i, const std::string& phrase, std::size_t line) {
        const auto folded = audit::fold(phrase);
        if (!folded.contains(' ') && count_code_points(folded) <= kShortLetters) {
            add(LintRule::TooShort, line, i, phrase);
            return;
        }
        std::string_view rest = folded;
        bool all = !rest.empty();
        while (all && !rest.empty()) {
            const auto end = std::min(rest.find(' '), rest.size());
            all = std::ranges::find(kStopWords, rest.substr(0, end)) != kStopWords.end();
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        if (all) {
            add(LintRule::OnlyStopWords, line, i, phrase);
        }
    }

    void lint_list(std::size_t i, const Criterion& criterion) {
        std::map<std::string, std::string> first;
        for (const auto& [text, line] : lines_.list(i, "phrases")) {
            const auto [known, added] = first.try_emplace(searched(text), text);
            if (!added) {
                add(LintRule::Duplicate, line, i, text, known->second);
            }
        }
        const bool counts = criterion.at_least || criterion.at_most ||
                            criterion.penalty > Decimal{} || criterion.need == Need::All ||
                            criterion.need == Need::Sequence;
        if (counts) {
            return;
        }
        const std::set<std::string_view> accented(criterion.accented.begin(),
                                                  criterion.accented.end());
        PhraseIndex index;
        for (std::size_t p = 0; p < criterion.phrases.size(); ++p) {
            if (!accented.contains(criterion.phrases[p])) {
                index.add(bordered(criterion.phrases[p]), p);
            }
        }
        index.close();
        for (std::size_t p = 0; p < criterion.own.phrases; ++p) {
            auto shorter = criterion.phrases.size();
            // No two phrases of a list are searched alike: another one in it is shorter.
            index.find(bordered(criterion.phrases[p]), [&](std::size_t other) {
                shorter = other != p ? std::min(shorter, other) : shorter;
            });
            if (shorter < criterion.phrases.size()) {
                add(LintRule::Shadowed, lines_.text(i, "phrases", criterion.phrases[p]), i,
                    criterion.phrases[p], criterion.phrases[shorter]);
            }
        }
    }

    void lint_values(std::size_t i, const Criterion& criterion) {
        if (criterion.kind == audit::CriterionKind::Question) {
            return;
        }
        const bool any_pass = std::ranges::any_of(criterion.bands, &audit::ValueBand::passes);
        const bool all_pass = std::ranges::all_of(criterion.bands, &audit::ValueBand::passes);
        if (!criterion.bands.empty() && !any_pass) {
            add(LintRule::CannotPass, lines_.key(i, "bands"), i, criterion.id);
        } else if (all_pass && !criterion.fail_below) {
            add(LintRule::CannotFail, lines_.key(i, "bands"), i, criterion.id);
        }
        lint_bands(i, criterion);
    }

    /// A band takes what those before it left; values of the kind itself are bounded too.
    void lint_bands(std::size_t i, const Criterion& criterion) {
        const bool sentiment = criterion.kind == audit::CriterionKind::Sentiment &&
                               criterion.form == audit::SentimentForm::Level;
        const bool duration = criterion.measure == "duration";
        // Everything below `taken` is taken, and `taken` itself if it is `closed`.
        std::optional<Decimal> taken;
        bool closed = false;
        if (sentiment || duration) {
            taken = sentiment ? Decimal::from_int(-1) : Decimal{};
        }
        for (std::size_t b = 0; b < criterion.bands.size(); ++b) {
            const auto& band = criterion.bands[b];
            const bool all_taken =
                sentiment && taken &&
                (*taken > Decimal::from_int(1) || (*taken == Decimal::from_int(1) && closed));
            const auto bound = band.below ? band.below : band.up_to;
            const bool nothing_left =
                bound && taken &&
                (*bound < *taken || (*bound == *taken && (band.below.has_value() || closed)));
            if (all_taken || nothing_left) {
                add(LintRule::BandNeverApplies, lines_.element(i, "bands", b), i,
                    bound ? fmt::format("{} = {}", band.below ? "below" : "up_to", bound->text())
                          : std::string("points"));
            } else if (bound) {
                taken = bound;
                closed = band.up_to.has_value();
            }
        }
    }

    void lint_contradictions() {
        PhraseIndex index;
        std::vector<Forbidden> forbidden;
        for (std::size_t c = 0; c < card_.criteria.size(); ++c) {
            const auto& criterion = card_.criteria[c];
            if (!criterion.is_about_phrases() || criterion.need != Need::None) {
                continue;
            }
            const std::set<std::string_view> accented(criterion.accented.begin(),
                                                      criterion.accented.end());
            for (std::size_t p = 0; p < criterion.phrases.size(); ++p) {
                const auto& phrase = criterion.phrases[p];
                index.add(bordered(phrase), forbidden.size());
                forbidden.push_back({.criterion = c,
                                     .phrase = p,
                                     .own = p < criterion.own.phrases,
                                     .accents = accented.contains(phrase)
                                                    ? audit::accented_letters(phrase)
                                                    : std::string()});
            }
        }
        index.close();
        for (std::size_t i = 0; i < card_.criteria.size(); ++i) {
            const auto& required = card_.criteria[i];
            if (required.is_about_phrases() && required.need != Need::None) {
                for (std::size_t p = 0; p < required.phrases.size(); ++p) {
                    lint_required(i, p, index, forbidden);
                }
            }
        }
    }

    /// One forbidden phrase.
    struct Forbidden {
        std::size_t criterion = 0;
        std::size_t phrase = 0;
        bool own = true;
        std::string accents = {};  ///< Its letters where they count, else nothing.
    };

    /// The first forbidden phrase of each criterion that the required one says. Two packs that do
    /// not go together are no slip in what was written here.
    void lint_required(std::size_t i, std::size_t p, const PhraseIndex& index,
                       const std::vector<Forbidden>& forbidden) {
        const auto& required = card_.criteria[i];
        const auto& phrase = required.phrases[p];
        const bool own = p < required.own.phrases;
        const auto accents = audit::accented_letters(phrase);
        std::map<std::size_t, std::size_t> said;
        index.find(bordered_clauses(phrase), [&](std::size_t which) {
            const auto& words = forbidden[which];
            if ((own || words.own) && accents.contains(words.accents) &&
                overlaps(required.speaker, card_.criteria[words.criterion].speaker)) {
                const auto first = said.try_emplace(words.criterion, words.phrase).first;
                first->second = std::min(first->second, words.phrase);
            }
        });
        for (const auto& [criterion, which] : said) {
            const auto& other = card_.criteria[criterion];
            add(LintRule::Contradiction, lines_.text(i, "phrases", phrase), i, phrase,
                fmt::format("{}: {}", other.id, other.phrases[which]));
        }
    }

    void lint_review() {
        const auto has = [this](const auto& test) {
            return std::ranges::any_of(card_.criteria, test);
        };
        for (const auto& rule : card_.review) {
            using audit::ReviewReason;
            bool never = false;
            if (rule.reason == ReviewReason::ForbiddenPhrase) {
                never = !has([](const Criterion& criterion) {
                    return criterion.is_about_phrases() && criterion.need == Need::None;
                });
            } else if (rule.reason == ReviewReason::CriticalFailure) {
                never = !has([](const Criterion& criterion) {
                    return criterion.severity >= audit::Severity::Critical;
                });
            } else if (rule.reason == ReviewReason::LowScore) {
                never = rule.limit <= Decimal{};
            } else if (rule.reason == ReviewReason::NegativeSentiment) {
                never = rule.limit <= Decimal::from_int(-1);
            }
            if (never) {
                findings_.push_back({.rule = LintRule::ReviewNeverAsked,
                                     .line = 0,
                                     .criterion = {},
                                     .text = std::string(audit::format(rule.reason)),
                                     .other = {}});
            }
        }
    }

    const audit::Scorecard& card_;
    SourceMap lines_;
    std::vector<LintFinding> findings_ = {};
};

}  // namespace

std::string_view format(LintRule rule) { return kRuleNames[static_cast<std::size_t>(rule)]; }

std::span<const std::string_view> lint_rule_names() { return kRuleNames; }

LintLevel level_of(LintRule rule) {
    return rule == LintRule::Shadowed || rule == LintRule::Duplicate ? LintLevel::Note
                                                                     : LintLevel::Warning;
}

std::vector<LintFinding> lint(const audit::Scorecard& scorecard, std::string_view toml) {
    return Linter(scorecard, toml).lint();
}

}  // namespace oidor::proving

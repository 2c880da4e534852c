#include "proving/difference.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "audit/folding.hpp"

namespace oidor::proving {
namespace {

using audit::Criterion;
using audit::Scorecard;

constexpr std::array<std::string_view, 4> kKinds = {"criterion_added", "criterion_removed",
                                                    "value_changed", "texts_changed"};

std::string number_text(Decimal value) {
    auto text = value.text();
    if (text.ends_with(".0")) {
        text.resize(text.size() - 2);
    }
    return text;
}

/// Keys and their values as texts, and lists of texts; what is not set is not there.
struct Facets {
    std::map<std::string, std::string> values = {};
    std::map<std::string, std::vector<std::string>> lists = {};

    void put(const std::string& key, std::string value) {
        if (!value.empty()) {
            values[key] = std::move(value);
        }
    }
    void put(const std::string& key, const std::optional<Decimal>& value) {
        if (value) {
            values[key] = number_text(*value);
        }
    }
    void put(const std::string& key, const std::optional<std::int64_t>& value) {
        if (value) {
            values[key] = std::to_string(*value);
        }
    }
    void put_words(const std::string& prefix, const audit::WordList& words) {
        lists[prefix + "phrases"] = words.phrases;
        lists[prefix + "accented"] = words.accented;
        lists[prefix + "patterns"] = words.patterns;
        lists[prefix + "packs"] = words.packs;
    }
};

std::string window_text(const audit::Window& window) {
    std::string text;
    const auto add = [&text](const std::optional<std::int64_t>& size, std::string_view unit) {
        if (size) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", *size, unit);
        }
    };
    add(window.seconds, "seconds");
    add(window.turns, "turns");
    add(window.characters, "characters");
    return text.empty()
               ? ""
               : fmt::format("{}: {}", window.edge == audit::Edge::Start ? "start" : "end", text);
}

std::string bands_text(const std::vector<audit::ValueBand>& bands) {
    std::string text;
    for (const auto& band : bands) {
        const auto bound = band.below   ? fmt::format("below {}", number_text(*band.below))
                           : band.up_to ? fmt::format("up_to {}", number_text(*band.up_to))
                                        : std::string("else");
        text += fmt::format("{}{}: {} {}", text.empty() ? "" : "; ", bound,
                            number_text(band.points), band.passes ? "pass" : "fail");
    }
    return text;
}

void put_rule(Facets& facets, const std::string& prefix, const audit::PhraseRule& rule) {
    facets.put(prefix + "speaker", std::string(audit::format(rule.speaker)));
    facets.put(prefix + "need",
               std::string(audit::need_names()[static_cast<std::size_t>(rule.need)]));
    facets.put(prefix + "window", window_text(rule.window));
    facets.put_words(prefix, rule);
    std::string steps;
    for (const auto step : rule.steps) {
        steps += fmt::format("{}{}", steps.empty() ? "" : " ", step);
    }
    facets.put(prefix + "steps", steps);
    facets.put(prefix + "at_least", rule.at_least);
    facets.put(prefix + "at_most", rule.at_most);
    facets.put(prefix + "tolerance", rule.tolerance > 0 ? std::to_string(rule.tolerance) : "");
    if (rule.near) {
        facets.put_words(prefix + "near.", rule.near->words);
        facets.put(prefix + "near.within_words", rule.near->within_words);
        facets.put(prefix + "near.within_seconds", rule.near->within_seconds);
    }
    if (rule.before) {
        facets.put_words(prefix + "before.", rule.before->words);
        facets.put(prefix + "before.questions", std::string(rule.before->questions ? "true" : ""));
    }
}

void put_condition(Facets& facets, const audit::Condition& condition) {
    if (condition.words.has_words()) {
        put_rule(facets, "only_if.", condition.words);
    }
    facets.put("only_if.criterion", condition.criterion.value_or(""));
    std::string outcomes;
    for (const auto outcome : condition.outcomes) {
        outcomes += fmt::format("{}{}", outcomes.empty() ? "" : ", ", audit::format(outcome));
    }
    facets.put("only_if.outcomes", outcomes);
    facets.put("only_if.measure", condition.measure);
    facets.put("only_if.at_least", condition.at_least);
    facets.put("only_if.below", condition.below);
}

Facets facets_of(const Criterion& criterion) {
    Facets facets;
    const auto kind = audit::criterion_kind_names()[static_cast<std::size_t>(criterion.kind)];
    facets.put("kind", std::string(kind));
    facets.put("title", criterion.title);
    facets.put("issue", criterion.issue);
    facets.put("section", criterion.section.value_or(""));
    facets.put("points", std::optional(criterion.points_max));
    facets.put("bonus", std::string(criterion.bonus ? "true" : ""));
    facets.put("severity",
               std::string(audit::severity_names()[static_cast<std::size_t>(criterion.severity)]));
    facets.put("column", criterion.column.value_or(""));
    std::string directions;
    for (const auto direction : criterion.directions) {
        directions += fmt::format("{}{}", directions.empty() ? "" : ", ", format(direction));
    }
    facets.put("applies.direction", directions);
    if (criterion.only_if) {
        put_condition(facets, *criterion.only_if);
    }
    if (criterion.is_about_phrases()) {
        put_rule(facets, "", criterion);
        if (criterion.penalty > Decimal{}) {
            facets.put("penalty", std::optional(criterion.penalty));
        }
        facets.put("penalty_max", criterion.penalty_max);
        return facets;
    }
    facets.put("speaker", std::string(audit::format(criterion.speaker)));
    facets.put("measure", criterion.measure);
    facets.put("form", criterion.form == audit::SentimentForm::Trend    ? std::string("trend")
                       : criterion.form == audit::SentimentForm::Change ? std::string("change")
                                                                        : std::string());
    facets.put("bands", bands_text(criterion.bands));
    facets.put("linear", std::string(criterion.linear ? "true" : ""));
    facets.put("fail_below", criterion.fail_below);
    facets.put(
        "missing",
        std::string(criterion.missing == audit::Missing::NotApplicable ? "not_applicable" : ""));
    if (criterion.kind == audit::CriterionKind::Question) {
        const auto& question = criterion.question;
        const bool yes_no = question.answer == audit::AnswerForm::YesNo;
        facets.put("question", question.text);
        facets.put("answer", std::string(yes_no ? "yes_no" : "score"));
        facets.put("fail_when", std::string(!yes_no ? "" : question.fail_when_yes ? "yes" : "no"));
        if (!yes_no) {
            facets.put("score_max", std::optional(question.score_max));
            facets.put("pass_from", std::optional(question.pass_from));
        }
    }
    return facets;
}

Facets facets_of(const Scorecard& card) {
    Facets facets;
    facets.put("id", card.id);
    facets.put("version", std::to_string(card.version));
    facets.put("language", card.language);
    facets.put("country", card.country);
    facets.put("title", card.title);
    const bool exact = card.matching == audit::Matching::Exact;
    facets.put("matching", std::string(exact ? "exact" : "folded"));
    const bool percent = card.scale == audit::ScoreScale::Percent;
    facets.put("score", std::string(percent ? "percent" : "sum"));
    facets.put("confidence_min", std::optional(card.confidence_min));
    facets.put("too_short_below_s", card.too_short_below_s);
    std::string categories;
    for (const auto& category : card.categories) {
        categories += fmt::format("{}{} from {}", categories.empty() ? "" : "; ", category.name,
                                  number_text(category.from));
    }
    facets.put("categories", categories);
    for (const auto& rule : card.review) {
        const auto faces =
            std::ranges::find(audit::review_table(), rule.reason, &audit::ReviewFaces::reason);
        facets.put(fmt::format("review.{}", faces->key),
                   faces->takes_number ? number_text(rule.limit) : std::string("true"));
    }
    for (const auto& section : card.sections) {
        facets.put(fmt::format("sections.{}", section.id),
                   section.weight ? number_text(*section.weight) : section.title);
    }
    for (const auto& pack : card.packs) {
        facets.put(fmt::format("packs.{}", pack.id), std::to_string(pack.version));
    }
    return facets;
}

/// Compares two sets of facets of one criterion, or of the head.
class Comparison {
  public:
    Comparison(audit::Matching matching, std::string criterion, std::vector<Change>& changes)
        : matching_(matching), criterion_(std::move(criterion)), changes_(changes) {}

    void compare(const Facets& older, const Facets& newer) {
        std::map<std::string, std::pair<std::string, std::string>> values;
        for (const auto& [key, value] : older.values) {
            values[key].first = value;
        }
        for (const auto& [key, value] : newer.values) {
            values[key].second = value;
        }
        for (const auto& [key, pair] : values) {
            if (pair.first != pair.second) {
                changes_.push_back({.kind = ChangeKind::ValueChanged,
                                    .criterion = criterion_,
                                    .key = key,
                                    .from = pair.first,
                                    .to = pair.second,
                                    .judges = key != "title" && key != "issue"});
            }
        }
        auto lists = older.lists;
        lists.insert(newer.lists.begin(), newer.lists.end());
        for (const auto& [key, unused] : lists) {
            compare_lists(key, list_of(older, key), list_of(newer, key));
        }
    }

  private:
    using Texts = std::map<std::string, std::string>;  ///< As searched, as spelled.

    [[nodiscard]] Texts list_of(const Facets& facets, const std::string& key) const {
        Texts texts;
        const auto found = facets.lists.find(key);
        if (found == facets.lists.end()) {
            return texts;
        }
        const bool folds = key.ends_with("phrases") && matching_ == audit::Matching::Folded;
        for (const auto& text : found->second) {
            texts.emplace(folds ? audit::fold(text) : text, text);
        }
        return texts;
    }

    static std::vector<std::string> missing_in(const Texts& texts, const Texts& others) {
        std::vector<std::string> missing;
        for (const auto& [searched, spelled] : texts) {
            if (!others.contains(searched)) {
                missing.push_back(spelled);
            }
        }
        std::ranges::sort(missing);
        return missing;
    }

    void compare_lists(const std::string& key, const Texts& older, const Texts& newer) {
        Change change{.kind = ChangeKind::TextsChanged, .criterion = criterion_, .key = key};
        change.added = missing_in(newer, older);
        change.removed = missing_in(older, newer);
        if (!change.added.empty() || !change.removed.empty()) {
            changes_.push_back(std::move(change));
        }
    }

    audit::Matching matching_;
    std::string criterion_;
    std::vector<Change>& changes_;
};

}  // namespace

std::string_view format(ChangeKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::vector<Change> differences(const Scorecard& older, const Scorecard& newer) {
    std::vector<Change> changes;
    Comparison(newer.matching, "", changes).compare(facets_of(older), facets_of(newer));
    for (const auto& criterion : newer.criteria) {
        const auto before = std::ranges::find(older.criteria, criterion.id, &Criterion::id);
        if (before == older.criteria.end()) {
            changes.push_back({.kind = ChangeKind::CriterionAdded,
                               .criterion = criterion.id,
                               .to = criterion.title});
        } else {
            Comparison(newer.matching, criterion.id, changes)
                .compare(facets_of(*before), facets_of(criterion));
        }
    }
    for (const auto& criterion : older.criteria) {
        if (std::ranges::find(newer.criteria, criterion.id, &Criterion::id) ==
            newer.criteria.end()) {
            changes.push_back({.kind = ChangeKind::CriterionRemoved,
                               .criterion = criterion.id,
                               .from = criterion.title});
        }
    }
    return changes;
}

}  // namespace oidor::proving

#include "audit/scoring.hpp"

#include <algorithm>

namespace oidor::audit {
namespace {

std::string joined(const std::vector<std::string>& phrases, std::string_view language) {
    const bool english = language == "en";
    std::string text;
    for (const auto& phrase : phrases) {
        text += (text.empty() ? "" : ", ") + std::string(english ? "“" : "«") + phrase +
                (english ? "”" : "»");
    }
    return text;
}

void replace(std::string& text, std::string_view mark, std::string_view value) {
    if (const auto at = text.find(mark); at != std::string::npos) {
        text.replace(at, mark.size(), value);
    }
}

std::string plain_text(Decimal value) {
    auto text = value.text();
    if (text.ends_with(".0")) {
        text.resize(text.size() - 2);
    }
    return text;
}

/// A failed criterion that nobody may overlook, asked for or not.
bool is_grave(const Criterion& criterion) {
    return criterion.severity == Severity::Fatal ||
           (criterion.severity == Severity::Critical && criterion.section);
}

bool is_about_words(const Criterion& criterion) { return criterion.kind != CriterionKind::Measure; }

template <typename Which>
bool any_failed(const Scorecard& scorecard, const std::vector<CriterionResult>& results,
                const Which& which) {
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i].outcome == Outcome::Fail && which(scorecard.criteria[i])) {
            return true;
        }
    }
    return false;
}

bool asks_for_review(const ReviewRule& rule, const Scorecard& scorecard, const Audit& audit) {
    const auto& results = audit.criteria;
    switch (rule.reason) {
        case ReviewReason::LowScore:
            return audit.score && Decimal::from_int(audit.score->round_half_even()) < rule.limit;
        case ReviewReason::ForbiddenPhrase: return !audit.forbidden_phrases.empty();
        case ReviewReason::NegativeSentiment:
            return audit.sentiment && *audit.sentiment < rule.limit;
        case ReviewReason::ShortCall:
        case ReviewReason::LongCall: {
            if (!audit.duration) {
                return false;
            }
            const auto seconds = Decimal::from_micros(audit.duration->count() * 1000);
            return rule.reason == ReviewReason::ShortCall ? seconds < rule.limit
                                                          : seconds > rule.limit;
        }
        case ReviewReason::CriticalFailure:
            return any_failed(scorecard, results, [](const Criterion& criterion) {
                return criterion.severity >= Severity::Critical;
            });
        case ReviewReason::UnknownCriterion:
            return std::ranges::any_of(results, [](const CriterionResult& result) {
                return result.outcome == Outcome::Unknown;
            });
        case ReviewReason::Suspect:
        case ReviewReason::ChannelsSwapped:
        case ReviewReason::ChannelsIdentical:
        case ReviewReason::ShorterThanCall:
        case ReviewReason::SilentChannel: break;  // The transcript asks, not a rule.
    }
    return false;
}

/// Points of one section, or of criteria without one.
struct SectionSums {
    Decimal possible = {};
    Decimal earned = {};
    bool judged = false;                      ///< A criterion of it passed or failed.
    std::vector<std::string> zeroed_by = {};  ///< Its critical criteria that failed.

    [[nodiscard]] Decimal kept() const { return zeroed_by.empty() ? earned : Decimal{}; }
};

struct Sums {
    std::vector<SectionSums> sections = {};  ///< The last: of criteria without one.
    Decimal whole = {};                      ///< Of all criteria, also those that do not apply.
    Decimal lost = {};
    Decimal bonus = {};
    bool judged = false;
};

std::size_t section_index(const Scorecard& scorecard, const Criterion& criterion) {
    const auto found = criterion.section
                           ? std::ranges::find(scorecard.sections, *criterion.section, &Section::id)
                           : scorecard.sections.end();
    return static_cast<std::size_t>(found - scorecard.sections.begin());
}

void add_result(const Criterion& criterion, const CriterionResult& result, bool wants_words,
                SectionSums& section, Sums& sums) {
    const auto points = result.points.value_or(Decimal{});
    if (criterion.bonus) {
        sums.bonus += points;
        return;
    }
    sums.whole += result.points_max;
    if (result.outcome == Outcome::NotApplicable) {
        return;
    }
    section.possible += result.points_max;
    if (result.outcome == Outcome::Unknown) {
        section.earned += result.points_max;
        return;
    }
    section.judged = true;
    sums.judged = sums.judged || !wants_words || is_about_words(criterion);
    (points < Decimal{} ? sums.lost : section.earned) += points;
    if (result.outcome == Outcome::Fail && criterion.section &&
        criterion.severity == Severity::Critical) {
        section.zeroed_by.push_back(result.id);
    }
}

Sums sums_of(const Scorecard& scorecard, const Audit& audit) {
    Sums sums;
    sums.sections.resize(scorecard.sections.size() + 1);
    // How long it took says nothing of what was said: a score needs words, where words are judged.
    const bool wants_words = std::ranges::any_of(scorecard.criteria, is_about_words);
    for (std::size_t i = 0; i < audit.criteria.size(); ++i) {
        const auto& criterion = scorecard.criteria[i];
        add_result(criterion, audit.criteria[i], wants_words,
                   sums.sections[section_index(scorecard, criterion)], sums);
    }
    return sums;
}

SectionResult section_result(const Section& section, const SectionSums& sums) {
    SectionResult result = {.id = section.id,
                            .title = section.title,
                            .weight = section.weight,
                            .score = {},
                            .zeroed_by = sums.zeroed_by};
    if (sums.judged && sums.possible > Decimal{}) {
        result.score = sums.kept().scaled(Decimal::from_int(100), sums.possible);
    }
    return result;
}

/// What was earned, out of 100, or of all points with ScoreScale::Sum; nothing when no points
/// apply.
std::optional<Decimal> earned_of(const Scorecard& scorecard, const Sums& sums) {
    Decimal possible;
    Decimal earned;
    for (std::size_t s = 0; s < sums.sections.size(); ++s) {
        const auto& section = sums.sections[s];
        if (!scorecard.is_weighted()) {
            possible += section.possible;
            earned += section.kept();
        } else if (s < scorecard.sections.size() && section.possible > Decimal{}) {
            // A section with nothing that applies gives its weight to the others.
            const auto weight = scorecard.sections[s].weight.value_or(Decimal{});
            possible += weight;
            earned += weight.scaled(section.kept(), section.possible);
        }
    }
    if (possible <= Decimal{}) {
        return std::nullopt;
    }
    const auto target =
        scorecard.scale == ScoreScale::Percent ? Decimal::from_int(100) : sums.whole;
    return earned.scaled(target, possible);
}

}  // namespace

CriterionResult judge_value(const Criterion& criterion, std::optional<Decimal> value,
                            std::string_view measure, std::string_view unit) {
    CriterionResult result;
    if (!value) {
        result.outcome =
            criterion.missing == Missing::NotApplicable ? Outcome::NotApplicable : Outcome::Unknown;
        return result;
    }
    result.evidence.emplace_back(
        Measured{.measure = std::string(measure), .value = *value, .unit = std::string(unit)});
    bool passes = !criterion.fail_below || *value >= *criterion.fail_below;
    if (criterion.linear) {
        result.points =
            criterion.points_max.scaled(*value + Decimal::from_int(1), Decimal::from_int(2));
    }
    for (const auto& band : criterion.bands) {
        const bool holds =
            (!band.below || *value < *band.below) && (!band.up_to || *value <= *band.up_to);
        if (holds) {
            result.points = band.points;
            passes = passes && band.passes;
            break;
        }
    }
    result.outcome = passes ? Outcome::Pass : Outcome::Fail;
    return result;
}

void put_score(const Scorecard& scorecard, Audit& audit) {
    const auto sums = sums_of(scorecard, audit);
    for (std::size_t s = 0; s < scorecard.sections.size(); ++s) {
        audit.sections.push_back(section_result(scorecard.sections[s], sums.sections[s]));
    }
    for (std::size_t i = 0; i < audit.criteria.size(); ++i) {
        if (audit.criteria[i].outcome == Outcome::Fail &&
            scorecard.criteria[i].severity == Severity::Fatal) {
            audit.zeroed_by.push_back(audit.criteria[i].id);
        }
    }
    const auto earned = earned_of(scorecard, sums);
    if (!audit.zeroed_by.empty()) {
        audit.score = Decimal{};
    } else if (earned && sums.judged) {
        audit.score =
            std::clamp(*earned + sums.lost + sums.bonus, Decimal{}, Decimal::from_int(100));
    }
}

std::string category_of(const Scorecard& scorecard, Decimal score) {
    const auto rounded = Decimal::from_int(score.round_half_even());
    for (const auto& category : scorecard.categories) {
        if (rounded >= category.from) {
            return category.name;
        }
    }
    return {};
}

std::vector<ReviewReason> reasons_to_review(const Scorecard& scorecard, const Audit& audit,
                                            std::span<const ReviewReason> of_transcript) {
    std::vector<ReviewReason> reasons;
    for (const auto& faces : review_table()) {
        const auto rule = std::ranges::find(scorecard.review, faces.reason, &ReviewRule::reason);
        const bool asked =
            rule != scorecard.review.end() && asks_for_review(*rule, scorecard, audit);
        const bool grave = faces.reason == ReviewReason::CriticalFailure &&
                           any_failed(scorecard, audit.criteria, is_grave);
        const bool told = std::ranges::count(of_transcript, faces.reason) > 0;
        if (asked || grave || told) {
            reasons.push_back(faces.reason);
        }
    }
    return reasons;
}

std::string issue_sentence(const Scorecard& scorecard, const Criterion& criterion,
                           const CriterionResult& result, const std::vector<std::string>& phrases) {
    auto sentence = criterion.issue.empty() ? criterion.title : criterion.issue;
    replace(sentence, "{phrases}", joined(phrases, scorecard.language));
    for (const auto& evidence : result.evidence) {
        if (const auto* measured = std::get_if<Measured>(&evidence)) {
            replace(sentence, "{value}", plain_text(measured->value));
            break;
        }
    }
    return sentence;
}

}  // namespace oidor::audit

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

bool is_about_words(const Criterion& criterion) { return criterion.kind != CriterionKind::Measure; }

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
            for (std::size_t i = 0; i < results.size(); ++i) {
                if (results[i].outcome == Outcome::Fail &&
                    scorecard.criteria[i].severity == Severity::Critical) {
                    return true;
                }
            }
            return false;
        case ReviewReason::UnknownCriterion:
            return std::ranges::any_of(results, [](const CriterionResult& result) {
                return result.outcome == Outcome::Unknown;
            });
    }
    return false;
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

std::optional<Decimal> total_score(const Scorecard& scorecard,
                                   const std::vector<CriterionResult>& results) {
    Decimal whole;
    Decimal possible;
    Decimal earned;
    Decimal lost;
    // How long it took says nothing of what was said: a score needs words, where words are judged.
    const bool wants_words = std::ranges::any_of(scorecard.criteria, is_about_words);
    bool judged = false;
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto& result = results[i];
        whole += result.points_max;
        if (result.outcome == Outcome::NotApplicable) {
            continue;
        }
        possible += result.points_max;
        if (result.outcome == Outcome::Unknown) {
            earned += result.points_max;
            continue;
        }
        judged = judged || !wants_words || is_about_words(scorecard.criteria[i]);
        const auto points = result.points.value_or(Decimal{});
        (points < Decimal{} ? lost : earned) += points;
    }
    if (!judged || possible <= Decimal{}) {
        return std::nullopt;
    }
    const auto target = scorecard.scale == ScoreScale::Percent ? Decimal::from_int(100) : whole;
    const auto score = earned.scaled(target, possible) + lost;
    return std::clamp(score, Decimal{}, Decimal::from_int(100));
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

std::vector<ReviewReason> reasons_to_review(const Scorecard& scorecard, const Audit& audit) {
    std::vector<ReviewReason> reasons;
    for (const auto& rule : scorecard.review) {
        if (asks_for_review(rule, scorecard, audit)) {
            reasons.push_back(rule.reason);
        }
    }
    return reasons;
}

std::string issue_sentence(const Scorecard& scorecard, const Criterion& criterion,
                           const CriterionResult& result, const std::vector<std::string>& phrases) {
    auto sentence = criterion.issue.empty() ? criterion.title : criterion.issue;
    replace(sentence, "{phrases}", joined(phrases, scorecard.language));
    if (!result.evidence.empty()) {
        if (const auto* measured = std::get_if<Measured>(&result.evidence.front())) {
            replace(sentence, "{value}", plain_text(measured->value));
        }
    }
    return sentence;
}

}  // namespace oidor::audit

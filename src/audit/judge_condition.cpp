#include <algorithm>

#include "audit/criterion_judges.hpp"

namespace oidor::audit {

void doubt(CriterionResult& result) {
    if (result.outcome == Outcome::Fail) {
        result.outcome = Outcome::Unknown;
        result.points.reset();
    }
}

ConditionResult judge_condition(const Condition& condition, const ConditionBasis& basis) {
    ConditionResult result;
    if (condition.criterion) {
        result.criterion = *condition.criterion;
        const auto outcome = basis.other != nullptr ? basis.other->outcome : Outcome::Unknown;
        const bool met = std::ranges::find(condition.outcomes, outcome) != condition.outcomes.end();
        result.outcome = met                           ? Outcome::Pass
                         : outcome == Outcome::Unknown ? Outcome::Unknown
                                                       : Outcome::Fail;
        return result;
    }
    if (!condition.measure.empty()) {
        if (const auto& measure = basis.measure) {
            const bool met = (!condition.at_least || measure->value >= *condition.at_least) &&
                             (!condition.below || measure->value < *condition.below);
            result.outcome = met ? Outcome::Pass : Outcome::Fail;
            result.evidence.emplace_back(Measured{
                .measure = condition.measure, .value = measure->value, .unit = measure->unit});
        }
        return result;
    }
    result.outcome = basis.words.result.outcome;
    result.evidence = basis.words.result.evidence;
    result.searched = basis.words.result.searched;
    return result;
}

}  // namespace oidor::audit

#include "audit/criterion_judges.hpp"
#include "audit/scoring.hpp"

namespace oidor::audit {

std::optional<Measure> find_measure(std::string_view name, const Facts& facts,
                                    const std::optional<Milliseconds>& duration) {
    if (name == "duration") {
        return duration.transform([](Milliseconds time) {
            return Measure{.value = Decimal::from_micros(time.count() * 1000), .unit = "s"};
        });
    }
    const auto found = facts.measures.find(name);
    return found != facts.measures.end() ? std::optional(found->second) : std::nullopt;
}

CriterionResult judge_measure(const Criterion& criterion, const Facts& facts,
                              const std::optional<Milliseconds>& duration) {
    const auto measure = find_measure(criterion.measure, facts, duration);
    return judge_value(criterion,
                       measure.transform([](const Measure& found) { return found.value; }),
                       criterion.measure, measure ? measure->unit : "");
}

}  // namespace oidor::audit

#include "proving/report.hpp"

#include <boost/json.hpp>

#include "proving/words.hpp"

namespace oidor::proving {
namespace {

json::value number(const std::optional<Decimal>& value) {
    return value ? json::value(value->to_double()) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object to_json(const Told& told) {
    return {{"expected", told.expected},
            {"judged", told.judged},
            {"both", told.both},
            {"precision", number(told.precision())},
            {"recall", number(told.recall())}};
}

json::object failure_of(const TestReport& report, std::size_t index) {
    const auto& example = report.examples[index];
    const auto& tried = report.trial.tried[index];
    return {{"path", example.path},
            {"line", example.example.line},
            {"criterion", report.trial.criteria[example.criterion].criterion},
            {"name", text_or_null(example.example.name)},
            {"expected", audit::format(example.example.outcome)},
            {"outcome", audit::format(tried.outcome)},
            {"expected_points", number(example.example.points)},
            {"points", number(tried.points)}};
}

json::object to_json(const Mutation& mutation, const TestReport& report, UiLanguage language) {
    json::array survivors;
    for (const auto& mutant : mutation.survivors) {
        survivors.push_back(
            json::object{{"operator", format(mutant.operation)},
                         {"criterion", report.trial.criteria[mutant.criterion].criterion},
                         {"line", mutant.line},
                         {"from", mutant.from},
                         {"to", text_or_null(mutant.to)},
                         {"write", advice_text(mutant, language)}});
    }
    json::object operators;
    for (std::size_t i = 0; i < mutation.operators.size(); ++i) {
        if (mutation.operators[i].tried > 0) {
            operators[operator_names()[i]] = json::object{
                {"tried", mutation.operators[i].tried}, {"noticed", mutation.operators[i].noticed}};
        }
    }
    return {{"score", mutation.score().to_double()},
            {"made", mutation.made},
            {"tried", mutation.tried},
            {"noticed", mutation.noticed},
            {"equivalent", mutation.equivalent},
            {"seed", report.seed},
            {"operators", std::move(operators)},
            {"survivors", std::move(survivors)}};
}

json::array to_json(const Samples& samples) {
    json::array array;
    for (const auto& sample : samples.kept) {
        array.push_back(json::object{
            {"conversation_id", sample.conversation.text()},
            {"participation_id", sample.participation.text()},
            {"agent", sample.agent ? json::value(*sample.agent) : json::value(nullptr)},
            {"before", number(sample.before)},
            {"after", number(sample.after)}});
    }
    return array;
}

/// Exact to three places; null without an audit.
json::value mean(Decimal sum, std::int64_t count) {
    if (count == 0) {
        return nullptr;
    }
    const auto thousandths = sum.scaled(Decimal::from_int(1000), Decimal::from_int(count));
    return Decimal::from_micros(thousandths.round_half_even() * 1000).to_double();
}

json::object to_json(const Distribution& distribution, std::int64_t count) {
    json::array bins;
    for (std::size_t i = 0; i < distribution.bins.size(); ++i) {
        bins.push_back(json::object{{"from", i * 10}, {"count", distribution.bins[i]}});
    }
    json::object categories;
    for (const auto& [category, audits] : distribution.categories) {
        categories[category] = audits;
    }
    return {{"mean", mean(distribution.sum, count)},
            {"passing", distribution.passing},
            {"bins", std::move(bins)},
            {"categories", std::move(categories)}};
}

json::object to_json(const CriterionShift& shift) {
    static constexpr std::array kOutcomes = {audit::Outcome::Pass, audit::Outcome::Fail,
                                             audit::Outcome::Unknown,
                                             audit::Outcome::NotApplicable};
    json::object outcomes;
    for (const auto from : kOutcomes) {
        json::object to;
        for (const auto other : kOutcomes) {
            to[audit::format(other)] = shift.count(from, other);
        }
        outcomes[audit::format(from)] = std::move(to);
    }
    return {{"id", shift.criterion},
            {"pass_to_fail", shift.count(audit::Outcome::Pass, audit::Outcome::Fail)},
            {"fail_to_pass", shift.count(audit::Outcome::Fail, audit::Outcome::Pass)},
            {"only_in_new", shift.added},
            {"outcomes", std::move(outcomes)},
            {"examples",
             {{"pass_to_fail", to_json(shift.pass_to_fail)},
              {"fail_to_pass", to_json(shift.fail_to_pass)}}}};
}

json::array to_json(const std::map<std::string, GroupShift>& groups) {
    json::array array;
    for (const auto& [id, group] : groups) {
        json::object criteria;
        for (const auto& [criterion, counts] : group.criteria) {
            criteria[criterion] =
                json::object{{"pass_to_fail", counts[0]}, {"fail_to_pass", counts[1]}};
        }
        array.push_back(json::object{{"id", id},
                                     {"audits", group.audits},
                                     {"mean_before", mean(group.before_sum, group.audits)},
                                     {"mean_after", mean(group.after_sum, group.audits)},
                                     {"pass_to_fail", group.pass_to_fail},
                                     {"fail_to_pass", group.fail_to_pass},
                                     {"criteria", std::move(criteria)},
                                     {"examples", to_json(group.samples)}});
    }
    return array;
}

json::object name_of(const std::string& id, std::int64_t version) {
    return {{"id", id}, {"version", version > 0 ? json::value(version) : json::value(nullptr)}};
}

}  // namespace

json::object to_json(const TestReport& report, UiLanguage language) {
    json::array failures;
    for (std::size_t i = 0; i < report.examples.size(); ++i) {
        if (!report.trial.tried[i].holds) {
            failures.push_back(failure_of(report, i));
        }
    }
    json::array criteria;
    for (const auto& criterion : report.trial.criteria) {
        criteria.push_back(json::object{{"id", criterion.criterion},
                                        {"examples", criterion.examples},
                                        {"held", criterion.held},
                                        {"pass", to_json(criterion.pass)},
                                        {"fail", to_json(criterion.fail)}});
    }
    json::object object = {{"path", report.path},
                           {"scorecard", name_of(report.id, report.version)},
                           {"examples", report.examples.size()},
                           {"held", report.trial.held()},
                           {"failures", std::move(failures)},
                           {"criteria", std::move(criteria)}};
    object["mutation"] = report.mutation ? json::value(to_json(*report.mutation, report, language))
                                         : json::value(nullptr);
    return object;
}

json::object to_json(const LintFinding& finding, std::string_view path, UiLanguage language) {
    return {{"path", path},
            {"line", finding.line},
            {"level", level_of(finding.rule) == LintLevel::Warning ? "warning" : "note"},
            {"rule", format(finding.rule)},
            {"criterion", text_or_null(finding.criterion)},
            {"text", finding.text},
            {"other", text_or_null(finding.other)},
            {"message", lint_text(finding, language)}};
}

json::object to_json(const Change& change) {
    json::object object = {
        {"change", format(change.kind)},   {"criterion", text_or_null(change.criterion)},
        {"key", text_or_null(change.key)}, {"from", text_or_null(change.from)},
        {"to", text_or_null(change.to)},   {"judges", change.judges}};
    object["added"] = json::array(change.added.begin(), change.added.end());
    object["removed"] = json::array(change.removed.begin(), change.removed.end());
    return object;
}

json::object to_json(const BacktestReport& report) {
    const auto& figures = report.figures;
    json::object not_comparable;
    for (std::size_t i = 0; i < kNotComparableCount; ++i) {
        not_comparable[format(static_cast<NotComparable>(i))] = figures.not_comparable[i];
    }
    json::array criteria;
    for (const auto& shift : figures.criteria) {
        criteria.push_back(to_json(shift));
    }
    json::object gone;
    for (const auto& [criterion, count] : figures.gone) {
        gone[criterion] = count;
    }
    return {{"new", name_of(report.newer_id, report.newer_version)},
            {"against", name_of(report.older_id, report.older_version)},
            {"pass_mark", report.pass_mark},
            {"conversations", figures.conversations},
            {"compared", figures.compared},
            {"questions_unknown",
             {{"before", figures.questions_unknown_before},
              {"after", figures.questions_unknown_after}}},
            {"not_comparable", std::move(not_comparable)},
            {"pass_to_fail", figures.pass_to_fail},
            {"fail_to_pass", figures.fail_to_pass},
            {"higher", figures.higher},
            {"lower", figures.lower},
            {"before", to_json(figures.before, figures.compared)},
            {"after", to_json(figures.after, figures.compared)},
            {"criteria", std::move(criteria)},
            {"only_in_old", std::move(gone)},
            {"agents", to_json(figures.agents)},
            {"agents_left_out", figures.agents_left_out},
            {"campaigns", to_json(figures.campaigns)},
            {"campaigns_left_out", figures.campaigns_left_out}};
}

}  // namespace oidor::proving

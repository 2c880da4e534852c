#include "proving/trial.hpp"

#include <algorithm>

namespace oidor::proving {
namespace {

/// The receipt's hash of an example's transcript is nobody's; making it would cost more than
/// judging.
const audit::SourceHashes kNoHashes = {.audio_sha256 = {}, .transcript_sha256 = std::string()};

std::optional<Decimal> share(std::int64_t part, std::int64_t whole) {
    if (whole == 0) {
        return std::nullopt;
    }
    const auto thousandths =
        Decimal::from_int(part * 1000).scaled(Decimal::from_int(1), Decimal::from_int(whole));
    return Decimal::from_micros(thousandths.round_half_even() * 1000);
}

void count(Told& told, audit::Outcome outcome, audit::Outcome expected, audit::Outcome judged) {
    told.expected += expected == outcome ? 1 : 0;
    told.judged += judged == outcome ? 1 : 0;
    told.both += expected == outcome && judged == outcome ? 1 : 0;
}

}  // namespace

std::optional<Decimal> Told::precision() const { return share(both, judged); }
std::optional<Decimal> Told::recall() const { return share(both, expected); }

std::int64_t Trial::held() const {
    return std::ranges::count_if(tried, [](const Tried& one) { return one.holds; });
}

Tried try_example(const audit::Auditor& auditor, const std::string& criterion,
                  const audit::Example& example) {
    const auto audit = auditor.judge(example.transcript, example.facts, kNoHashes);
    const auto found = std::ranges::find(audit.criteria, criterion, &audit::CriterionResult::id);
    Tried tried;
    if (found != audit.criteria.end()) {
        tried.outcome = found->outcome;
        tried.points = found->points;
    }
    tried.holds =
        tried.outcome == example.outcome && (!example.points || tried.points == example.points);
    return tried;
}

Trial try_examples(const audit::Auditor& auditor, std::span<const ProvingExample> examples) {
    Trial trial;
    for (const auto& criterion : auditor.scorecard().criteria) {
        trial.criteria.push_back({.criterion = criterion.id});
    }
    trial.tried.reserve(examples.size());
    for (const auto& example : examples) {
        auto& figures = trial.criteria[example.criterion];
        const auto tried = try_example(auditor, figures.criterion, example.example);
        ++figures.examples;
        figures.held += tried.holds ? 1 : 0;
        count(figures.pass, audit::Outcome::Pass, example.example.outcome, tried.outcome);
        count(figures.fail, audit::Outcome::Fail, example.example.outcome, tried.outcome);
        trial.tried.push_back(tried);
    }
    return trial;
}

}  // namespace oidor::proving

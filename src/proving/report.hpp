// This room's results as JSON: what the command line prints and the API answers.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/messages.hpp"
#include "proving/backtest.hpp"
#include "proving/difference.hpp"
#include "proving/lint.hpp"
#include "proving/mutation.hpp"
#include "proving/trial.hpp"

namespace oidor::proving {

/// Everything of one `scorecard test`.
struct TestReport {
    std::string path = {};  ///< Of the scorecard, as it was named.
    std::string id = {};
    std::int64_t version = 0;
    std::vector<ProvingExample> examples = {};
    Trial trial = {};
    std::optional<Mutation> mutation = {};  ///< Not where mutants were not asked for.
    std::uint64_t seed = 1;
};

json::object to_json(const TestReport& report, UiLanguage language);
json::object to_json(const LintFinding& finding, std::string_view path, UiLanguage language);
json::object to_json(const Change& change);
json::object to_json(const BacktestReport& report);

}  // namespace oidor::proving

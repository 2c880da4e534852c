// What people read of this room's results, in their language.
#pragma once

#include <string>

#include "base/messages.hpp"
#include "proving/backtest.hpp"
#include "proving/difference.hpp"
#include "proving/lint.hpp"
#include "proving/mutants.hpp"

namespace oidor::proving {

/// What example would notice a mutant.
std::string advice_text(const Mutant& mutant, UiLanguage language);
/// Why a finding is one, and what to do.
std::string lint_text(const LintFinding& finding, UiLanguage language);
/// One change in a sentence.
std::string change_text(const Change& change, UiLanguage language);
/// A back-test as lines.
std::string report_text(const BacktestReport& report, UiLanguage language);

}  // namespace oidor::proving

// The words of `oidor scorecard` that prove one: test, lint, diff, backtest.
#pragma once

#include "cli/command.hpp"
#include "cli/drafts.hpp"

namespace oidor::cli {

/// Whether the word is one of the four.
bool is_proving_word(std::string_view word);
/// Runs the word that the invocation begins with.
Result<int> run_proving(const Invocation& invocation);

/// `scorecard backtest`; in a file of its own.
Result<int> run_backtest(const Invocation& invocation);
/// The linter's warnings to stderr, without its notes: for `check`.
void print_warnings(const Invocation& invocation, const Draft& draft);
/// A number of an option, from `min` to `max`. Invalid.
Result<std::int64_t> read_number(const Invocation& invocation, std::string_view name,
                                 std::int64_t fallback, std::int64_t min, std::int64_t max);

}  // namespace oidor::cli

// The words of `oidor scorecard` that say whom one serves: bind, unbind, bindings.
#pragma once

#include <optional>
#include <string_view>

#include "cli/command.hpp"
#include "config/settings.hpp"
#include "store/store.hpp"

namespace oidor::cli {

/// Whether the word is one of the three.
bool is_binding_word(std::string_view word);
/// Runs the word that the invocation begins with.
Result<int> run_bindings(const Invocation& invocation, const config::Settings& settings,
                         store::Store& store);

/// `--version`, a number from 1. Invalid.
Result<std::optional<int>> read_version(const Invocation& invocation);

}  // namespace oidor::cli

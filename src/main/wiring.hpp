// The running service: every room built, wired and run. Only this folder knows them all.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "cli/command.hpp"
#include "config/settings.hpp"

namespace oidor {

/// `oidor serve`: runs until SIGINT or SIGTERM, reads the settings again at SIGHUP; the exit code.
/// Blocks its thread. Errors: those of opening a part, each naming what to do.
Result<int> serve(const cli::Invocation& invocation, const config::Settings& settings);

}  // namespace oidor

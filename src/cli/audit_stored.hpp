// `oidor audit --stored`: audits that the house keeps, recomputed or shown by their criteria.
#pragma once

#include "cli/command.hpp"
#include "config/settings.hpp"

namespace oidor::cli {

/// `--stored ID|all` with `--verify` (exit 9 when one does not come out the same), or
/// `--stored ID --criteria`. Errors: Invalid, NotFound, the store's.
Result<int> run_stored_audits(const Invocation& invocation, const config::Settings& settings);

}  // namespace oidor::cli

// The sources of this build as the configuration knows them, and an account's settings as the
// pipeline wants them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "config/spec.hpp"
#include "pipeline/account_options.hpp"
#include "speech/engine.hpp"

namespace oidor::cli {

/// One for each connector, and `file` for what is handed in by people.
std::vector<config::AccountSpec> account_specs();

/// Looks accounts up in one set of settings; an unknown one gets the installation's defaults.
pipeline::AccountLookup account_lookup(std::shared_ptr<const config::Settings> settings);

}  // namespace oidor::cli

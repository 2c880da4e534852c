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

/// An account of a signing source whose deliveries are all refused, because nothing to check their
/// signatures with is set.
struct MissingSecret {
    std::string source = {};
    std::string path = {};    ///< The setting: `accounts.net2phone.default.secret`.
    bool configured = false;  ///< Something else is set for the account: somebody means to use it.
};
std::vector<MissingSecret> list_missing_secrets(const config::Settings& settings);

}  // namespace oidor::cli

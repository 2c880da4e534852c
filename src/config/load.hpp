// Reads the settings from flags, environment, `.env` and file, and reports all faults at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "config/spec.hpp"

namespace oidor::config {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Where settings come from, strongest first. Nothing is read from the process behind these.
struct LoadInputs {
    Pairs flags = {};                             ///< (`data`, `./here`): names without dashes.
    Pairs environment = {};                       ///< See process_environment().
    std::optional<std::string> config_path = {};  ///< `--config`; else ./oidor.toml if present.
    std::string working_dir = ".";
    std::vector<AccountSpec> accounts = {};        ///< The sources of this build.
    std::vector<SinkKind> sinks = {};              ///< The kinds of sinks of this build.
    std::vector<std::string> speech_engines = {};  ///< When given, an engine must be one of them.
    /// When given, `store.url` and `blobs.url` must be of one: `sqlite`, `file`.
    std::vector<std::string> url_schemes = {};
};

/// The process's environment.
Pairs process_environment();

/// Precedence: flag, environment, `.env` beside the config file, file, default; a given `K_file` is
/// the value of the secret `K`. Relative paths written in the file count from its folder, others
/// from `working_dir`. Names that start with `OIDOR_DEV_` or `OIDOR_TEST_` belong to scripts;
/// `OIDOR_FAILPOINTS` is read before any setting (base/failpoint.hpp).
/// Errors: Invalid with every fault, one a line: `origin: path: what is wrong`; never a value.
Result<Settings> load(const LoadInputs& inputs);

}  // namespace oidor::config

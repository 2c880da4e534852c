// What people read about the settings, made from their declarations.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/messages.hpp"
#include "config/settings.hpp"
#include "config/spec.hpp"

namespace oidor::config {

enum class ShowForm { Text, Json };

/// `oidor config show`: every setting, its value (secrets masked) and its origin.
std::string format_settings(const Settings& settings, ShowForm form = ShowForm::Text);

/// `oidor config schema`: JSON Schema (2020-12) of the file.
std::string format_schema(std::span<const AccountSpec> accounts,
                          std::span<const SinkKind> sinks = {});

/// docs/reference/config.md.
std::string format_reference(std::span<const AccountSpec> accounts,
                             std::span<const SinkKind> sinks = {});

/// A file with everything commented out, to start from.
std::string format_sample(std::span<const AccountSpec> accounts,
                          std::span<const SinkKind> sinks = {});

/// The flags that are settings, for `--help`.
std::string format_flags_help(UiLanguage language);

/// A flag that is a setting; the command line takes it before or after a command's words.
struct Flag {
    std::string_view name = {};      ///< `data`
    std::string_view argument = {};  ///< `DIR`
    std::string_view path = {};      ///< `data_dir`
};
std::vector<Flag> list_flags();

}  // namespace oidor::config

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/sources.hpp"
#include "config/pages.hpp"
#include "sinks/registry.hpp"

namespace oidor::cli {
namespace {

Result<int> run_config(const Invocation& invocation) {
    TRY_ASSIGN(const auto verb, invocation.word(0, "show, check, schema or sample"));
    TRY(invocation.no_more_than(1));
    const auto specs = account_specs();
    if (verb == "schema") {
        fmt::print("{}", config::format_schema(specs, sinks::list_kind_settings()));
        return 0;
    }
    if (verb == "sample") {
        fmt::print("{}", config::format_sample(specs, sinks::list_kind_settings()));
        return 0;
    }
    if (verb != "show" && verb != "check") {
        return fail(ErrorCode::Invalid, "config {}: expected show, check, schema or sample", verb);
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    if (verb == "show") {
        fmt::print(
            "{}", config::format_settings(
                      settings, invocation.json ? config::ShowForm::Json : config::ShowForm::Text));
        return 0;
    }
    for (const auto& warning : settings.warnings) {
        fmt::print(stderr, "oidor: {}\n", warning);
    }
    fmt::print(stderr, "{}\n", text(Message::config_fine, invocation.language));
    return 0;
}

}  // namespace

Command config_command() {
    return {.name = "config",
            .summary = Message::config_summary,
            .usage = {"config show", "config check", "config schema", "config sample"},
            .examples = {"oidor config show", "oidor config check --config oidor.toml",
                         "oidor config sample > oidor.toml"},
            .options = {},
            .run = run_config};
}

}  // namespace oidor::cli

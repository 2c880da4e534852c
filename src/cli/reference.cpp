// `oidor reference PAGE`: the pages of docs/reference that are made from code.
#include <fmt/format.h>

#include "audit/scorecard_schema.hpp"
#include "base/failpoint.hpp"
#include "cli/commands.hpp"
#include "cli/sources.hpp"
#include "config/pages.hpp"
#include "server/api_routes.hpp"
#include "server/routes.hpp"
#include "server/webhook_routes.hpp"
#include "sinks/registry.hpp"
#include "telemetry/catalogue.hpp"

namespace oidor::cli {
namespace {

std::string format_errors_page() {
    std::string page =
        "# Error codes\n\nMade from `src/base/error.cpp` by `./dev docs`; do not edit.\n\n"
        "| code | HTTP | exit code |\n|---|---|---|\n";
    for (const auto& row : error_table()) {
        page += fmt::format("| `{}` | {} | {} |\n", row.name, row.http_status, row.exit_code);
    }
    return page;
}

std::string format_commands_page(const CommandParts& parts) {
    std::string page = "# Command line\n\nMade from `src/cli` by `./dev docs`; do not edit.\n";
    for (const auto& command : all_commands(parts)) {
        page += fmt::format("\n## oidor {}\n\n```\n{}```\n", command.name,
                            format_help(command, UiLanguage::English));
    }
    return page;
}

std::string format_failpoints_page() {
    std::string page =
        "# Failpoints\n\nMade from `src/base/failpoints.inc` by `./dev docs`; do not edit.\n\n"
        "Points between two steps, for tests: every build has them, and they are off. "
        "`OIDOR_FAILPOINTS` switches them on, as `NAME=ACTION[@N]` parted by `;`. ACTION is `kill` "
        "(the process ends as by SIGKILL), `error:CODE` (a [code](errors.md)) or "
        "`delay:MILLISECONDS`; with `@N` only the N-th hit counts. Points that take no error say "
        "so.\n\n| name | is reached when | takes |\n|---|---|---|\n";
    for (const auto& row : failpoint_table()) {
        page +=
            fmt::format("| `{}` | {} | {} |\n", row.name, row.text,
                        row.kind == FailpointKind::CanFail ? "kill, error, delay" : "kill, delay");
    }
    return page;
}

Result<int> run_reference(const Invocation& invocation, const CommandParts& parts) {
    TRY_ASSIGN(const auto page, invocation.word(0, "the page"));
    TRY(invocation.no_more_than(1));
    const auto specs = account_specs();
    if (page == "config") {
        fmt::print("{}", config::format_reference(specs, sinks::list_kind_settings()));
    } else if (page == "config-schema") {
        fmt::print("{}", config::format_schema(specs, sinks::list_kind_settings()));
    } else if (page == "telemetry") {
        fmt::print("{}", telemetry::format_reference());
    } else if (page == "errors") {
        fmt::print("{}", format_errors_page());
    } else if (page == "failpoints") {
        fmt::print("{}", format_failpoints_page());
    } else if (page == "commands") {
        fmt::print("{}", format_commands_page(parts));
    } else if (page == "scorecard-schema") {
        fmt::print("{}", audit::scorecard_schema());
    } else if (page == "phrase-pack-schema") {
        fmt::print("{}", audit::phrase_pack_schema());
    } else if (page == "openapi") {
        fmt::print("{}\n", server::format_openapi(server::documented_routes(), parts.version));
    } else {
        return fail(ErrorCode::Invalid,
                    "reference {}: expected config, config-schema, telemetry, errors, failpoints, "
                    "commands, "
                    "scorecard-schema, phrase-pack-schema or openapi",
                    page);
    }
    return 0;
}

}  // namespace

Command reference_command(const CommandParts& parts) {
    return {
        .name = "reference",
        .summary = Message::reference_summary,
        .usage = {"reference config|config-schema|telemetry|errors|failpoints|commands|"
                  "scorecard-schema|phrase-pack-schema|openapi"},
        .examples = {"oidor reference openapi"},
        .options = {},
        .run = [parts](const Invocation& invocation) { return run_reference(invocation, parts); }};
}

}  // namespace oidor::cli

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/failpoint.hpp"
#include "base/json.hpp"
#include "cli/commands.hpp"

namespace oidor::cli {
namespace {

UiLanguage language_of(const std::vector<std::string>& arguments) {
    std::string chosen;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--ui-language" && i + 1 < arguments.size()) {
            chosen = arguments[i + 1];
        } else if (arguments[i].starts_with("--ui-language=")) {
            chosen = arguments[i].substr(std::string_view("--ui-language=").size());
        }
    }
    if (chosen.empty()) {
        const char* setting =
            std::getenv("OIDOR_UI_LANGUAGE");  // NOLINT(concurrency-mt-unsafe): before any thread
        chosen = setting != nullptr ? setting : "";
    }
    const char* lang = std::getenv("LANG");  // NOLINT(concurrency-mt-unsafe)
    return choose_ui_language(chosen, lang != nullptr ? lang : "");
}

int report(const Error& error, bool json) {
    const auto& faces = faces_of(error.code);
    if (json) {
        const json::object object = {{"error", {{"code", faces.name}, {"message", error.message}}}};
        fmt::print("{}\n", format_json(object));
    }
    fmt::print(stderr, "oidor: {}: {}\n", faces.name, error.message);
    return faces.exit_code;
}

/// The command's name is the first word; flags that are settings may stand before it, with their
/// values.
std::size_t find_command_word(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& argument = arguments[i];
        if (!argument.starts_with('-')) {
            return i;
        }
        const bool takes_value = argument != "--json" && argument != "--help" && argument != "-h" &&
                                 argument.find('=') == std::string::npos;
        i += takes_value ? 1 : 0;
    }
    return arguments.size();
}

}  // namespace

std::vector<Command> all_commands(const CommandParts& parts) {
    return {audit_command(),          measure_command(),     redact_command(),
            serve_command(parts),     keys_command(),        campaigns_command(),
            agents_command(),         mappings_command(),    anura_command(),
            scorecard_command(),      models_command(),      costs_command(),
            estimate_command(),       transcripts_command(), transcribe_command(),
            jobs_command(),           deliver_command(),     coverage_command(),
            report_command(),         import_command(),      erase_command(),
            hold_command(),           backup_command(parts), restore_command(),
            store_command(),          config_command(),      doctor_command(parts),
            reference_command(parts), version_command(parts)};
}

int run_program(const std::vector<std::string>& arguments, const CommandParts& parts) {
    const auto language = language_of(arguments);
    const auto commands = all_commands(parts);
    const auto at = find_command_word(arguments);
    if (at == arguments.size()) {
        const bool version = std::ranges::find(arguments, "--version") != arguments.end();
        const bool asked = std::ranges::any_of(
            arguments, [](const auto& a) { return a == "--help" || a == "-h"; });
        if (version) {
            fmt::print("oidor {}\n", parts.version);
            return 0;
        }
        fmt::print(asked ? stdout : stderr, "{}", format_overview(commands, language));
        return asked ? 0 : faces_of(ErrorCode::Invalid).exit_code;
    }
    if (arguments[at] == "help") {
        fmt::print("{}", format_overview(commands, language));
        return 0;
    }
    const auto command = std::ranges::find(commands, arguments[at], &Command::name);
    if (command == commands.end()) {
        return report(
            {.code = ErrorCode::Invalid,
             .message = fmt::format("unknown command {}: oidor --help lists them", arguments[at]),
             .retry_after = {}},
            false);
    }
    auto rest = arguments;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at));
    auto invocation = parse_invocation(*command, rest);
    if (!invocation) {
        return report(invocation.error(), false);
    }
    invocation->language = language;
    if (invocation->help) {
        fmt::print("{}", format_help(*command, language));
        return 0;
    }
    const char* const failpoints =
        std::getenv("OIDOR_FAILPOINTS");  // NOLINT(concurrency-mt-unsafe)
    if (failpoints != nullptr) {
        if (const auto armed = arm_failpoints(failpoints); !armed) {
            return report(armed.error(), invocation->json);
        }
    }
    const auto result = command->run(*invocation);
    return result ? *result : report(result.error(), invocation->json);
}

}  // namespace oidor::cli

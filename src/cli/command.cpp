#include "cli/command.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/sources.hpp"
#include "config/pages.hpp"
#include "sinks/registry.hpp"

namespace oidor::cli {
namespace {

/// The number of single-character edits between two short words.
std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min(
                {above + 1, row[j - 1] + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

struct Known {
    std::string_view name;
    bool takes_value;
};

std::vector<Known> known_options(const Command& command) {
    std::vector<Known> known = {{"json", false}, {"help", false}, {"config", true}};
    for (const auto& option : command.options) {
        known.push_back({option.name, !option.argument.empty()});
    }
    for (const auto& flag : config::list_flags()) {
        known.push_back({flag.name, true});
    }
    return known;
}

bool is_setting(const Command& command, std::string_view name) {
    const bool own = std::ranges::any_of(
        command.options, [name](const Option& option) { return option.name == name; });
    const auto flags = config::list_flags();
    return !own && std::ranges::any_of(
                       flags, [name](const config::Flag& flag) { return flag.name == name; });
}

Result<Known> find_known(const std::vector<Known>& known, std::string_view name) {
    const auto found = std::ranges::find(known, name, &Known::name);
    if (found != known.end()) {
        return *found;
    }
    const auto nearest = std::ranges::min_element(
        known, {}, [name](const Known& option) { return edit_distance(option.name, name); });
    return fail(ErrorCode::Invalid, "unknown option --{}: did you mean --{}? (--help lists them)",
                name, nearest->name);
}

void take(Invocation& invocation, const Command& command, std::string name, std::string value) {
    if (name == "json") {
        invocation.json = true;
    } else if (name == "help") {
        invocation.help = true;
    } else if (name == "config") {
        invocation.config_path = std::move(value);
    } else if (is_setting(command, name)) {
        invocation.flags.emplace_back(std::move(name), std::move(value));
    } else {
        invocation.options.emplace_back(std::move(name), std::move(value));
    }
}

std::string options_text(const std::vector<Option>& options, UiLanguage language) {
    std::string out;
    for (const auto& option : options) {
        const auto left = fmt::format("--{}{}{}", option.name, option.argument.empty() ? "" : " ",
                                      option.argument);
        out += fmt::format("  {:<28} {}\n", left, text(option.text, language));
    }
    return out;
}

}  // namespace

bool Invocation::has(std::string_view option) const { return find(option).has_value(); }

std::optional<std::string> Invocation::find(std::string_view option) const {
    std::optional<std::string> value;
    for (const auto& [name, given] : options) {
        if (name == option) {
            value = given;
        }
    }
    return value;
}

std::vector<std::string> Invocation::all(std::string_view option) const {
    std::vector<std::string> values;
    for (const auto& [name, given] : options) {
        if (name == option) {
            values.push_back(given);
        }
    }
    return values;
}

Result<std::string> Invocation::word(std::size_t index, std::string_view name) const {
    if (index >= words.size()) {
        return fail(ErrorCode::Invalid, "{} is missing: --help shows how", name);
    }
    return words[index];
}

Result<void> Invocation::no_more_than(std::size_t count) const {
    if (words.size() > count) {
        return fail(ErrorCode::Invalid, "{} is one word too many: --help shows how", words[count]);
    }
    return {};
}

Result<Invocation> parse_invocation(const Command& command,
                                    const std::vector<std::string>& arguments) {
    const auto known = known_options(command);
    Invocation invocation;
    bool only_words = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& argument = arguments[i];
        if (only_words || argument == "-" || !argument.starts_with('-')) {
            invocation.words.push_back(argument);
            continue;
        }
        if (argument == "--") {
            only_words = true;
            continue;
        }
        auto name = argument == "-h" ? std::string("help")
                                     : argument.substr(argument.starts_with("--") ? 2 : 1);
        std::optional<std::string> value;
        if (const auto equals = name.find('='); equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        }
        TRY_ASSIGN(const auto option, find_known(known, name));
        if (option.takes_value && !value) {
            if (i + 1 >= arguments.size()) {
                return fail(ErrorCode::Invalid, "--{} needs a value", name);
            }
            value = arguments[++i];
        } else if (!option.takes_value && value) {
            return fail(ErrorCode::Invalid, "--{} takes no value", name);
        }
        take(invocation, command, std::move(name), value.value_or(""));
    }
    return invocation;
}

std::string format_help(const Command& command, UiLanguage language) {
    std::string out = fmt::format("{}\n\n{}\n", text(command.summary, language),
                                  text(Message::help_examples, language));
    for (const auto example : command.examples) {
        out += fmt::format("  {}\n", example);
    }
    out += fmt::format("\n{}\n", text(Message::help_usage, language));
    for (const auto usage : command.usage) {
        out += fmt::format("  oidor {}\n", usage);
    }
    if (!command.options.empty()) {
        out += fmt::format("\n{}\n{}", text(Message::help_options, language),
                           options_text(command.options, language));
    }
    out +=
        fmt::format("\n{}\n  {:<28} {}\n  {:<28} {}\n{}", text(Message::help_everywhere, language),
                    "--json", text(Message::help_json, language), "--config FILE",
                    text(Message::help_config, language), config::format_flags_help(language));
    return out;
}

std::string format_overview(const std::vector<Command>& commands, UiLanguage language) {
    std::string out = fmt::format("{}\n\n{}\n", text(Message::help_program, language),
                                  text(Message::help_examples, language));
    for (const auto& command : commands) {
        if (!command.examples.empty()) {
            out += fmt::format("  {}\n", command.examples.front());
        }
    }
    out += fmt::format("\n{}\n", text(Message::help_commands, language));
    for (const auto& command : commands) {
        out += fmt::format("  {:<12} {}\n", command.name, text(command.summary, language));
    }
    out += fmt::format("\n{}\n", text(Message::help_more, language));
    return out;
}

Result<config::Settings> load_settings(const Invocation& invocation) {
    return config::load({.flags = invocation.flags,
                         .environment = config::process_environment(),
                         .config_path = invocation.config_path,
                         .working_dir = ".",
                         .accounts = account_specs(),
                         .sinks = sinks::list_kind_settings(),
                         .speech_engines = speech::list_engine_names()});
}

}  // namespace oidor::cli

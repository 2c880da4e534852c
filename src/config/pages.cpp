#include "config/pages.hpp"

#include <fmt/format.h>
#include <algorithm>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/utf8.hpp"
#include "config/read/declared.hpp"

namespace oidor::config {
namespace {

constexpr std::size_t kHelpColumn = 28;
constexpr std::size_t kHelpWidth = 66;

json::value to_json(const Entry& entry) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&entry.value)) {
        return json::value(json::array(list->begin(), list->end()));
    }
    if (const auto* flag = std::get_if<bool>(&entry.value)) {
        return *flag;
    }
    const auto* number = std::get_if<std::int64_t>(&entry.value);
    if (number != nullptr && entry.kind != Kind::Duration) {
        return *number;
    }
    return json::value(format_shown(entry));
}

/// What must hold for a value, in words: bounds, choices.
std::string rules_of(const Key& key) {
    const auto& options = key.options;
    std::string out;
    if (!options.choices.empty()) {
        out += fmt::format("One of {}. ", fmt::join(options.choices, ", "));
    }
    if (!options.min.empty() && !options.max.empty()) {
        out += fmt::format("From {} to {}. ", options.min, options.max);
    }
    if (options.need == Need::Required) {
        out += "Required. ";
    }
    if (options.use == Use::Reserved) {
        out += "Read and checked; this version makes no use of it yet. ";
    }
    return out;
}

/// Whose setting a row is.
struct Owner {
    const AccountSpec* source = nullptr;  ///< Of one source's accounts.
    bool any_source = false;              ///< Of every account.
    bool sink = false;
};

std::string variable_of(const Key& key, const Owner& owner) {
    const auto* source = owner.source;
    const bool any_source = owner.any_source;
    if (owner.sink) {
        return fmt::format("OIDOR_SINKS_<NAME>_{}", environment_name(key.options.key).substr(6));
    }
    if (source == nullptr && !any_source) {
        return environment_name(key.options.key);
    }
    const auto rest = environment_name(key.options.key).substr(6);
    return fmt::format("OIDOR_ACCOUNTS_{}_<NAME>_{}",
                       any_source ? "<SOURCE>" : environment_name(source->source).substr(6), rest);
}

/// A table's cell ends at a bar.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '|' ? "\\|" : std::string(1, c);
    }
    return out;
}

/// The words of `text` in lines of the help's right column.
std::string wrapped(std::string_view text) {
    std::string out;
    std::size_t column = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        const auto width = count_code_points(word);
        if (column > 0 && column + 1 + width > kHelpWidth) {
            out += fmt::format("\n{:{}}", "", kHelpColumn);
            column = 0;
        }
        out += column > 0 ? " " : "";
        column += width + (column > 0 ? 1 : 0);
        out += word;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out + "\n";
}

void append_row(std::string& out, const Key& key, const Owner& owner) {
    const auto& options = key.options;
    std::string names = fmt::format("`{}`", variable_of(key, owner));
    for (const auto& older : options.older_names) {
        names += fmt::format("<br>`{}`", owner.any_source && older.name.starts_with("{SOURCE}")
                                             ? fmt::format("<SOURCE>{}", older.name.substr(8))
                                             : std::string(older.name));
    }
    if (!options.flag.empty()) {
        names += fmt::format("<br>`--{} {}`", options.flag, options.argument);
    }
    auto fallback = default_words(key);
    if (!options.example.empty() && fallback.empty()) {
        fallback = fmt::format("none; for example `{}`", options.example);
    }
    out += fmt::format("| `{}` | {} | {} {}| {} | {} | {} |\n", options.key, kind_words(key),
                       options.text, rules_of(key), cell(fallback),
                       options.effect == Effect::Live ? "live" : "restart", cell(names));
}

constexpr std::string_view kTableHead =
    "| key | kind | is | default | change | environment, flag |\n|---|---|---|---|---|---|\n";

void append_sample_key(std::string& out, const Key& key, const std::string& prefix) {
    const auto& options = key.options;
    out += fmt::format("\n# {} {}\n", options.text, rules_of(key));
    while (out.ends_with(" \n")) {
        out.erase(out.size() - 2, 1);
    }
    if (key.kind == Kind::Secret && options.format == Format::Any) {
        out += fmt::format("# {}{}_file = \"/etc/oidor/{}\"\n", prefix, options.key, options.key);
        return;
    }
    out += fmt::format("# {}{} = {}\n", prefix, options.key,
                       key.fallback ? toml_literal(key, *key.fallback) : example_literal(key));
}

void append_sinks(std::string& out, std::span<const SinkKind> sinks) {
    if (sinks.empty()) {
        return;
    }
    out += fmt::format(
        "\n## Sinks\n\nA sink's settings stand in `[sinks.<name>]`; names are `a-z` and `0-9`, not "
        "`health` or `test`. {}\n\n{}",
        sink_common_spec().text(), kTableHead);
    for (const auto& key : sink_common_spec().keys()) {
        append_row(out, key, {.sink = true});
    }
    for (const auto& kind : sinks) {
        out += fmt::format("\n### kind = \"{}\"\n\n{}\n\n{}", kind.kind, kind.title, kTableHead);
        for (const auto& key : kind.keys) {
            append_row(out, key, {.sink = true});
        }
    }
}

}  // namespace

std::string format_settings(const Settings& settings, ShowForm form) {
    if (form == ShowForm::Json) {
        json::object out;
        for (const auto& [path, entry] : settings.values) {
            out[path] = {{"value", to_json(entry)}, {"origin", entry.origin}};
        }
        return format_json(out) + "\n";
    }
    std::string out;
    for (const auto& [path, entry] : settings.values) {
        out += fmt::format("{} = {}  # {}\n", path, shown_literal(entry), entry.origin);
    }
    return out;
}

std::string format_reference(std::span<const AccountSpec> accounts,
                             std::span<const SinkKind> sinks) {
    std::string out =
        "# Settings\n\n"
        "<!-- Made from the declarations in src/config and in the connectors: change those, then "
        "`./dev docs`. -->\n\n"
        "Nothing needs a configuration file. What is set counts in this order: flag, environment, "
        "`.env` beside the file, file (`--config`, else `./oidor.toml`), default. Environment "
        "lists are comma-separated. Each secret may be given as `<key>_file`: the name of a file "
        "that holds it; secrets have no flags. A `.env` that others can read is refused. Relative "
        "paths in the file count from its folder. `oidor config check` reports all faults at "
        "once, `oidor config show` what counts and where it came from. The file is read at start "
        "and on SIGHUP; a faulty one is refused whole. *live* settings change then, *restart* "
        "ones at the next start.\n\n"
        "## Installation\n\n";
    out += kTableHead;
    for (const auto& key : installation_spec().keys()) {
        append_row(out, key, {});
    }
    out += fmt::format(
        "\n## Accounts\n\nAn account's settings stand in `[accounts.<source>.<name>]`; names are "
        "`a-z` and `0-9`, not `health` or `test`. `default` is there without being named. {}\n\n",
        account_common_spec().text());
    out += kTableHead;
    for (const auto& key : account_common_spec().keys()) {
        append_row(out, key, {.any_source = true});
    }
    for (const auto& source : accounts) {
        out += fmt::format("\n### {}\n\n{}\n", source.source, source.title);
        if (!source.country.empty() || !source.time_zone.empty()) {
            out += fmt::format("\nStates country {} and time zone {}.\n", source.country,
                               source.time_zone);
        }
        if (!source.recording_hosts.empty()) {
            out += fmt::format("\nStates recording hosts {}.\n",
                               fmt::join(source.recording_hosts, ", "));
        }
        if (!source.keys.empty()) {
            out += fmt::format("\n{}", kTableHead);
            for (const auto& key : source.keys) {
                append_row(out, key, {.source = &source});
            }
        }
    }
    append_sinks(out, sinks);
    return out;
}

std::string format_sample(std::span<const AccountSpec> accounts, std::span<const SinkKind> sinks) {
    std::string out =
        "# oidor.toml: everything that can be set, commented out. Shown are the defaults, or an\n"
        "# example where there is none. The reference is docs/reference/config.md.\n";
    for (const auto& key : installation_spec().keys()) {
        append_sample_key(out, key, "");
    }
    for (const auto& source : accounts) {
        const auto prefix = fmt::format("accounts.{}.default.", source.source);
        for (const auto& key : account_common_spec().keys()) {
            append_sample_key(out, key, prefix);
        }
        for (const auto& key : source.keys) {
            append_sample_key(out, key, prefix);
        }
    }
    for (const auto& kind : sinks) {
        const auto prefix = fmt::format("sinks.{}.", kind.kind);
        for (const auto& key : sink_common_spec().keys()) {
            if (key.options.key == "kind") {
                out += fmt::format("\n# {}\n# {}kind = \"{}\"\n", kind.title, prefix, kind.kind);
            } else {
                append_sample_key(out, key, prefix);
            }
        }
        for (const auto& key : kind.keys) {
            append_sample_key(out, key, prefix);
        }
    }
    return out;
}

std::string format_flags_help(UiLanguage language) {
    std::string out;
    for (const auto& key : installation_spec().keys()) {
        const auto& options = key.options;
        if (options.flag.empty()) {
            continue;
        }
        const auto head = fmt::format("  --{} {}", options.flag, options.argument);
        std::string words(language == UiLanguage::Spanish ? options.text_es : options.text);
        if (!options.choices.empty()) {
            words += " " + say<Message::help_choices>(
                               language, fmt::format("{}", fmt::join(options.choices, ", ")));
        }
        if (key.fallback) {
            words += " " +
                     say<Message::help_default>(language, format_shown({.value = *key.fallback,
                                                                        .kind = key.kind,
                                                                        .format = options.format}));
        }
        words += " " + say<Message::help_environment>(language, environment_name(options.key));
        out += fmt::format("{:<{}}{}", head + " ", kHelpColumn, wrapped(words));
    }
    return out;
}

std::vector<Flag> list_flags() {
    std::vector<Flag> flags;
    for (const auto& key : installation_spec().keys()) {
        if (!key.options.flag.empty()) {
            flags.push_back({.name = key.options.flag,
                             .argument = key.options.argument,
                             .path = key.options.key});
        }
    }
    return flags;
}

}  // namespace oidor::config

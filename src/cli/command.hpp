// A command of the program: its words, its options, its help, and how it is run.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/messages.hpp"
#include "base/result.hpp"
#include "config/load.hpp"

namespace oidor::cli {

/// An option of one command; settings' flags are known everywhere.
struct Option {
    std::string_view name = {};      ///< Without dashes.
    std::string_view argument = {};  ///< What the help calls its value; empty: it takes none.
    Message text = {};
};

/// A command line, taken apart. Options may stand before or after the words.
struct Invocation {
    std::vector<std::string> words = {};  ///< Behind the command's own name.
    config::Pairs options = {};           ///< The command's, in order.
    config::Pairs flags = {};             ///< Those that are settings.
    std::optional<std::string> config_path = {};
    bool json = false;
    bool help = false;
    UiLanguage language = UiLanguage::Spanish;

    [[nodiscard]] bool has(std::string_view option) const;
    /// The last value given.
    [[nodiscard]] std::optional<std::string> find(std::string_view option) const;
    [[nodiscard]] std::vector<std::string> all(std::string_view option) const;
    /// The word at `index`. Invalid says what is missing.
    [[nodiscard]] Result<std::string> word(std::size_t index, std::string_view name) const;
    /// Invalid when there are more words than `count`.
    [[nodiscard]] Result<void> no_more_than(std::size_t count) const;
};

/// One command. `run` prints data to stdout, words to stderr, and gives the exit code.
struct Command {
    std::string_view name = {};
    Message summary = {};
    std::vector<std::string_view> usage = {};     ///< `keys create --name NAME --scope SCOPE …`
    std::vector<std::string_view> examples = {};  ///< Whole command lines.
    std::vector<Option> options = {};
    std::function<Result<int>(const Invocation&)> run = {};
};

/// Takes a command line apart. Invalid for an unknown option (with the nearest known one) or a
/// missing value.
Result<Invocation> parse_invocation(const Command& command,
                                    const std::vector<std::string>& arguments);

/// The help of one command, or of the program.
std::string format_help(const Command& command, UiLanguage language);
std::string format_overview(const std::vector<Command>& commands, UiLanguage language);

/// The settings for this invocation: flags, environment, files.
Result<config::Settings> load_settings(const Invocation& invocation);

}  // namespace oidor::cli

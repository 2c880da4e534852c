// What the layers of the configuration hold before a declaration gives it a meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace oidor::config {

/// A layer, strongest first.
enum class Layer {
    Flag,
    Environment,
    OlderEnvironment,
    Dotenv,
    OlderDotenv,
    File,
    WeakestEnvironment,  ///< Of names that count only when nothing else is given.
    WeakestDotenv,
};

/// One given value. A text of a flag or the environment may be a number or a list as well.
struct Raw {
    std::string path = {};  ///< A setting's path, or the environment's name.
    std::variant<std::string, std::int64_t, bool, std::vector<std::string>> data = {};
    std::string origin = {};
    Layer layer = Layer::File;
};

/// What a layer gives, and what is wrong with it (`origin: …`), in its order.
struct Given {
    std::vector<Raw> values = {};
    std::vector<std::string> tables = {};  ///< Paths of the file's tables: an empty one counts.
    std::vector<std::string> faults = {};
};

/// Reads a TOML file; faults carry file and line. `text` is its content, `name` what people call
/// it.
Given read_toml(std::string_view text, std::string_view name);

/// Reads `NAME=value` lines: `export`, comments, single and double quotes. Raw::path is the name.
Given read_dotenv(std::string_view text, std::string_view name);

/// A whole file of at most `size_bytes_max`. Errors: NotFound, TooLarge, Invalid (no regular
/// file, no permission).
Result<std::string> read_small_file(const std::string& path, std::size_t size_bytes_max);

/// The candidate that is nearest to `word`, when it is near enough to be meant.
std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates);

/// A name from outside as a fault may repeat it: bounded, well-formed, without control characters.
std::string printable(std::string_view name);

}  // namespace oidor::config

// A guard before toml++: dotted keys without end make tables so deep that destroying them overflows
// the stack (toml++ 3.3 bounds nested values, and not dotted keys).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace oidor {

/// The first line, from 1, whose key has more than `parts_max` dotted parts; nothing when there is
/// none. Dots inside strings and comments do not count. To be called before text from outside is
/// parsed as TOML.
std::optional<std::size_t> find_deep_toml_line(std::string_view text, std::size_t parts_max = 16);

}  // namespace oidor

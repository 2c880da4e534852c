#include "base/toml_depth.hpp"

#include <algorithm>

namespace oidor {
namespace {

/// How many bytes the string that starts at the front of `text` takes, its quotes included. One
/// that does not end goes to the end of its line (of the text, for three quotes): the parser will
/// refuse it there.
std::size_t string_size(std::string_view text) {
    const char quote = text.front();
    const bool escapes = quote == '"';
    const bool multiline = text.size() >= 3 && text[1] == quote && text[2] == quote;
    for (std::size_t i = multiline ? 3 : 1; i < text.size(); ++i) {
        if (escapes && text[i] == '\\') {
            ++i;
        } else if (!multiline && (text[i] == quote || text[i] == '\n')) {
            return text[i] == '\n' ? i : i + 1;
        } else if (multiline && text.substr(i, 3) == text.substr(0, 3)) {
            // Up to two quotes may stand before the closing three.
            auto end = i + 3;
            while (end < text.size() && end < i + 5 && text[end] == quote) {
                ++end;
            }
            return end;
        }
    }
    return text.size();
}

}  // namespace

std::optional<std::size_t> find_deep_toml_line(std::string_view text, std::size_t parts_max) {
    std::size_t line = 1;
    std::size_t parts = 1;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == '"' || c == '\'') {
            const auto size = std::min(string_size(text.substr(i)), text.size() - i);
            line += static_cast<std::size_t>(std::ranges::count(text.substr(i, size), '\n'));
            i += size;
            continue;
        }
        if (c == '#') {
            i = std::min(text.find('\n', i), text.size());
            continue;
        }
        if (c == '.') {
            if (++parts > parts_max) {
                return line;
            }
        } else if (c == '\n' || c == '=' || c == ',' || c == '{') {
            parts = 1;
            line += c == '\n' ? 1 : 0;
        }
        ++i;
    }
    return std::nullopt;
}

}  // namespace oidor

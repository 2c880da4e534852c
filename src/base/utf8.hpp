// UTF-8: checking, walking and repairing bytes from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace oidor {

/// True when `bytes` is well-formed UTF-8 (no surrogates, no overlong forms, nothing above
/// U+10FFFF).
bool is_utf8(std::string_view bytes);

/// One code point and how many bytes it took. Ill-formed input gives U+FFFD and a length of at
/// least 1.
struct CodePoint {
    char32_t value = 0;
    std::size_t size_bytes = 0;
    bool valid = true;
};

/// Reads the code point that starts at `position`, which must lie inside `text`.
CodePoint read_code_point(std::string_view text, std::size_t position);

void append_utf8(std::string& text, char32_t code_point);

/// How many code points `text` has; an ill-formed byte counts as one.
std::size_t count_code_points(std::string_view text);

/// The same text with each ill-formed sequence replaced by U+FFFD.
std::string repair_utf8(std::string_view bytes);

/// Windows-1252 bytes as UTF-8, the five unassigned bytes as U+FFFD.
std::string windows1252_to_utf8(std::string_view bytes);

}  // namespace oidor

// Texts with bytes that PostgreSQL's `text` refuses: NUL, and what is not UTF-8. SQLite keeps them,
// so does this backend: such a byte is stored as U+10FFFE (which means nothing in Unicode) and its
// two hexadecimal digits; so is each byte of a U+10FFFE itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oidor::store::postgres {

/// The text as it is stored; nothing when it can be stored as it is. Different texts stay
/// different.
std::optional<std::string> escape_text(std::string_view text);
/// The text that was given to be stored; nothing when it is as it was stored.
std::optional<std::string> unescape_text(std::string_view stored);

}  // namespace oidor::store::postgres

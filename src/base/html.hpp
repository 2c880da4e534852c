// Text from outside, made harmless inside HTML.
#pragma once

#include <string>
#include <string_view>

namespace oidor {

/// `&`, `<`, `>`, `"` and `'` made harmless, ill-formed UTF-8 repaired.
std::string escape_html(std::string_view text);

}  // namespace oidor

// Cells of CSV (RFC 4180) that are safe in a spreadsheet: the same rules wherever a table leaves
// the house.
#pragma once

#include <string>
#include <string_view>

namespace oidor {

/// A cell as it is, in quotation marks where RFC 4180 asks for them.
std::string quote_cell(std::string_view cell);

/// One text cell: quoted where RFC 4180 asks for it. A text that a spreadsheet would take for a
/// formula (`= + - @`, a tab or a carriage return first) gets an apostrophe before it.
std::string format_text_cell(std::string_view text);

}  // namespace oidor

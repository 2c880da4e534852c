// The executive export: a line for each judged part of a call, phones masked.
#pragma once

#include "reports/report.hpp"
#include "reports/selection.hpp"

namespace oidor::reports {

std::vector<Column> executive_columns();
/// A line. Without `Content::Shown` it does not say which phrases were said. Errors: Corrupt.
Result<Row> make_executive_row(const store::JudgedPart& part, const Sources& sources);

/// Where an export goes on, as text and back; Invalid for what is none.
std::string format_cursor(const store::JudgedCursor& cursor);
Result<store::JudgedCursor> parse_cursor(std::string_view text);

}  // namespace oidor::reports

// Which column of a source's list tells what, found by the names that exchanges give them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace oidor::ledger {

/// What a list tells of a call.
enum class Column { Id, Start, Duration, Outcome, Recorded };
inline constexpr std::size_t kColumnCount = 5;
/// `id`, `start` …
std::string_view format(Column column);

/// `id=cdrid,start=fecha+hora`: names of columns, or their numbers from 1 on when the file has no
/// header; a `+` joins two by a space. What is not named is looked for by its usual names, unless
/// there is no header.
struct ColumnChoice {
    std::array<std::vector<std::string>, kColumnCount> names = {};
    bool by_number = false;
};
/// Errors: Invalid (unknown word, nothing chosen, names and numbers mixed).
Result<ColumnChoice> parse_columns(std::string_view text);

/// Where each value stands in a row; empty: nowhere.
using Places = std::array<std::vector<std::size_t>, kColumnCount>;

/// The places by a header. Errors: Invalid (no column for the id or the start, a chosen one that is
/// not there).
Result<Places> find_places(const ColumnChoice& choice, const std::vector<std::string>& header);
/// The places by the numbers chosen.
Result<Places> places_by_number(const ColumnChoice& choice);

/// Lower case, letters and digits only, the accents of Spanish and Portuguese taken off.
std::string fold_header(std::string_view name);

}  // namespace oidor::ledger

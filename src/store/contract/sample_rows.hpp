// For tests: rows for every table, from fixtures/rows, and what a whole store holds.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/tables.hpp"

namespace oidor::store {

/// Rows as `append_row` writes them, by table.
using RowsByTable = std::map<std::string, std::vector<std::string>>;

/// The sample rows of all migrations up to `version`, as far as they fit these tables: a column
/// that was dropped since is left out, one that is not named is null.
RowsByTable sample_rows(const std::vector<Table>& tables, int version);

/// Puts the sample rows into an empty store and finishes it.
void fill_with_samples(TableTarget& target, int version);

/// Every row that a store holds, by table.
std::map<std::string, std::multiset<std::string>> rows_in(TableSource& source);

}  // namespace oidor::store

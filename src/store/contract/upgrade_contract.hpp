// What every backend must do with a store that a released version left.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/store.hpp"
#include "store/tables.hpp"

namespace oidor::store {

/// A store that a release left: fixtures/released/NNNN.
struct ReleasedStore {
    int version = 0;
    std::filesystem::path sqlite = {};
    std::filesystem::path postgres = {};  ///< As SQL.
};

/// All of them, oldest first; at least one.
std::vector<ReleasedStore> released_stores();

/// Every row that the release left is there with the same values, in the columns that there still
/// are; columns that came since are not looked at.
void expect_same_rows(TableSource& upgraded, int released_version);

/// What people look up is there, read through the ports.
void expect_readable(Store& store);

}  // namespace oidor::store

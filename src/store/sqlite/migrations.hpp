// Brings the schema of a SQLite store up to date, forward only.
#pragma once

#include <span>

#include "base/embedded.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "store/sqlite/connection.hpp"

namespace oidor::store {

/// The numbered migrations of this build (`0001_first.sql` …), embedded from
/// src/store/sqlite/migrations.
std::span<const EmbeddedFile> sqlite_migrations();

}  // namespace oidor::store

namespace oidor::store::sqlite {

/// Runs the migrations that the file lacks, each in a transaction of its own, so that an
/// interrupted one starts again. Gives the schema's version. Unsupported when the file was made by
/// a newer program; Internal when the numbers have a gap.
Result<int> migrate(Connection& connection, std::span<const EmbeddedFile> migrations,
                    Timestamp now);

/// The version of the newest migration that was run; 0 for an empty file.
Result<int> schema_version(sql::Connection& connection);

/// Whether the file has a table of this name.
Result<bool> has_table(sql::Connection& connection, std::string_view name);

}  // namespace oidor::store::sqlite

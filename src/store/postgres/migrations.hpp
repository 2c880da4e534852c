// Brings the schema of a PostgreSQL store up to date, forward only.
#pragma once

#include <span>

#include "base/embedded.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "store/postgres/connection.hpp"

namespace oidor::store {

/// The numbered migrations of this build (`0001_first.sql` …), embedded from
/// src/store/postgres/migrations.
std::span<const EmbeddedFile> postgres_migrations();

}  // namespace oidor::store

namespace oidor::store::postgres {

/// Runs the migrations that the schema lacks, each in a transaction of its own under an advisory
/// lock, so that of many programs that start at once one runs it and the others wait. Gives the
/// schema's version. Unsupported when the schema was made by a newer program or belongs to another;
/// Internal when the numbers have a gap.
Result<int> migrate(Connection& connection, std::span<const EmbeddedFile> migrations,
                    Timestamp now);

/// The version of the newest migration that was run; 0 for an empty schema.
Result<int> schema_version(sql::Connection& connection);

/// Whether the schema has a table of this name.
Result<bool> has_table(sql::Connection& connection, std::string_view name);

}  // namespace oidor::store::postgres

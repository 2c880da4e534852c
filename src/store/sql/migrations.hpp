// How numbered migrations are run, whatever the database: in order, forward only, without a gap.
#pragma once

#include <span>

#include "base/embedded.hpp"
#include "base/result.hpp"
#include "store/sql/function_ref.hpp"

namespace oidor::store::sql {

/// Runs those of `migrations` that a schema of this version lacks, by `run_one(migration, number)`;
/// gives the version it then has. Unsupported when the schema was made by a newer program; Internal
/// when the numbers have a gap.
Result<int> run_migrations(int version, std::span<const EmbeddedFile> migrations,
                           FunctionRef<Result<void>(const EmbeddedFile&, int)> run_one);

}  // namespace oidor::store::sql

// Filling an empty store with all that another one, or a backup, holds: in steps that survive a
// kill, compared row by row at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/sha256.hpp"
#include "store/tables.hpp"

namespace oidor::store {

/// Where a copy is; `rows_total` is what the source holds.
struct CopyProgress {
    enum class Phase { Copying, Comparing };
    Phase phase = Phase::Copying;
    std::string_view table = {};
    std::int64_t rows = 0;
    std::int64_t rows_total = 0;
};

/// How a copy goes, and who is told.
struct CopyOptions {
    std::size_t rows_max = 2'000;  ///< In one transaction; whichever bound comes first.
    std::size_t bytes_max = std::size_t{4} << 20U;
    std::vector<Sha256> shipped = {};  ///< Scorecards that any new store has: no content.
    Timestamp now = {};                ///< When the migrations of the target run.
    std::function<void(const CopyProgress&)> on_progress = {};
};

/// What was copied and compared.
struct CopyReport {
    struct Count {
        std::string table = {};
        std::int64_t rows = 0;
    };
    std::vector<Count> tables = {};
    std::int64_t rows = 0;
    bool resumed = false;       ///< It took up an earlier one.
    bool began_anew = false;    ///< The source was changed since that one: its rows were dropped.
    bool was_complete = false;  ///< Nothing was left to do.
};

/// Copies all tables of `from`, then reads both whole and compares the count and the hash of the
/// rows of each table. `to` is left complete, still with its mark. Bounded memory. Errors: those of
/// both sides; Corrupt when they differ all the same.
Result<CopyReport> copy_tables(TableSource& from, TableTarget& to, const CopyOptions& options);

}  // namespace oidor::store

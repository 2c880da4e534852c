// A source's own list becomes what was announced.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/call_list.hpp"
#include "store/coverage.hpp"

namespace oidor::ledger {

/// What to read, and what it says.
struct ImportOptions {
    std::filesystem::path path = {};
    store::AccountName account = {};
    ListOptions list = {};
    /// The time of which the list names every call. Not told: from the first row's hour to the end
    /// of the last row's, but not beyond now.
    std::optional<Timestamp> from = {};
    std::optional<Timestamp> to = {};
    bool replace = false;  ///< What other lists said of that time is taken back.
    bool dry_run = false;  ///< Nothing is written.
    std::size_t faults_max = 100;
    std::function<void(std::uint64_t done_bytes, std::uint64_t all_bytes)> on_progress = {};
};

/// A row that was left out.
struct RowFault {
    std::int64_t line = 0;
    std::string what = {};
};

/// What came of it.
struct ImportOutcome {
    Sha256 list_sha256 = {};
    std::int64_t rows = 0;  ///< Read and refused.
    std::int64_t refused = 0;
    std::int64_t outside = 0;  ///< Rows that begin outside of the stated time; kept all the same.
    std::int64_t withdrawn = 0;
    store::AnnouncedCounts counts = {};  ///< A dry run counts a call twice that stands in two
                                         ///< places of the file.
    std::vector<RowFault> faults = {};   ///< The first `faults_max`.
    std::optional<Timestamp> from = {};  ///< The time that is claimed; null: no row, no claim.
    std::optional<Timestamp> to = {};
};

/// Reads the file twice (its hash is the list's identity) and keeps its calls, some hundred in a
/// transaction. What was kept stays when a later step fails; running it again changes nothing.
/// Errors: NotFound, Forbidden, Unavailable (the file), Invalid (its header, the stated time),
/// Conflict (it changed meanwhile), those of the store.
Result<ImportOutcome> import_calls(store::Coverage& store, const ImportOptions& options,
                                   Timestamp now);

}  // namespace oidor::ledger

// The ledger of a range: what was announced, received and made of it, from the store's rows.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/cells.hpp"
#include "store/coverage.hpp"

namespace oidor::ledger {

/// What is asked for; what is not set, is not asked.
struct Question {
    Range range = {};
    std::optional<std::string> source = {};
    std::optional<std::string> account = {};
    std::size_t lines_max = 0;   ///< Calls to be listed; 0: none, they are counted all the same.
    std::size_t lines_skip = 0;  ///< Of those, how many go before.
};

/// The answer, as of one state of the store.
struct Report {
    Timestamp at = {};
    std::vector<Cell> cells = {};
    std::vector<GapLine> lines = {};
    std::int64_t lines_total = 0;
};

/// Errors: Invalid (the range), those of the store.
Result<Report> reckon(const store::Coverage& store, const Question& question,
                      const ZoneLookup& zones, Timestamp now);

}  // namespace oidor::ledger

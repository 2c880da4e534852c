// Which runs of digits identify a person: by check digits, ranges, and the words around.
#pragma once

#include <cstdint>
#include <vector>

#include "redact/redact.hpp"
#include "redact/runs.hpp"

namespace oidor::redact {

/// Tokens `first` to `last`, both included, less those of other speakers between.
struct Found {
    Kind kind = Kind::Document;
    Sure sure = Sure::Likely;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> tokens = {};  ///< First and last, pieces.
};

/// Identifiers that are numbers. None lies over another.
std::vector<Found> find_numbers(const TokenTable& table, const std::vector<Run>& runs,
                                const Options& options);

}  // namespace oidor::redact

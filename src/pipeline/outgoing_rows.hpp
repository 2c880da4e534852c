// What of a conversation leaves the house: the rows of the three tables. Pure.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sinks/sink.hpp"
#include "store/outbox.hpp"

namespace oidor::pipeline {

/// What a sink is to get, and how.
struct OutgoingOptions {
    std::set<sinks::Table> tables = {};
    bool mask_phones = true;  ///< Other identifiers are always masked.
    /// The country of a source's account, by which identifiers are looked for; empty: unknown.
    std::function<std::string(std::string_view source, std::string_view account)> country_of = {};
    std::string public_url = {};  ///< The base of our own links; empty: links are paths.
};

/// A recording's row by its id, a transcript's by its conversation's, an audit's by its
/// participation and scorecard. Corrupt when a stored transcript or audit cannot be read.
Result<std::vector<sinks::Row>> outgoing_rows(const store::Parcel& parcel,
                                              const OutgoingOptions& options);

/// The same for equal rows of one day.
std::string hash_of(const sinks::Row& row);

}  // namespace oidor::pipeline

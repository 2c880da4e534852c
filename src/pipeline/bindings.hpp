// Bindings and publishing in the words of whoever does it: names are checked before they count.
#pragma once

#include <optional>
#include <string>

#include "audit/scorecard.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "store/directory.hpp"

namespace oidor::pipeline {

/// Which conversations a binding is for; null matches everything.
struct BindingMatch {
    std::optional<std::string> campaign = {};
    std::optional<std::string> channel = {};
    std::optional<std::string> language = {};
    /// A day of the campaign's zone, or RFC 3339; null: from ever on.
    std::optional<std::string> from = {};
};

/// Which scorecard serves them. `zone`: of days where no campaign has its own. Errors: NotFound (no
/// such scorecard, campaign), Invalid (a channel, language or day that is none; the nearest name is
/// said).
Result<store::Binding> read_binding(const store::Directory& directory, const BindingMatch& match,
                                    const std::string& scorecard, std::optional<int> version,
                                    const std::string& zone);

/// The stored binding of exactly that match; without `from` the only one of its names. Errors:
/// NotFound, Conflict (several dates: one must be named), Invalid.
Result<store::Binding> find_binding(const store::Directory& directory, const BindingMatch& match,
                                    const std::string& zone);

/// A scorecard as it was stored, and whether it was new.
struct Published {
    store::ScorecardVersion version = {};
    bool fresh = false;
};

/// Stores a scorecard with the packs that it needs, so that it stands alone; it must compile. The
/// same bytes again do nothing. `path`: for messages; `packs`: reads packs that are files; empty:
/// there are none. Errors: Invalid, Conflict (the version has other bytes).
Result<Published> publish_scorecard(store::Directory& directory, const std::string& toml,
                                    const std::string& path, const audit::PackReader& packs,
                                    Timestamp now);

}  // namespace oidor::pipeline

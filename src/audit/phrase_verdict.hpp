// From what was found for a rule to an outcome with its evidence; for this room alone.
#pragma once

#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "audit/nearest.hpp"
#include "audit/phrase_tally.hpp"

namespace oidor::audit {

/// What one rule came to.
struct PhraseFinding {
    CriterionResult result = {};
    std::vector<std::string> named = {};  ///< Found in `none`, missing in `all`: for the issue.
};

/// The verdict on a rule of `criterion`, whose points count where it is the criterion's own.
PhraseFinding conclude_rule(const PhraseRule& rule, const Criterion& criterion,
                            const NearIndex& near, Reading& reading, Tally& tally);

/// Whether an absence in that window is not sure: the bound speaker was never heard, somebody
/// unknown spoke in it, or, for what is required, the bound speaker's words in it were not surely
/// heard, or anybody's are suspect.
bool is_doubtful(const Reading& reading, const Range& range, BoundSpeaker bound, Need need);

/// A whole reading as a searched window.
Searched whole_window(Reading& reading, BoundSpeaker bound);

}  // namespace oidor::audit

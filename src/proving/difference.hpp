// What two scorecards would judge differently, key by key.
#pragma once

#include <string>
#include <vector>

#include "audit/scorecard.hpp"

namespace oidor::proving {

enum class ChangeKind { CriterionAdded, CriterionRemoved, ValueChanged, TextsChanged };

/// `criterion_added`, …
std::string_view format(ChangeKind kind);

/// One thing that the two do not share.
struct Change {
    ChangeKind kind = ChangeKind::ValueChanged;
    std::string criterion = {};  ///< Its id; empty for the scorecard's head.
    std::string key = {};        ///< `points`, `window`, `phrases`, `review.low_score_below` …
    std::string from = {};       ///< Empty: it was not there.
    std::string to = {};
    std::vector<std::string> added = {};  ///< Of a list of texts, in the spelling of its scorecard.
    std::vector<std::string> removed = {};
    bool judges = true;  ///< False for what people only read: titles and issues.
    bool operator==(const Change&) const = default;
};

/// Criteria are matched by their ids, texts as the newer scorecard's search sees them: a phrase
/// that is only spelled otherwise has not changed. The head first, then criteria in the order of
/// the newer scorecard, then those that went.
std::vector<Change> differences(const audit::Scorecard& older, const audit::Scorecard& newer);

}  // namespace oidor::proving

// An audit as one figure of its criteria alone: what was reached of what could be, without sections
// and their weights. A predecessor's clients compare it with a campaign's approval score.
#pragma once

#include <cstdint>
#include <optional>

#include "audit/audit.hpp"
#include "base/decimal.hpp"

namespace oidor::audit {

/// Adds up criteria. What is unknown or does not apply counts in neither sum; a bonus counts among
/// the reached points only.
class CriteriaScore {
  public:
    /// `points`: null when nobody could judge it.
    void add(const std::optional<Decimal>& points, Decimal points_max, bool bonus);
    /// A fatal criterion failed: nothing else counts.
    void zero() { zeroed_ = true; }
    /// Hundredths of a percent, 0 to 10,000, ties to even; null when no points could be reached.
    [[nodiscard]] std::optional<std::int64_t> hundredths() const;

  private:
    Decimal reached_ = {};
    Decimal possible_ = {};
    bool zeroed_ = false;
};

/// Of an audit; null for one without a score.
std::optional<std::int64_t> criteria_score(const Audit& audit);

}  // namespace oidor::audit

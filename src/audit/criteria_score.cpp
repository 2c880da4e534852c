#include "audit/criteria_score.hpp"

#include <algorithm>

namespace oidor::audit {

void CriteriaScore::add(const std::optional<Decimal>& points, Decimal points_max, bool bonus) {
    if (!points) {
        return;
    }
    reached_ += *points;
    if (!bonus) {
        possible_ += points_max;
    }
}

std::optional<std::int64_t> CriteriaScore::hundredths() const {
    static constexpr std::int64_t kWhole = 10'000;
    if (possible_ <= Decimal{}) {
        return std::nullopt;
    }
    if (zeroed_) {
        return 0;
    }
    const auto share = reached_.scaled(Decimal::from_int(kWhole), possible_);
    return std::clamp(share.round_half_even(), std::int64_t{0}, kWhole);
}

std::optional<std::int64_t> criteria_score(const Audit& audit) {
    if (!audit.score) {
        return std::nullopt;
    }
    CriteriaScore score;
    for (const auto& criterion : audit.criteria) {
        score.add(criterion.points, criterion.points_max, criterion.bonus);
    }
    if (!audit.zeroed_by.empty()) {
        score.zero();
    }
    return score.hundredths();
}

}  // namespace oidor::audit

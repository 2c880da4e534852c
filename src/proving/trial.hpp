// A scorecard tried on its examples: which hold, and how well each criterion tells right from
// wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/auditor.hpp"
#include "proving/examples.hpp"

namespace oidor::proving {

/// What an example came to.
struct Tried {
    audit::Outcome outcome = audit::Outcome::NotApplicable;
    std::optional<Decimal> points = {};
    bool holds = false;
    bool operator==(const Tried&) const = default;
};

/// How one outcome was told: precision is `both` of `judged`, recall is `both` of `expected`.
struct Told {
    std::int64_t expected = 0;
    std::int64_t judged = 0;
    std::int64_t both = 0;
    /// Exact to three places; nothing where there is nothing to count.
    [[nodiscard]] std::optional<Decimal> precision() const;
    [[nodiscard]] std::optional<Decimal> recall() const;
    bool operator==(const Told&) const = default;
};

/// One criterion's examples.
struct CriterionTrial {
    std::string criterion = {};
    std::int64_t examples = 0;
    std::int64_t held = 0;
    Told pass = {};
    Told fail = {};
};

/// All examples, and what they say of each criterion.
struct Trial {
    std::vector<Tried> tried = {};              ///< By example.
    std::vector<CriterionTrial> criteria = {};  ///< All of the scorecard, in its order.
    [[nodiscard]] std::int64_t held() const;
};

/// What a criterion, by its id, makes of an example.
Tried try_example(const audit::Auditor& auditor, const std::string& criterion,
                  const audit::Example& example);

Trial try_examples(const audit::Auditor& auditor, std::span<const ProvingExample> examples);

}  // namespace oidor::proving

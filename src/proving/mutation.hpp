// The mutation score: how many seeded faults of a scorecard its examples notice.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "proving/examples.hpp"
#include "proving/mutants.hpp"
#include "proving/trial.hpp"

namespace oidor::proving {

/// How many mutants are tried, and how fast.
struct MutationOptions {
    std::uint64_t seed = 1;           ///< Chooses, where there are more than `mutants_max`.
    std::size_t mutants_max = 5'000;  ///< From 1.
    unsigned threads = 1;             ///< From 1.
    std::stop_token stop = {};
};

/// The mutants of one kind.
struct OperatorCount {
    std::size_t tried = 0;
    std::size_t noticed = 0;
};

/// What came of the mutants of one scorecard.
struct Mutation {
    std::size_t made = 0;                ///< All that there are.
    std::size_t tried = 0;               ///< Those of `made` that were chosen and can be noticed.
    std::size_t equivalent = 0;          ///< Those that were chosen and cannot.
    std::size_t noticed = 0;             ///< Of `tried`.
    std::vector<Mutant> survivors = {};  ///< Those of `tried` that were not noticed, in order.
    std::vector<OperatorCount> operators = {};  ///< By operator.

    /// Noticed of tried, in percent, exact to one place; 100 where there is nothing to notice.
    [[nodiscard]] Decimal score() const;
};

/// A mutant is noticed when an example of its criterion that holds without it holds no more.
/// A dropped phrase or pattern cannot be noticed, and is not counted, when its own words alone come
/// to the same outcome and points without it: another phrase of the list hears them. The same
/// input gives the same result, whatever the threads. Errors: those of Auditor::open; Cancelled.
Result<Mutation> try_mutants(const audit::Scorecard& scorecard, std::span<const Mutant> mutants,
                             std::span<const ProvingExample> examples, const Trial& trial,
                             const MutationOptions& options);

}  // namespace oidor::proving

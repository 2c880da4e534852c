// Shares and means with what is known of them: 95 % intervals, in decimals that come out the same
// everywhere. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/decimal.hpp"

namespace oidor::reports {

/// Where the true value lies, 95 times of 100.
struct Interval {
    Decimal low = {};
    Decimal high = {};
    bool operator==(const Interval&) const = default;
};

/// `numerator / denominator` with so many decimal places (0 to 6), half to even; the denominator is
/// positive. Exact: no binary float on the way.
Decimal ratio(std::int64_t numerator, std::int64_t denominator, int places);

/// `hits` of `n` in percent, two places; nothing of nothing.
std::optional<Decimal> percent(std::int64_t hits, std::int64_t n);
/// Wilson's score interval (without continuity correction) of `hits` of `n`, in percent, two
/// places. Unlike the textbook's, it stays inside 0 to 100 and is right for few and for extreme
/// shares. Nothing of nothing.
std::optional<Interval> wilson(std::int64_t hits, std::int64_t n);

/// Whole numbers, summed up so that their mean and spread can be told: constant memory.
struct Moments {
    std::int64_t n = 0;
    std::int64_t sum = 0;
    std::int64_t squares = 0;

    void add(std::int64_t value) {
        ++n;
        sum += value;
        squares += value * value;
    }
    bool operator==(const Moments&) const = default;
};

/// The mean with two places; nothing of nothing.
std::optional<Decimal> mean(const Moments& moments);
/// The mean's interval by Student's t, two places, cut at 0 and 100 (scores lie there). Nothing for
/// less than two values: one value says nothing of its spread.
std::optional<Interval> mean_interval(const Moments& moments);

/// Student's t of two-sided 95 % for so many degrees of freedom, at least 1.
double student_t(std::int64_t degrees);

}  // namespace oidor::reports

#include "base/decimal.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace oidor {
namespace {

__extension__ using Wide = __int128;

/// numerator / denominator to the nearest integer, ties to even; the denominator is positive.
std::int64_t divide_half_even(Wide numerator, Wide denominator) {
    Wide quotient = numerator / denominator;
    Wide remainder = numerator % denominator;
    if (remainder < 0) {
        remainder += denominator;
        --quotient;
    }
    const Wide twice = remainder * 2;
    if (twice > denominator || (twice == denominator && quotient % 2 != 0)) {
        ++quotient;
    }
    return static_cast<std::int64_t>(quotient);
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    std::int64_t micros = 0;
    std::size_t whole = 0;
    std::size_t places = 0;
    bool point = false;
    for (const char c : text) {
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || (point ? ++places > 6 : ++whole > 12)) {
            return std::nullopt;
        }
        micros = micros * 10 + (c - '0');
    }
    if (whole == 0 || (point && places == 0)) {
        return std::nullopt;
    }
    for (; places < 6; ++places) {
        micros *= 10;
    }
    return Decimal(negative ? -micros : micros);
}

Decimal Decimal::from_double(double value) {
    return Decimal(static_cast<std::int64_t>(std::nearbyint(value * static_cast<double>(kScale))));
}

std::string Decimal::text() const {
    const bool negative = micros_ < 0;
    const std::uint64_t magnitude =
        negative ? 0 - static_cast<std::uint64_t>(micros_) : static_cast<std::uint64_t>(micros_);
    auto text =
        fmt::format("{}{}.{:06}", negative ? "-" : "", magnitude / kScale, magnitude % kScale);
    while (text.ends_with('0') && !text.ends_with(".0")) {
        text.pop_back();
    }
    return text;
}

std::int64_t Decimal::round_half_even() const { return divide_half_even(micros_, kScale); }

Decimal Decimal::scaled(Decimal numerator, Decimal denominator) const {
    ASSERT(denominator.micros_ > 0, "callers divide by a positive sum of weights");
    return Decimal(
        divide_half_even(static_cast<Wide>(micros_) * numerator.micros_, denominator.micros_));
}

}  // namespace oidor

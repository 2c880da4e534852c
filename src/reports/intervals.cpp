#include "reports/intervals.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace oidor::reports {
namespace {

__extension__ using Wide = __int128;

/// The standard normal distribution's point of 97.5 %.
constexpr double kNormal = 1.959963984540054;

/// Published to three places; four where that is not enough for the second place of a score.
constexpr std::array kStudent = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060,
                                 2.2622,  2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199,
                                 2.1098,  2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639,
                                 2.0595,  2.0555, 2.0518, 2.0484, 2.0452, 2.0423};

std::int64_t power_of_ten(int exponent) {
    std::int64_t power = 1;
    for (int i = 0; i < exponent; ++i) {
        power *= 10;
    }
    return power;
}

/// To two places, ties to even.
Decimal to_two_places(double value) {
    constexpr double kPlaces = 100;
    return Decimal::from_micros(static_cast<std::int64_t>(std::nearbyint(value * kPlaces)) *
                                (Decimal::kScale / 100));
}

}  // namespace

Decimal ratio(std::int64_t numerator, std::int64_t denominator, int places) {
    const Wide scaled = Wide{numerator} * power_of_ten(places);
    Wide quotient = scaled / denominator;
    Wide remainder = scaled % denominator;
    if (remainder < 0) {
        remainder += denominator;
        --quotient;
    }
    const Wide twice = remainder * 2;
    if (twice > denominator || (twice == denominator && quotient % 2 != 0)) {
        ++quotient;
    }
    return Decimal::from_micros(static_cast<std::int64_t>(quotient) * power_of_ten(6 - places));
}

std::optional<Decimal> percent(std::int64_t hits, std::int64_t n) {
    return n > 0 ? std::optional(ratio(hits * 100, n, 2)) : std::nullopt;
}

std::optional<Interval> wilson(std::int64_t hits, std::int64_t n) {
    if (n <= 0) {
        return std::nullopt;
    }
    constexpr double kSquared = kNormal * kNormal;
    const auto count = static_cast<double>(n);
    const double share = static_cast<double>(hits) / count;
    const double centre = share + kSquared / (2 * count);
    const double reach =
        kNormal * std::sqrt(share * (1 - share) / count + kSquared / (4 * count * count));
    const double scale = 100 / (1 + kSquared / count);
    // At the ends the interval ends, too; a float's last place would say otherwise.
    return Interval{
        .low = hits == 0 ? Decimal() : to_two_places(std::max((centre - reach) * scale, 0.0)),
        .high = hits == n ? Decimal::from_int(100)
                          : to_two_places(std::min((centre + reach) * scale, 100.0))};
}

std::optional<Decimal> mean(const Moments& moments) {
    return moments.n > 0 ? std::optional(ratio(moments.sum, moments.n, 2)) : std::nullopt;
}

std::optional<Interval> mean_interval(const Moments& moments) {
    if (moments.n < 2) {
        return std::nullopt;
    }
    const auto n = static_cast<double>(moments.n);
    const Wide spread = Wide{moments.n} * moments.squares - Wide{moments.sum} * moments.sum;
    const double variance = static_cast<double>(spread) / (n * (n - 1));
    const double reach = student_t(moments.n - 1) * std::sqrt(variance / n);
    const double middle = static_cast<double>(moments.sum) / n;
    return Interval{.low = to_two_places(std::clamp(middle - reach, 0.0, 100.0)),
                    .high = to_two_places(std::clamp(middle + reach, 0.0, 100.0))};
}

double student_t(std::int64_t degrees) {
    if (degrees <= std::ssize(kStudent)) {
        return kStudent[static_cast<std::size_t>(std::max<std::int64_t>(degrees, 1) - 1)];
    }
    // Cornish and Fisher's expansion around the normal point: right to five places from here on.
    constexpr double kCube = kNormal * kNormal * kNormal;
    constexpr double kFifth = kCube * kNormal * kNormal;
    constexpr double kSeventh = kFifth * kNormal * kNormal;
    const auto nu = static_cast<double>(degrees);
    return kNormal + (kCube + kNormal) / (4 * nu) +
           (5 * kFifth + 16 * kCube + 3 * kNormal) / (96 * nu * nu) +
           (3 * kSeventh + 19 * kFifth + 17 * kCube - 15 * kNormal) / (384 * nu * nu * nu);
}

}  // namespace oidor::reports

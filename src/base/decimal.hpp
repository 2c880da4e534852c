// Exact decimals for scores: no binary floats between a weight in a scorecard and a score on a
// page.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oidor {

/// A decimal number with six places. Sums and differences are exact; the range is about ±9 × 10^12.
class Decimal {
  public:
    static constexpr std::int64_t kScale = 1'000'000;

    constexpr Decimal() = default;
    static constexpr Decimal from_int(std::int64_t value) { return Decimal(value * kScale); }
    static constexpr Decimal from_micros(std::int64_t micros) { return Decimal(micros); }
    /// Reads `-12.5`; nothing for exponents, more than six places or more than twelve digits before
    /// the point.
    static std::optional<Decimal> parse(std::string_view text);
    /// The nearest decimal to a double of at most six places, ties to even; for numbers that a file
    /// states.
    static Decimal from_double(double value);

    [[nodiscard]] constexpr std::int64_t micros() const { return micros_; }
    /// `55.0`, `-0.25`: at least one place, no trailing zeros beyond it.
    [[nodiscard]] std::string text() const;
    /// For JSON numbers: the double nearest to the decimal.
    [[nodiscard]] double to_double() const {
        return static_cast<double>(micros_) / static_cast<double>(kScale);
    }
    /// The nearest integer, ties to even.
    [[nodiscard]] std::int64_t round_half_even() const;
    /// This times numerator / denominator, rounded half to even at the sixth place; the denominator
    /// is positive.
    [[nodiscard]] Decimal scaled(Decimal numerator, Decimal denominator) const;

    constexpr Decimal operator+(Decimal other) const { return Decimal(micros_ + other.micros_); }
    constexpr Decimal operator-(Decimal other) const { return Decimal(micros_ - other.micros_); }
    constexpr Decimal operator-() const { return Decimal(-micros_); }
    constexpr Decimal operator*(std::int64_t factor) const { return Decimal(micros_ * factor); }
    constexpr Decimal& operator+=(Decimal other) {
        micros_ += other.micros_;
        return *this;
    }
    constexpr auto operator<=>(const Decimal&) const = default;

  private:
    constexpr explicit Decimal(std::int64_t micros) : micros_(micros) {}
    std::int64_t micros_ = 0;
};

}  // namespace oidor

#include "audio/signal/key_meter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "audio/signal/stretch.hpp"

namespace oidor::audio {
namespace {

constexpr std::size_t kGroup = 4;
constexpr std::array<double, 2 * kGroup> kKeyHz = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
/// -46 dBFS: below it, nobody hears a key.
constexpr float kKeyPowerMin = 2.5e-5F;
constexpr float kTwistMax = 8;       // 9 dB.
constexpr float kStandsOver = 6.3F;  // 8 dB.
/// Tones may be 1.5 % off: half of such a one lies outside the window's width.
constexpr float kShareMin = 0.5F;
constexpr float kOvertoneMax = 0.1F;

using Powers = std::array<float, 2 * kGroup>;

/// Of Goertzel's recurrence, for the tones or their overtones.
Powers coefficients_of(double overtone) {
    Powers coefficients = {};
    for (std::size_t i = 0; i < kKeyHz.size(); ++i) {
        const double turn = 2 * std::numbers::pi * overtone * kKeyHz[i] / kTimbreRateHz;
        coefficients[i] = static_cast<float>(2 * std::cos(turn));
    }
    return coefficients;
}

/// All eight at once, as one loop that a compiler turns into a few wide instructions. Scaled so
/// that a tone alone has the power that its samples have.
Powers goertzel(std::span<const float, kKeyWindow> samples, const Powers& coefficients) {
    Powers before = {};
    Powers now = {};
    for (const float sample : samples) {
        for (std::size_t i = 0; i < now.size(); ++i) {
            const float next = sample + coefficients[i] * now[i] - before[i];
            before[i] = now[i];
            now[i] = next;
        }
    }
    Powers powers = {};
    constexpr float kScale = 2.0F / (kKeyWindow * kKeyWindow);
    for (std::size_t i = 0; i < now.size(); ++i) {
        powers[i] = kScale * (now[i] * now[i] + before[i] * before[i] -
                              coefficients[i] * now[i] * before[i]);
    }
    return powers;
}

/// The strongest of a group, where it stands over the others.
std::optional<std::size_t> strongest(std::span<const float, kGroup> group) {
    const auto best = static_cast<std::size_t>(std::ranges::max_element(group) - group.begin());
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (i != best && !(group[best] > kStandsOver * group[i])) {
            return std::nullopt;
        }
    }
    return best;
}

}  // namespace

std::optional<int> find_key(std::span<const float, kKeyWindow> samples) {
    static const Powers kTones = coefficients_of(1);
    static const Powers kOvertones = coefficients_of(2);
    float power = 0;
    for (const float sample : samples) {
        power += sample * sample;
    }
    power /= kKeyWindow;
    if (!(power > kKeyPowerMin)) {
        return std::nullopt;
    }
    const auto powers = goertzel(samples, kTones);
    const auto row = strongest(std::span(powers).first<kGroup>());
    const auto column = strongest(std::span(powers).last<kGroup>());
    if (!row || !column) {
        return std::nullopt;
    }
    const float low = powers[*row];
    const float high = powers[kGroup + *column];
    if (low + high < kShareMin * power || low > kTwistMax * high || high > kTwistMax * low) {
        return std::nullopt;
    }
    const auto overtones = goertzel(samples, kOvertones);
    if (overtones[*row] > kOvertoneMax * low || overtones[kGroup + *column] > kOvertoneMax * high) {
        return std::nullopt;
    }
    return static_cast<int>(*row * kGroup + *column);
}

}  // namespace oidor::audio

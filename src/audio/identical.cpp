#include "audio/identical.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace oidor::audio {
namespace {

constexpr std::size_t kDecidesMin = 50;
constexpr int kSoundMin = level_of(-50);
/// What is quieter counts as this quiet: rooms are alike, and digital silence is no level.
constexpr int kFloor = level_of(-60);
constexpr int kGainMax = 6 * kLevelsPerDb;
constexpr int kGainDrift = 2 * kLevelsPerDb;
constexpr std::uint8_t kAlike = 190;  // 0.95 of 200.
constexpr double kEnvelopeAlike = 0.95;
constexpr int kLagMax = 200 / 20;
/// Of a second's stretches, how many tell that it is not the same: half of it, so that no onset
/// that comes a little later does.
constexpr std::size_t kSecond = 50;
constexpr std::size_t kDiffersMin = 25;
/// And what is not the same sound at all: codecs take a little likeness from quiet sounds.
constexpr std::uint8_t kUnlike = 120;  // 0.6 of 200.
/// Levels that are so far apart are not of one sound.
constexpr int kFarApart = 12 * kLevelsPerDb;

/// How alike two stretches have to be.
struct Likeness {
    std::uint8_t alike = 0;
    int drift = 0;
};
constexpr Likeness kSameSound = {.alike = kAlike, .drift = kGainDrift};
constexpr Likeness kNotAnother = {.alike = kUnlike, .drift = kFarApart};

int floored(Level level) { return std::max<int>(level, kFloor); }

/// Stretches in which either is heard.
std::vector<std::size_t> heard_in(std::span<const Stretch> first, std::span<const Stretch> second) {
    std::vector<std::size_t> heard;
    for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
        if (std::max(first[i].level, second[i].level) >= kSoundMin) {
            heard.push_back(i);
        }
    }
    return heard;
}

/// Those in which nothing plays.
std::vector<std::size_t> without_played(const std::vector<std::size_t>& heard,
                                        std::span<const SpeechInterval> played) {
    std::vector<std::size_t> left;
    std::size_t next = 0;
    for (const auto i : heard) {
        const auto at = Milliseconds(1000 * static_cast<std::int64_t>(i) / kStretchesPerSecond);
        while (next < played.size() && played[next].end <= at) {
            ++next;
        }
        if (next == played.size() || at < played[next].start) {
            left.push_back(i);
        }
    }
    return left;
}

/// Whether half of any second is among these stretches, which are in order.
bool fill_a_second(const std::vector<std::size_t>& stretches) {
    for (std::size_t i = kDiffersMin - 1; i < stretches.size(); ++i) {
        if (stretches[i] - stretches[i + 1 - kDiffersMin] < kSecond) {
            return true;
        }
    }
    return false;
}

int median_gain(std::span<const Stretch> first, std::span<const Stretch> second,
                std::span<const std::size_t> heard) {
    std::vector<int> gains;
    gains.reserve(heard.size());
    for (const auto i : heard) {
        gains.push_back(floored(first[i].level) - floored(second[i].level));
    }
    const auto middle = gains.begin() + static_cast<std::ptrdiff_t>(gains.size() / 2);
    std::ranges::nth_element(gains, middle);
    return *middle;
}

/// Levels over three stretches: a delay of half a stretch matters less then.
std::vector<double> envelope_of(std::span<const Stretch> stretches) {
    std::vector<double> envelope(stretches.size());
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const auto before = i == 0 ? i : i - 1;
        const auto after = std::min(i + 1, stretches.size() - 1);
        envelope[i] = (floored(stretches[before].level) + floored(stretches[i].level) +
                       floored(stretches[after].level)) /
                      3.0;
    }
    return envelope;
}

/// Pearson's, of the envelopes, the second channel `lag` stretches later.
double envelope_correlation(std::span<const double> first, std::span<const double> second,
                            std::span<const std::size_t> heard, int lag) {
    double n = 0;
    double sum_x = 0;
    double sum_y = 0;
    double sum_xx = 0;
    double sum_yy = 0;
    double sum_xy = 0;
    for (const auto i : heard) {
        const auto j = static_cast<std::int64_t>(i) + lag;
        if (j < 0 || j >= static_cast<std::int64_t>(second.size())) {
            continue;
        }
        const double x = first[i];
        const double y = second[static_cast<std::size_t>(j)];
        n += 1;
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_yy += y * y;
        sum_xy += x * y;
    }
    const double spread = (n * sum_xx - sum_x * sum_x) * (n * sum_yy - sum_y * sum_y);
    return spread > 0 ? (n * sum_xy - sum_x * sum_y) / std::sqrt(spread) : 0;
}

/// Where samples are less alike than this, or levels further apart.
std::vector<std::size_t> unlike_in(std::span<const Stretch> first, std::span<const Stretch> second,
                                   std::span<const std::uint8_t> likeness,
                                   std::span<const std::size_t> heard, int gain,
                                   const Likeness& least) {
    std::vector<std::size_t> unlike;
    for (const auto i : heard) {
        const int drift = floored(first[i].level) - floored(second[i].level) - gain;
        if (i >= likeness.size() || likeness[i] < least.alike || std::abs(drift) > least.drift) {
            unlike.push_back(i);
        }
    }
    return unlike;
}

/// Where levels are far apart, the second channel `lag` stretches later.
std::vector<std::size_t> far_apart_in(std::span<const double> first, std::span<const double> second,
                                      std::span<const std::size_t> heard, int lag, int gain) {
    std::vector<std::size_t> apart;
    for (const auto i : heard) {
        const auto j = static_cast<std::int64_t>(i) + lag;
        if (j >= 0 && j < static_cast<std::int64_t>(second.size()) &&
            std::abs(first[i] - second[static_cast<std::size_t>(j)] - gain) > kFarApart) {
            apart.push_back(i);
        }
    }
    return apart;
}

}  // namespace

Sameness compare_channels(std::span<const Stretch> first, std::span<const Stretch> second,
                          std::span<const std::uint8_t> likeness,
                          std::span<const SpeechInterval> played) {
    const auto heard = heard_in(first, second);
    auto decisive = without_played(heard, played);
    if (decisive.size() < kDecidesMin) {
        decisive = heard;
    }
    if (decisive.size() < kDecidesMin) {
        return {};
    }
    const int gain = median_gain(first, second, decisive);
    if (std::abs(gain) > kGainMax) {
        return {};
    }
    const auto unlike = unlike_in(first, second, likeness, decisive, gain, kSameSound);
    if (unlike.size() * 10 <= decisive.size()) {
        return {
            .identical = true,
            .differs = fill_a_second(unlike_in(first, second, likeness, heard, gain, kNotAnother))};
    }
    const auto one = envelope_of(first);
    const auto other = envelope_of(second);
    for (int lag = -kLagMax; lag <= kLagMax; ++lag) {
        if (envelope_correlation(one, other, decisive, lag) >= kEnvelopeAlike) {
            return {.identical = true,
                    .differs = fill_a_second(far_apart_in(one, other, heard, lag, gain))};
        }
    }
    return {};
}

}  // namespace oidor::audio

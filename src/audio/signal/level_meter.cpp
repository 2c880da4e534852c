#include "audio/signal/level_meter.hpp"

#include <algorithm>
#include <cmath>

namespace oidor::audio {
namespace {

constexpr float kClippedMin = 0.94F;
constexpr std::size_t kClippedSamplesMin = 3;
/// Of a second.
constexpr double kClippedRunMin = 0.0003;

/// From a power (a squared amplitude); also of what is not a number.
Level level_of_power(double power) {
    if (!(power > 1e-10)) {
        return 0;
    }
    const double level = (10 * std::log10(power) + 100) * kLevelsPerDb;
    return static_cast<Level>(std::lround(std::clamp(level, 0.0, double{kLevelMax})));
}

}  // namespace

LevelMeter::LevelMeter(int rate_hz)
    : rate_hz_(rate_hz),
      clipped_run_min_(std::max(kClippedSamplesMin,
                                static_cast<std::size_t>(std::lround(rate_hz * kClippedRunMin)))),
      border_(rate_hz / kStretchesPerSecond) {}

void LevelMeter::add(std::span<const float> samples, std::vector<Stretch>& stretches) {
    while (!samples.empty()) {
        const auto wanted = static_cast<std::size_t>(border_ - position_);
        const auto part = samples.first(std::min(wanted, samples.size()));
        sum_up(part);
        samples = samples.subspan(part.size());
        position_ += static_cast<std::int64_t>(part.size());
        if (position_ >= border_) {
            stretches.push_back(take());
        }
    }
}

void LevelMeter::finish(std::vector<Stretch>& stretches) {
    if (count_ > 0) {
        stretches.push_back(take());
    }
}

void LevelMeter::sum_up(std::span<const float> samples) {
    float peak = 0;
    for (const float sample : samples) {
        sum_ += static_cast<double>(sample);
        squares_ += static_cast<double>(sample) * static_cast<double>(sample);
        peak = std::max(peak, std::abs(sample));
    }
    count_ += static_cast<std::int64_t>(samples.size());
    peak_ = std::max(peak_, peak);
    if (peak >= kClippedMin) {
        find_clipping(samples);
    } else {
        run_ = 0;
    }
}

void LevelMeter::find_clipping(std::span<const float> samples) {
    for (const float sample : samples) {
        const float sign = sample < 0 ? -1.0F : 1.0F;
        if (!(std::abs(sample) >= kClippedMin)) {
            run_ = 0;
        } else {
            run_ = sign == run_sign_ ? run_ + 1 : 1;
            run_sign_ = sign;
            clipped_ = clipped_ || run_ >= clipped_run_min_;
        }
    }
}

Stretch LevelMeter::take() {
    const double mean = sum_ / static_cast<double>(count_);
    const Stretch stretch = {
        .level = level_of_power(squares_ / static_cast<double>(count_) - mean * mean),
        .peak = level_of_power(static_cast<double>(peak_) * static_cast<double>(peak_)),
        .clipped = clipped_,
        .timbre = {}};
    sum_ = squares_ = 0;
    peak_ = 0;
    count_ = 0;
    clipped_ = false;
    ++stretch_;
    // Rates such as 11,025 Hz do not divide: the borders lie at the nearest sample below.
    border_ = (stretch_ + 1) * rate_hz_ / kStretchesPerSecond;
    return stretch;
}

}  // namespace oidor::audio

#include "audio/signal/partials.hpp"

#include <algorithm>
#include <cmath>

namespace oidor::audio {
namespace {

/// 94 to 3500 Hz: what the telephone carries, without hum.
constexpr std::size_t kBinFirst = 6;
constexpr std::size_t kBinLast = 224;
constexpr float kPartialShareMin = 0.01F;
constexpr float kDriftMax = 0.33F;
constexpr int kSteadyAge = 5;
constexpr float kSimpleShareMin = 0.85F;

/// Where between the bins the peak lies, from the larger neighbour, for Hann's window.
float peak_place(std::span<const float, kSpectrumBins> power, std::size_t bin) {
    const bool above = power[bin + 1] > power[bin - 1];
    const float neighbour = above ? power[bin + 1] : power[bin - 1];
    const float ratio = std::sqrt(neighbour / power[bin]);
    const float shift = std::clamp((2 * ratio - 1) / (ratio + 1), 0.0F, 0.5F);
    return static_cast<float>(bin) + (above ? shift : -shift);
}

bool is_peak(std::span<const float, kSpectrumBins> power, std::size_t bin) {
    return power[bin] > power[bin - 1] && power[bin] >= power[bin + 1] &&
           power[bin] > power[bin - 2] && power[bin] > power[bin + 2];
}

std::uint8_t to_share(float part, float whole) {
    return static_cast<std::uint8_t>(std::lround(255 * std::clamp(part / whole, 0.0F, 1.0F)));
}

}  // namespace

void Partials::find_peaks(std::span<const float, kSpectrumBins> power, float total) {
    peaks_.clear();
    for (auto bin = kBinFirst; bin <= kBinLast; ++bin) {
        // The main lobe has half as much again beside its middle.
        if (power[bin] < kPartialShareMin / 2 * total || !is_peak(power, bin)) {
            continue;
        }
        float lobe = 0;
        for (auto i = bin - 2; i <= bin + 2; ++i) {
            lobe += power[i];
        }
        if (lobe >= kPartialShareMin * total) {
            peaks_.push_back({.began = peak_place(power, bin), .power = lobe, .age = 1});
        }
    }
}

void Partials::follow() {
    // Both lists are in order of frequency; a track's first frequency is what it is held against,
    // so that a glide does not pass by small steps.
    std::size_t next = 0;
    for (auto& peak : peaks_) {
        while (next < tracks_.size() && tracks_[next].began < peak.began - kDriftMax) {
            ++next;
        }
        if (next < tracks_.size() && tracks_[next].began <= peak.began + kDriftMax) {
            peak.age = tracks_[next].age + 1;
            peak.began = tracks_[next].began;
            ++next;
        }
    }
    tracks_.swap(peaks_);
}

Timbre Partials::add(std::span<const float, kSpectrumBins> power) {
    float total = 0;
    for (auto bin = kBinFirst - 2; bin <= kBinLast + 2; ++bin) {
        total += power[bin];
    }
    if (!(total > 0) || !std::isfinite(total)) {
        reset();
        return {};
    }
    find_peaks(power, total);
    follow();
    Timbre timbre;
    float steady = 0;
    float first = 0;
    float second = 0;
    for (const auto& track : tracks_) {
        steady += track.age >= kSteadyAge ? track.power : 0;
        if (track.power > first) {
            second = first;
            first = track.power;
            timbre.pitch = static_cast<std::uint8_t>(std::lround(track.began));
        } else {
            second = std::max(second, track.power);
        }
    }
    timbre.steady = to_share(steady, total);
    timbre.simple = first + second >= kSimpleShareMin * total;
    return timbre;
}

}  // namespace oidor::audio

// Made sounds for the tests of this room.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace oidor::audio {

using Signal = std::vector<float>;

inline Signal silence(double seconds, int rate_hz = 8000) {
    return Signal(static_cast<std::size_t>(seconds * rate_hz));
}

/// Adds a sine of `amplitude` from `at` on.
inline void add_sine(Signal& signal, double hz, double amplitude, double at = 0,
                     double seconds = 1e9, int rate_hz = 8000) {
    const auto begin = static_cast<std::size_t>(at * rate_hz);
    for (auto i = begin; i < signal.size(); ++i) {
        const double time = static_cast<double>(i - begin) / rate_hz;
        if (time >= seconds) {
            break;
        }
        signal[i] += static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hz * time));
    }
}

/// The same noise on every machine.
class Noise {
  public:
    explicit Noise(std::uint32_t seed = 1) : state_(seed) {}
    /// From -1 to 1.
    float next() {
        state_ = state_ * 1664525U + 1013904223U;
        return static_cast<float>(state_ >> 8U) / 8388608.0F - 1.0F;
    }
    void add(Signal& signal, float amplitude) {
        for (auto& sample : signal) {
            sample += amplitude * next();
        }
    }

  private:
    std::uint32_t state_;
};

/// A voice as far as partials go: overtones of a pitch that glides up and down, syllables of 200
/// ms.
inline Signal voice(double seconds, double pitch_hz = 130, int rate_hz = 8000) {
    auto signal = silence(seconds, rate_hz);
    double phase = 0;
    for (std::size_t i = 0; i < signal.size(); ++i) {
        const double time = static_cast<double>(i) / rate_hz;
        const double glide = 1 + 0.12 * std::sin(2 * std::numbers::pi * 1.3 * time) +
                             0.05 * std::sin(2 * std::numbers::pi * 3.1 * time);
        phase += 2 * std::numbers::pi * pitch_hz * glide / rate_hz;
        const double syllable = std::abs(std::sin(std::numbers::pi * 5 * time));
        double sample = 0;
        for (int overtone = 1; overtone <= 12; ++overtone) {
            sample += std::sin(overtone * phase) / overtone;
        }
        signal[i] = static_cast<float>(0.15 * syllable * sample);
    }
    return signal;
}

}  // namespace oidor::audio

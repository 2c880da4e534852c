#include "audio/signal/spectrum.hpp"

#include <cmath>
#include <numbers>

namespace oidor::audio {

Spectrum::Spectrum() {
    constexpr double kTurn = 2 * std::numbers::pi;
    for (std::size_t i = 0; i < kSpectrumSize; ++i) {
        const double angle = kTurn * static_cast<double>(i) / kSpectrumSize;
        window_[i] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
    }
    for (std::size_t i = 0; i < kSpectrumBins; ++i) {
        const double angle = kTurn * static_cast<double>(i) / kSpectrumSize;
        turns_[i] = {static_cast<float>(std::cos(angle)), static_cast<float>(-std::sin(angle))};
        std::size_t turned = 0;
        for (std::size_t bit = 1; bit < kSpectrumBins; bit <<= 1U) {
            turned = (turned << 1U) | ((i & bit) != 0 ? 1U : 0U);
        }
        reversed_[i] = turned;
    }
}

std::span<const float, kSpectrumBins> Spectrum::of(std::span<const float, kSpectrumSize> samples) {
    // Two real samples are one complex one: half the work.
    for (std::size_t i = 0; i < kSpectrumBins; ++i) {
        const auto to = reversed_[i];
        real_[to] = samples[2 * i] * window_[2 * i];
        imaginary_[to] = samples[2 * i + 1] * window_[2 * i + 1];
    }
    transform();
    power_[0] = (real_[0] + imaginary_[0]) * (real_[0] + imaginary_[0]);
    for (std::size_t i = 1; i < kSpectrumBins; ++i) {
        const auto j = kSpectrumBins - i;
        const float even_real = (real_[i] + real_[j]) / 2;
        const float even_imaginary = (imaginary_[i] - imaginary_[j]) / 2;
        const float odd_real = (imaginary_[i] + imaginary_[j]) / 2;
        const float odd_imaginary = (real_[j] - real_[i]) / 2;
        const float turn_real = turns_[i].real();
        const float turn_imaginary = turns_[i].imag();
        const float x = even_real + turn_real * odd_real - turn_imaginary * odd_imaginary;
        const float y = even_imaginary + turn_real * odd_imaginary + turn_imaginary * odd_real;
        power_[i] = x * x + y * y;
    }
    return power_;
}

void Spectrum::transform() {
    for (std::size_t half = 1; half < kSpectrumBins; half *= 2) {
        const std::size_t step = kSpectrumBins / half;
        for (std::size_t start = 0; start < kSpectrumBins; start += 2 * half) {
            for (std::size_t i = 0; i < half; ++i) {
                const auto turn = turns_[i * step];
                const auto a = start + i;
                const auto b = a + half;
                const float x = real_[b] * turn.real() - imaginary_[b] * turn.imag();
                const float y = real_[b] * turn.imag() + imaginary_[b] * turn.real();
                real_[b] = real_[a] - x;
                imaginary_[b] = imaginary_[a] - y;
                real_[a] += x;
                imaginary_[a] += y;
            }
        }
    }
}

}  // namespace oidor::audio

// The power spectrum of 64 ms of telephone sound. Pure.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <span>

namespace oidor::audio {

inline constexpr std::size_t kSpectrumSize = 512;
inline constexpr std::size_t kSpectrumBins = kSpectrumSize / 2;

/// A Fourier transform of fixed size with Hann's window. Its tables are made once.
class Spectrum {
  public:
    Spectrum();

    /// Power by bin; bin k lies at k / 512 of the sampling rate. Valid until the next call.
    std::span<const float, kSpectrumBins> of(std::span<const float, kSpectrumSize> samples);

  private:
    void transform();

    std::array<float, kSpectrumSize> window_ = {};
    std::array<std::size_t, kSpectrumBins> reversed_ = {};
    /// e^(-2πik/512) for the last step; every second one of them for the transform of half size.
    std::array<std::complex<float>, kSpectrumBins> turns_ = {};
    std::array<float, kSpectrumBins> real_ = {};
    std::array<float, kSpectrumBins> imaginary_ = {};
    std::array<float, kSpectrumBins> power_ = {};
};

}  // namespace oidor::audio

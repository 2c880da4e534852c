// What kind of sound each 20 ms of a channel is. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "audio/signal/key_meter.hpp"
#include "audio/signal/partials.hpp"
#include "audio/signal/spectrum.hpp"
#include "audio/signal/stretch.hpp"

namespace oidor::audio {

/// Measures one channel at kTimbreRateHz. Works only where there is sound: silence costs nothing.
class TimbreMeter {
  public:
    void add(std::span<const float> samples, std::vector<Timbre>& timbres);
    /// What is left when the samples end: at most two stretches.
    void finish(std::vector<Timbre>& timbres);

  private:
    void take_pair(std::vector<Timbre>& timbres);
    bool find_key_at(std::size_t end);
    Timbre find_timbre();

    /// Spectra are two stretches apart.
    static constexpr std::size_t kStep = std::size_t{2} * kTimbreStretch;

    Spectrum spectrum_ = {};
    Partials partials_ = {};
    /// The last samples of the step before, then those of this step.
    std::array<float, kSpectrumSize> samples_ = {};
    std::size_t new_ = 0;  ///< How many of this step there are.
    std::optional<int> key_before_ = {};
};

}  // namespace oidor::audio

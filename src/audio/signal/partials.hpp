// Partials that keep their frequency: a note does, a voice glides. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audio/signal/spectrum.hpp"
#include "audio/signal/stretch.hpp"

namespace oidor::audio {

/// One spectrum after the other, 40 ms apart.
///
/// A partial is a peak with 1 % of the power or more. It is steady once it has stayed within a
/// third of a bin (5 Hz) of where it began for five spectra (200 ms): the overtones of a voice
/// move by more between its sounds, notes of an instrument by less.
class Partials {
  public:
    /// The `key` of what it returns is not set.
    Timbre add(std::span<const float, kSpectrumBins> power);
    /// Nothing sounds: what comes next begins anew.
    void reset() { tracks_.clear(); }

  private:
    struct Track {
        float began = 0;  ///< Bin.
        float power = 0;
        int age = 0;
    };
    void find_peaks(std::span<const float, kSpectrumBins> power, float total);
    void follow();

    std::vector<Track> tracks_ = {};
    std::vector<Track> peaks_ = {};
};

}  // namespace oidor::audio

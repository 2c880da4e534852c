// Samples of all channels to the bytes that are kept of every 20 ms.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "audio/signal/level_meter.hpp"
#include "audio/signal/likeness.hpp"
#include "audio/signal/timbre_meter.hpp"
#include "resampler.hpp"

namespace oidor::decode {

/// Writes L and X frames as the samples come.
class Measuring {
  public:
    Measuring(int rate_hz, int channels);

    /// As many samples of each channel.
    void add(std::span<const std::vector<float>> channels);
    /// The last, shorter stretch.
    void finish();

  private:
    void add_timbre(std::span<const std::span<const float>> channels);
    void write_rows(std::size_t rows);

    std::vector<audio::LevelMeter> levels_;
    std::vector<audio::TimbreMeter> timbres_;
    audio::LikenessMeter likeness_;
    TimbreRate timbre_rate_;
    /// By channel, what is not written yet. Levels are measured at the recording's own rate,
    /// timbres at theirs, and one may be a stretch ahead of the other.
    std::vector<std::vector<audio::Stretch>> stretches_;
    std::vector<std::vector<audio::Timbre>> heard_;
    std::vector<std::uint8_t> alike_ = {};
};

}  // namespace oidor::decode

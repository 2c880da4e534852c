// A tone over what is not to be heard, and the head of a WAV file. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audio/decoder.hpp"
#include "domain/audio_analysis.hpp"

namespace oidor::audio {

/// Replaces stretches of a stream of interleaved samples by a tone of 1 kHz, on all channels: the
/// other side's echo says the same words. Nothing of the original stays below it.
class Beeper {
  public:
    /// `stretches` in order, none touching another.
    explicit Beeper(std::vector<SpeechInterval> stretches) : stretches_(std::move(stretches)) {}

    /// The next samples of the stream, changed in place.
    void apply(const WaveFormat& format, std::span<std::int16_t> samples);

  private:
    std::vector<SpeechInterval> stretches_;
    std::size_t next_ = 0;       ///< The first stretch that may still come.
    std::int64_t position_ = 0;  ///< Samples of one channel so far.
};

inline constexpr std::size_t kWaveHeadSize = 44;
/// The head of a WAV file with so many bytes of 16-bit samples, fewer than 2^32 - 44.
std::string wave_head(const WaveFormat& format, std::uint64_t data_bytes);

}  // namespace oidor::audio

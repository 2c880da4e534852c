// From levels to measures: who speaks when, on which channel. Pure; the decoder calls it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "domain/audio_analysis.hpp"

namespace oidor::audio {

/// One level for every stretch of 20 ms: (dBFS + 100) × 2, 0 for digital silence.
inline constexpr Milliseconds kLevelEvery{20};

/// Where a channel speaks: levels 12 dB over the floor (the 10th percentile of what is not digital
/// silence), held open over pauses of 300 ms; less than 60 ms of it is a click. The pause that
/// follows the last word is not counted as speech. `duration` cuts the last stretch.
std::vector<SpeechInterval> find_speech(std::span<const std::uint8_t> levels,
                                        Milliseconds duration);

/// Fills channels, overtalk and silences from the levels of each channel.
void measure(std::span<const std::vector<std::uint8_t>> levels, Milliseconds duration,
             AudioAnalysis& analysis);

}  // namespace oidor::audio

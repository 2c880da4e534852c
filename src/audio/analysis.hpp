// From what is kept of every 20 ms to measures: who speaks when, on which channel. Pure; the
// decoder calls it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "audio/signal/stretch.hpp"
#include "domain/audio_analysis.hpp"

namespace oidor::audio {

/// One stretch's length.
inline constexpr Milliseconds kLevelEvery{1000 / kStretchesPerSecond};

/// What the decoder's child tells of a recording.
struct Heard {
    std::vector<std::vector<Stretch>> channels = {};
    /// A row for each stretch, one byte for each pair of channels (signal/likeness.hpp).
    std::vector<std::uint8_t> likeness = {};
};

/// Where a channel speaks: levels 12 dB over the floor (the 10th percentile of what is not digital
/// silence), held open over pauses of 300 ms; less than 60 ms of it is a click. The pause that
/// follows the last word is not counted as speech. `duration` cuts the last stretch.
std::vector<SpeechInterval> find_speech(std::span<const Level> levels, Milliseconds duration);

/// Fills channels, peaks, measures and warnings. What is music, a key or a tone is not speech, nor
/// what is the other channel's sound 10 dB quieter (crosstalk).
void measure(const Heard& heard, Milliseconds duration, AudioAnalysis& analysis);

}  // namespace oidor::audio

// Fake stereo: channels that carry the same sound. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "audio/signal/stretch.hpp"
#include "domain/intervals.hpp"

namespace oidor::audio {

/// What two channels have in common.
struct Sameness {
    /// One and the same, up to 6 dB of gain, the sign, and a delay of 200 ms.
    bool identical = false;
    /// There is a second in which they differ all the same: neither can stand for the other.
    bool differs = false;
};

/// Compares two channels: either sample by sample, where nine tenths of what is heard correlate at
/// 0.95 and differ by one gain; or, where a delay or two codecs lie between them, by their levels,
/// which rise and fall as one (correlation 0.95). An echo of the other side is quieter by more, now
/// on the one channel and now on the other. `likeness`: a byte for each stretch
/// (signal/likeness.hpp). Less than 1 s of sound decides nothing.
///
/// `played`: music, keys and tones of either. Both sides of a call may hear the same ones, so
/// speech decides where there is 1 s of it.
Sameness compare_channels(std::span<const Stretch> first, std::span<const Stretch> second,
                          std::span<const std::uint8_t> likeness,
                          std::span<const SpeechInterval> played = {});

}  // namespace oidor::audio

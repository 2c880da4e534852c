// Fake stereo: channels that carry the same sound. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "audio/signal/stretch.hpp"

namespace oidor::audio {

/// Whether two channels are one and the same, up to 6 dB of gain, the sign, and a delay of 200 ms.
///
/// Either sample by sample: nine tenths of what is heard correlate at 0.95 and differ by one gain;
/// or, where a delay or two codecs lie between them, their levels rise and fall as one
/// (correlation 0.95). An echo of the other side is quieter by more, now on the one channel and
/// now on the other. `likeness`: a byte for each stretch (signal/likeness.hpp). Less than 1 s of
/// sound decides nothing.
bool are_identical(std::span<const Stretch> first, std::span<const Stretch> second,
                   std::span<const std::uint8_t> likeness);

}  // namespace oidor::audio

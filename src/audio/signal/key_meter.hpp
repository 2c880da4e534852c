// Telephone keys (DTMF): two tones at once, by Goertzel's algorithm. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace oidor::audio {

/// 25.6 ms at 8 kHz: long enough to tell the eight frequencies apart.
inline constexpr std::size_t kKeyWindow = 205;

/// Which of the sixteen keys sounds in `samples` (8 kHz), by row × 4 + column; nothing where none
/// does.
///
/// The two tones are at most 9 dB apart, hold half of the power and stand 8 dB over the others of
/// their group; their overtones do not: a voice has those.
/// Source: ITU-T Q.23 (the frequencies).
std::optional<int> find_key(std::span<const float, kKeyWindow> samples);

}  // namespace oidor::audio

// A stretch as the bytes of an L frame, written by the child and read by its parent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "audio/signal/stretch.hpp"

namespace oidor::audio {

/// Level, peak, marks, steadiness, pitch.
inline constexpr std::size_t kStretchBytes = 5;

inline constexpr std::uint8_t kMarkClipped = 1;
inline constexpr std::uint8_t kMarkKey = 2;
inline constexpr std::uint8_t kMarkSimple = 4;

inline std::array<std::uint8_t, kStretchBytes> pack_stretch(const Stretch& stretch) {
    const int marks = (stretch.clipped ? kMarkClipped : 0) | (stretch.timbre.key ? kMarkKey : 0) |
                      (stretch.timbre.simple ? kMarkSimple : 0);
    return {stretch.level, stretch.peak, static_cast<std::uint8_t>(marks), stretch.timbre.steady,
            stretch.timbre.pitch};
}

/// Of any five bytes: what no child of ours writes is taken as the nearest that it could have.
inline Stretch unpack_stretch(const char* bytes) {
    const auto at = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    const auto level = [&at](std::size_t i) {
        return at(i) < kLevelMax ? at(i) : static_cast<std::uint8_t>(kLevelMax);
    };
    return {.level = level(0),
            .peak = level(1),
            .clipped = (at(2) & kMarkClipped) != 0,
            .timbre = {.key = (at(2) & kMarkKey) != 0,
                       .simple = (at(2) & kMarkSimple) != 0,
                       .steady = at(3),
                       .pitch = at(4)}};
}

}  // namespace oidor::audio

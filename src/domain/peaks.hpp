// The drawing of a recording: how loud it is at most, in few bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domain/transcript.hpp"

namespace oidor {

/// For each channel one byte for every `every`: the largest amplitude in it, 255 for full scale.
/// No channels where none were measured.
struct Peaks {
    Milliseconds every = {};
    std::vector<std::vector<std::uint8_t>> channels = {};
    bool operator==(const Peaks&) const = default;
};

/// Of all channels together: 38,400 letters of base64, so that an hour stays below 40 KB.
inline constexpr std::size_t kPeaksMax = 28'800;
/// A screen shows no more of a call.
inline constexpr Milliseconds kPeaksEveryMin{200};

/// The peaks of each channel, from finer ones, `every` apart: every 200 ms, less often where
/// they would be more than kPeaksMax.
Peaks make_peaks(std::span<const std::vector<std::uint8_t>> channels, Milliseconds every);

/// One part of a timeline.
struct PlacedPeaks {
    const Peaks* peaks = nullptr;
    Milliseconds offset = {};
    std::size_t first_channel = 0;
};

/// The peaks of a whole timeline; where parts lie over each other, the larger.
Peaks merge_peaks(std::span<const PlacedPeaks> parts, Milliseconds duration);

}  // namespace oidor

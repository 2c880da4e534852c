// What is kept of every 20 ms of a channel: a few bytes, from which all else is concluded.
#pragma once

#include <cstdint>

namespace oidor::audio {

inline constexpr int kStretchesPerSecond = 50;
/// What timbre is judged at: all that a telephone carries.
inline constexpr int kTimbreRateHz = 8000;
inline constexpr int kTimbreStretch = kTimbreRateHz / kStretchesPerSecond;

/// A level or an amplitude as a byte: (dBFS + 100) × 2; 0 for digital silence, 200 for full scale.
using Level = std::uint8_t;
inline constexpr int kLevelMax = 200;
inline constexpr int kLevelsPerDb = 2;
constexpr int level_of(int dbfs) { return (dbfs + 100) * kLevelsPerDb; }

/// The sound of a stretch.
struct Timbre {
    /// A telephone's key sounds, the same one as in the stretch before.
    bool key = false;
    /// One or two partials are all that there is.
    bool simple = false;
    /// Share (255: all) of the power that lies in partials which have kept their frequency for
    /// 200 ms.
    std::uint8_t steady = 0;
    /// Where the strongest partial lies, in steps of 15.6 Hz; 0: nowhere.
    std::uint8_t pitch = 0;
};

/// One channel's 20 ms.
struct Stretch {
    Level level = 0;       ///< Power, without the constant part.
    Level peak = 0;        ///< The largest amplitude.
    bool clipped = false;  ///< Samples stick to full scale.
    Timbre timbre = {};
};

}  // namespace oidor::audio

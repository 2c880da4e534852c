// Sounds that are nobody's speech: keys, tones, music. From what is kept of every 20 ms. Pure.
#pragma once

#include <span>

#include "audio/signal/stretch.hpp"
#include "domain/intervals.hpp"

namespace oidor::audio {

/// A channel's sounds that are no speech. None lies over another.
struct Sounds {
    Intervals music = {};
    Intervals keys = {};
    Intervals tones = {};
};

/// Keys: at least two stretches in a row with the same key. Tones: one or two partials that stay
/// where they are, as loud as they are, for 400 ms or more. Music: 4 s or more in which, second for
/// second, a good part of the power lies in partials that keep their frequency while others come
/// and go: several notes, or more than two partials at once.
Sounds find_sounds(std::span<const Stretch> stretches);

}  // namespace oidor::audio

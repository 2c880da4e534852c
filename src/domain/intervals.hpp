// Stretches of a recording as sets: what they add up to, what lies between, what is left of them.
#pragma once

#include <span>
#include <vector>

#include "domain/transcript.hpp"

namespace oidor {

/// A stretch of time on one channel, `end` excluded. Lists of them are in order and never touch.
struct SpeechInterval {
    Milliseconds start = {};
    Milliseconds end = {};
    bool operator==(const SpeechInterval&) const = default;
};

using Intervals = std::vector<SpeechInterval>;

Milliseconds total_time(std::span<const SpeechInterval> intervals);

/// The longest stretch from 0 to `duration` that lies in none of them.
Milliseconds longest_gap(std::span<const SpeechInterval> intervals, Milliseconds duration);

/// All stretches from 0 to `duration` that lie in none of them.
Intervals gaps_of(std::span<const SpeechInterval> intervals, Milliseconds duration);

/// Sorts, joins what overlaps or touches, leaves out what is empty.
Intervals unite(Intervals intervals);

/// What of `intervals` lies in none of `without`.
Intervals subtract(std::span<const SpeechInterval> intervals,
                   std::span<const SpeechInterval> without);

/// Where at least `count` of the lists have an interval.
Intervals at_once(std::span<const std::span<const SpeechInterval>> lists, int count);

/// Whether one of them reaches into the stretch from `start` to `end`.
bool reaches_into(std::span<const SpeechInterval> intervals, Milliseconds start, Milliseconds end);

}  // namespace oidor

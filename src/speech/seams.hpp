// Stretches of a recording that stand behind each other in what an engine is given, and where what
// it heard lies on the recording. Pure.
#pragma once

#include <span>
#include <vector>

#include "domain/intervals.hpp"
#include "domain/transcript.hpp"
#include "speech/engine_reply.hpp"

namespace oidor::speech {

/// Which side of a seam a time belongs to: where something ends, or where it begins.
enum class Side { Start, End };

/// Where a moment of stretches that stand behind each other (at least one) lies on the recording.
/// Beyond their ends: the end.
Milliseconds to_recording(std::span<const SpeechInterval> stretches, Milliseconds in_them,
                          Side side);

/// Moves segments to the recording's time. A segment that reaches over a seam is parted there when
/// all its words have times: else what was said before and after a long pause would be one sentence
/// in the middle of what the other side said. Without such words it stays whole, and its `talk` is
/// how long it is without what lies between the stretches.
///
/// Engines whose segments touch let one begin before the seam, in the silence that was kept there:
/// a start up to `margin` before a seam belongs behind it where most of the segment does, and an
/// end up to `margin` behind it before it. `signs` stay beside their segments.
void place_on_recording(std::span<const SpeechInterval> stretches, Milliseconds margin,
                        std::vector<Segment>& segments, std::vector<SegmentSigns>& signs);

}  // namespace oidor::speech

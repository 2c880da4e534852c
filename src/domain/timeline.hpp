// Several recordings of one conversation on one timeline: which starts when, and beside which.
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"

namespace oidor {

/// A recording of a conversation, as far as its place in time goes.
struct TimelinePart {
    /// As the source gives it. Null: the recording follows the one given before it.
    std::optional<Timestamp> started_at = {};
    Milliseconds duration = {};
    int channels = 1;
};

/// Where one lies.
struct TimelinePlace {
    Milliseconds offset = {};  ///< From the start of the timeline.
    /// Recordings that sound at once (each side in a file of its own) stand beside each other: the
    /// channels of the second one count from here.
    int first_channel = 0;
    Milliseconds gap = {};  ///< Nothing is recorded between the end of all before it and its start.
    Milliseconds overlap = {};  ///< How long it sounds while one that started before it still does.
    bool operator==(const TimelinePlace&) const = default;
};

/// The places, in the order in which the parts were given.
struct Timeline {
    std::vector<TimelinePlace> places = {};
    Milliseconds duration = {};
    /// False: no start time was given, or they were not believed; one follows the other.
    bool by_start_times = false;
};

/// Sources state starts to the second, and one recorder stops as the next one starts: shorter
/// overlaps are none, and the later recording follows.
inline constexpr Milliseconds kOverlapMin{2000};
/// Starts that lie further apart are somebody's wrong clock: they are not believed, none of them.
inline constexpr Milliseconds kTimelineMax{24 * 3600 * 1000};

/// The earliest start is 0.
Timeline place_on_timeline(std::span<const TimelinePart> parts);

/// Moves the times and the channels of a recording's transcript to its place.
void move_transcript(Transcript& transcript, const TimelinePlace& place);

/// One analysis of all, its times those of the timeline, everything that follows from them measured
/// anew. `analyses` in the order of the timeline's places; of none, an empty one.
AudioAnalysis merge_analyses(std::span<const AudioAnalysis> analyses, const Timeline& timeline);

}  // namespace oidor

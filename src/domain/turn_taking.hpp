// Who takes the turn from whom, and how soon: from when each channel speaks. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "domain/intervals.hpp"

namespace oidor {

/// Somebody starts while another speaks, and the other gives way.
struct Interruption {
    Milliseconds at = {};
    int by = 0;  ///< Channel.
    int of = 0;  ///< Channel.
    bool operator==(const Interruption&) const = default;
};

/// How soon a channel speaks when the turn comes to it.
struct ResponseTimes {
    std::int64_t count = 0;
    Milliseconds mean = {};
    Milliseconds longest = {};
    bool operator==(const ResponseTimes&) const = default;
};

/// One channel's part of it.
struct TurnShare {
    std::int64_t interruptions = 0;  ///< How often it cut another off.
    ResponseTimes responses = {};
};

/// What follows from when each channel speaks.
struct TurnTaking {
    std::vector<Interruption> interruptions = {};  ///< The first kInterruptionsMax, in order.
    std::vector<TurnShare> channels = {};
};

/// Longer lists say nothing more; the channels' counts are complete.
inline constexpr std::size_t kInterruptionsMax = 1000;

/// The turn goes to whoever still speaks when the one before has ended: what lies wholly inside
/// another's turn ("ajá") takes no turn.
///
/// A response is the time from the end of another's turn to the start of one's own, 0 where they
/// overlap; it is not counted across a stretch of `breaks` (music on hold, time without a
/// recording). An interruption needs all of: the other has spoken for 500 ms, both speak for
/// 300 ms, and whoever came in goes on for 500 ms after the other has ended; a shorter overlap
/// is how turns are passed.
TurnTaking find_turn_taking(std::span<const std::span<const SpeechInterval>> speech_by_channel,
                            std::span<const SpeechInterval> breaks);

}  // namespace oidor

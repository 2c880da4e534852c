// Which agents took part in a call, from all of its events. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/anura/shapes.hpp"
#include "connectors/connector.hpp"

namespace oidor::connectors::anura {

/// An event as merging needs it. `normalised` borrows from the kept event.
struct ReadEvent {
    Trigger trigger = Trigger::Other;
    Timestamp received_at = {};
    std::string_view normalised = {};
    CallEvent call = {};
};

/// The parts of the agents that `events` (in merging order) name, in order of their turn; one with
/// an empty leg when none is named.
///
/// The leg is the extension of the queue's agent; without one the agent's name; without both the
/// answering extension. A name that some event gives together with one extension stands for that
/// extension. Queue agents, once named, are all that count. `merged` and `call` give the times: the
/// first part begins at the answer, the last ends with the call, and of two the second begins
/// `queuetalktime` before the end.
std::vector<ParticipationDraft> participations_of(const std::vector<ReadEvent>& events,
                                                  const CallEvent& merged,
                                                  const ConversationDraft& call);

/// Digits as an id without leading zeros; nothing for zero, other characters, more than 18 digits.
std::optional<std::string> id_of_digits(std::string_view digits);

}  // namespace oidor::connectors::anura

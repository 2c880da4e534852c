// All events of one call as one conversation, whatever their order. Pure.
#pragma once

#include <span>
#include <string_view>

#include "connectors/connector.hpp"

namespace oidor::connectors::net2phone {

/// Merges by field: an absent value never overwrites; else the event of the higher kind wins (any
/// other < ringing < answered < recorded < missed < completed; for what is said of the recording,
/// recorded stands above completed), then the event's own time, then the later received, then the
/// greater bytes. Errors: Invalid when no event can be read.
Result<ConversationDraft> merge(std::span<const KeptEvent> events, const AccountContext& account);

/// `inbound`, `OUT`, `entrante` …; unknown for anything else.
Direction direction_of(std::string_view text);

}  // namespace oidor::connectors::net2phone

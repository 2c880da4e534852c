// All events of one call as one conversation, whatever their order. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "connectors/connector.hpp"

namespace oidor::connectors::anura {

/// Merges by field: an absent value never overwrites; else the event of the higher rank wins
/// (any other < ORIGINATE < START < TALK < RECORDING < END; for what is said of the recording,
/// RECORDING stands above END), then the later received, then the greater bytes. Anura states no
/// time or sequence of an event of its own. Errors: Invalid when no event can be read.
Result<ConversationDraft> merge(std::span<const KeptEvent> events, const AccountContext& account);

/// The campaign that the first tag `campaign_<digits>` or `<digits>` names; zero names none.
std::optional<std::string> campaign_of_tags(std::string_view tags);

/// The agent's id: the extension when it is all digits, else the first run of digits in the name.
std::optional<std::string> agent_id_of(const std::optional<std::string>& extension,
                                       const std::optional<std::string>& name);

/// `in`, `INBOUND`, `entrante`, `i` …; unknown for anything else.
Direction direction_of(std::string_view text);

/// `ANSWER…`, `NO ANSWER`, `BUSY` …, spaces, `_` and `-` ignored; unknown for anything else.
CallOutcome outcome_of(std::string_view status);

}  // namespace oidor::connectors::anura

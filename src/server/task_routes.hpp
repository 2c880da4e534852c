// `/tasks…`: conversations as the tasks that a predecessor's clients ask for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// The table. With null parts it can be documented, not called. A task's id is the conversation's.
std::vector<Route> task_routes(const std::shared_ptr<const ApiParts>& parts);

/// `pending` (the call goes on, or its audio is awaited), `processing`, `completed`, `failed`.
std::string_view task_status(const store::ConversationRow& row);
/// The same of what is counted. `reason`: the conversation's.
std::string_view task_status(ConversationState state, const std::optional<std::string>& reason,
                             bool recording_stored);

/// A whole number of the query. Invalid outside of the bounds.
Result<int> read_number(const Call& call, std::string_view name, int fallback, int min, int max);

}  // namespace oidor::server

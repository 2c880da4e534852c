// `/tasks…`: conversations as the tasks that a predecessor's clients ask for.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// The table. With null parts it can be documented, not called. A task's id is the conversation's.
std::vector<Route> task_routes(const std::shared_ptr<const ApiParts>& parts);

/// `pending` (the call goes on, or its audio is awaited), `processing`, `completed`, `failed`.
std::string_view task_status(const store::ConversationRow& row);

}  // namespace oidor::server

// The route that erases a conversation.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

std::vector<Route> erasure_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

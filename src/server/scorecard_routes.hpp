// Scorecards over HTTP: which there are, and everything that proves one.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// `/api/v1/scorecards…`. With null parts they can be documented, not called.
std::vector<Route> scorecard_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

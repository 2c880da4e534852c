// Scorecards published and bound over the API, their JSON Schema, and texts masked as the house
// masks them.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// `POST /api/v1/scorecards`, `/api/v1/scorecards/schema`, `/api/v1/bindings`, `/api/v1/redact`.
/// They come before those of single scorecards, whose ids are paths too. With null parts they can
/// be documented, not called.
std::vector<Route> publishing_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

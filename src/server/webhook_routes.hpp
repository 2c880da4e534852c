// The webhook paths as rows of the route table: documented like any other, served by the intake.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// The paths of every connector that takes webhooks; their rows have no handler.
std::vector<Route> webhook_routes();

/// Every route with a handler, the page's left out: `/api/v1` and the paths that predecessors
/// published.
std::vector<Route> served_routes(const std::shared_ptr<const ApiParts>& parts);

/// Everything that OpenAPI shows, without the parts that would serve it.
std::vector<Route> documented_routes();

}  // namespace oidor::server

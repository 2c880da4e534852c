// The webhook paths as rows of the route table: documented like any other, served by the intake.
#pragma once

#include <vector>

#include "server/routes.hpp"

namespace oidor::server {

/// The paths of every connector that takes webhooks; their rows have no handler.
std::vector<Route> webhook_routes();

/// Everything that OpenAPI shows, without the parts that would serve it.
std::vector<Route> documented_routes();

}  // namespace oidor::server

// `/healthz`, `/readyz` and `/metrics` alone: what a worker answers, too.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"
#include "server/routes.hpp"

namespace oidor::server {

std::vector<Route> health_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

// `/api/v1/costs…`, `/api/v1/estimate`: what hearing cost, may cost and will cost.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// The table. With null parts it can be documented, not called.
std::vector<Route> cost_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

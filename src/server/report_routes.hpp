// Campaigns, figures and health on the paths that the predecessor's clients know.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// `/campaigns`, `/reports/…`, `/health`. With null parts they can be documented, not called.
std::vector<Route> report_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

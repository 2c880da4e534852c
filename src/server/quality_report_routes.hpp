// `/api/v1/reports/…`: quality reports as JSON, CSV, HTML or text.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"
#include "server/routes.hpp"

namespace oidor::server {

/// With null parts they can be documented, not called.
std::vector<Route> quality_report_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

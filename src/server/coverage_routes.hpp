// `/api/v1/coverage`: which calls are missing, and why; and its answers' shape, which the command
// line prints too.
#pragma once

#include <memory>
#include <vector>

#include "base/json.hpp"
#include "ledger/coverage.hpp"
#include "server/api_routes.hpp"
#include "server/routes.hpp"

namespace oidor::server {

json::object cell_view(const ledger::Cell& cell);
json::object gap_view(const ledger::GapLine& line);

std::vector<Route> coverage_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

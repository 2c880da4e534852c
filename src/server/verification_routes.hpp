// `/api/v1/conversations/{id}/verify`: stored audits recomputed from what their receipts name.
#pragma once

#include <memory>
#include <vector>

#include "pipeline/verification.hpp"
#include "server/api_routes.hpp"

namespace oidor::server {

/// With null parts they can be documented, not called.
std::vector<Route> verification_routes(const std::shared_ptr<const ApiParts>& parts);

/// One audit and what came of it, as the API and the command line show it.
json::object verified_view(const pipeline::VerifiedAudit& verified);

}  // namespace oidor::server

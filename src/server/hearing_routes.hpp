// `/api/v1/transcripts`: what was not heard, not understood or is not believed, and hearing it
// once more.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// The table. With null parts it can be documented, not called.
std::vector<Route> hearing_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

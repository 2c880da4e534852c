// `/upload…`: audio handed in by people and programs, as conversations of the source `file`.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// The table. With null parts it can be documented, not called.
std::vector<Route> upload_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

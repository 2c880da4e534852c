// Keys and how much they are used, for whoever runs the installation.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// The table. With null parts it can be documented, not called.
std::vector<Route> key_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

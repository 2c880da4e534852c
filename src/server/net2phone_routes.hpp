// The pages that the predecessor's clients of Net2phone know.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// `/net2phone/…`. With null parts they can be documented, not called.
std::vector<Route> net2phone_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

// `/anura/…`: what a predecessor's clients ask to see whether their PBX is mapped well.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// The table. With null parts it can be documented, not called.
std::vector<Route> anura_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

// JSON schemas of the routes about costs and hearing.
#pragma once

#include "base/json.hpp"

namespace oidor::server {

/// Named schemas, to be joined with the others.
json::object cost_schemas();

}  // namespace oidor::server

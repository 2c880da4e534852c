// JSON schemas of the scorecard routes.
#pragma once

#include "base/json.hpp"

namespace oidor::server {

/// Named schemas, to be joined with the others.
json::object scorecard_schemas();

}  // namespace oidor::server

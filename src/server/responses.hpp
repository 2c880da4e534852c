// Answers that nobody on the way may keep.
#pragma once

#include "base/json.hpp"
#include "net/http.hpp"

namespace oidor::server {

net::Response private_json(const json::value& value, int status = 200);

}  // namespace oidor::server

// What models said of conversations: questions in free words, fields, tags, and the audit by
// criteria, on the paths that a predecessor's clients know.
#pragma once

#include <memory>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// `/tasks/{id}/chat`, `/tags/{id}`, `/agent-identification/{id}`, `/audit/generate`, and
/// `/api/v1/conversations/{id}/answers`. With null parts they can be documented, not called.
std::vector<Route> model_routes(const std::shared_ptr<const ApiParts>& parts);

}  // namespace oidor::server

// What models said of conversations: questions in free words, fields, tags, and the audit by
// criteria, on the paths that a predecessor's clients know.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/api_routes.hpp"

namespace oidor::server {

/// `/tasks/{id}/chat`, `/tags/{id}`, `/agent-identification/{id}`, `/audit/generate`, and
/// `/api/v1/conversations/{id}/answers`. With null parts they can be documented, not called.
std::vector<Route> model_routes(const std::shared_ptr<const ApiParts>& parts);

/// What the criteria of a scorecard ask, by their ids.
using QuestionTexts = std::map<std::string, std::string, std::less<>>;

/// A stored audit as the predecessor's audit by criteria: the sum of scores by the sum of what they
/// could be, in percent with two places; failed below `approval_score`. What is unknown or does not
/// apply counts in neither sum, a bonus among what was reached; a fatal failure leaves 0. Null
/// where the audit has no score. Pure.
json::object criteria_audit_view(const json::object& audit, const QuestionTexts& questions,
                                 int approval_score);

}  // namespace oidor::server

// What models said of conversations as the API and the command line show it; and audits by criteria
// in the predecessor's form.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "pipeline/model_chat.hpp"
#include "redact/json_masking.hpp"
#include "store/store.hpp"

namespace oidor::server {

json::object chat_view(const pipeline::ChatEntry& entry);

/// The newest answers about a conversation; null where no model was asked.
Result<json::value> find_answers(store::Store& store, ConversationId id);

/// The stored transcript with its identifiers; an empty one where there is none. Errors: Corrupt.
Result<redact::Look> look_at_stored(store::Store& store, ConversationId id,
                                    redact::Options options);
/// Masks what was said and what was written about it: quotes as their segments are.
void mask_said(json::value& value, const redact::Look& look);

/// What the criteria of a scorecard ask, by their ids.
using QuestionTexts = std::map<std::string, std::string, std::less<>>;

/// A stored audit as the predecessor's audit by criteria: the sum of scores by the sum of what they
/// could be, in percent with two places; failed below `approval_score`. What is unknown or does not
/// apply counts in neither sum, a bonus among what was reached; a fatal failure leaves 0. Null
/// where the audit has no score. Pure.
json::object criteria_audit_view(const json::object& audit, const QuestionTexts& questions,
                                 int approval_score);

/// The audits of a task, each with the agent that it judges: the lowest stands for the task, since
/// it fails when one of them does, and `audits` has them all where there are several. `agent`: of
/// this one alone. NotFound: nobody's of that name.
Result<json::object> criteria_audits_view(store::Store& store, const store::ConversationRow& row,
                                          const std::vector<store::AuditRow>& audits,
                                          const std::optional<std::string>& agent);

}  // namespace oidor::server

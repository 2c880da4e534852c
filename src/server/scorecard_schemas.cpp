#include "server/scorecard_schemas.hpp"

#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "base/assert.hpp"

namespace oidor::server {
namespace {

constexpr std::string_view kSchemas = R"json({
"ModelQuote": {"type": "object", "required": ["segment", "quote"], "properties": {
    "segment": {"type": "integer", "minimum": 0}, "quote": {"type": "string"}}},
"ModelField": {"type": ["object", "null"], "required": ["value", "evidence"], "properties": {
    "value": {"type": "string"},
    "evidence": {"anyOf": [{"$ref": "#/components/schemas/ModelQuote"}, {"type": "null"}]}}},
"ModelAnswers": {"type": "object",
    "required": ["scorecard", "answered_at", "model", "prompt_version", "answers", "fields"], "properties": {
    "scorecard": {"type": "object", "required": ["id", "version"], "properties": {
        "id": {"type": "string"}, "version": {"type": "integer"}}},
    "answered_at": {"type": "string", "format": "date-time"},
    "model": {"type": "string"}, "prompt_version": {"type": "string"},
    "answers": {"type": "array", "items": {"type": "object",
        "required": ["question", "state", "value", "quotes"], "properties": {
        "question": {"type": "string"}, "state": {"type": "string"}, "value": {"type": ["string", "null"]},
        "quotes": {"type": "array", "items": {"$ref": "#/components/schemas/ModelQuote"}}}}},
    "fields": {"type": ["object", "null"],
        "required": ["reason", "summary", "initial_feeling", "final_feeling", "product", "typification",
            "agent_channel", "agent_evidence", "tags"], "properties": {
        "reason": {"$ref": "#/components/schemas/ModelField"},
        "summary": {"$ref": "#/components/schemas/ModelField"},
        "initial_feeling": {"$ref": "#/components/schemas/ModelField"},
        "final_feeling": {"$ref": "#/components/schemas/ModelField"},
        "product": {"$ref": "#/components/schemas/ModelField"},
        "typification": {"$ref": "#/components/schemas/ModelField"},
        "agent_channel": {"type": ["integer", "null"]},
        "agent_evidence": {"anyOf": [{"$ref": "#/components/schemas/ModelQuote"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"$ref": "#/components/schemas/ModelField"}, "maxItems": 5}}}}},
"ScorecardVersion": {"type": "object", "required": ["id", "version", "language", "sha256", "published_at"], "properties": {
    "id": {"type": "string"}, "version": {"type": "integer"}, "language": {"type": "string"},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "published_at": {"type": "string", "format": "date-time"}, "toml": {"type": "string"}}},
"ScorecardPage": {"type": "object", "required": ["items", "next"], "properties": {
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/ScorecardVersion"}},
    "next": {"type": ["string", "null"]}}},
"VerifiedAudits": {"type": "object", "required": ["same", "items"], "properties": {
    "same": {"type": "boolean"},
    "items": {"type": "array", "items": {"type": "object",
        "required": ["conversation_id", "participation", "scorecard", "verdict", "audit_sha256", "audit_sha256_again"],
        "properties": {
        "conversation_id": {"type": "string", "format": "uuid"}, "participation": {"type": "string", "format": "uuid"},
        "scorecard": {"type": "object", "required": ["id", "version"]},
        "verdict": {"type": "string", "enum": ["same", "transcript_changed", "transcript_missing", "scorecard_missing",
            "scorecard_changed", "answers_missing", "facts_changed", "scoring_changed", "packs_changed", "unreadable",
            "body_changed", "differs"]},
        "audit_sha256": {"type": "string"}, "audit_sha256_again": {"type": ["string", "null"]}}}}}},
"ScorecardText": {"type": "object", "required": ["toml"], "properties": {"toml": {"type": "string"}}},
"JsonSchema": {"type": "object", "required": ["$schema"], "properties": {"$schema": {"type": "string"}}},
"Binding": {"type": "object", "required": ["scorecard", "version", "campaign", "channel", "language", "from"],
    "properties": {
    "scorecard": {"type": "string"}, "version": {"type": ["integer", "null"], "minimum": 1},
    "campaign": {"type": ["string", "null"]}, "channel": {"type": ["string", "null"]},
    "language": {"type": ["string", "null"]}, "from": {"type": ["string", "null"], "format": "date-time"}}},
"BindingPage": {"type": "object", "required": ["items", "next"], "properties": {
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Binding"}},
    "next": {"type": ["string", "null"]}}},
"BindingOrder": {"type": "object", "required": ["scorecard"], "additionalProperties": false, "properties": {
    "scorecard": {"type": "string"}, "version": {"type": ["integer", "null"], "minimum": 1},
    "campaign": {"type": ["string", "null"]}, "channel": {"type": ["string", "null"]},
    "language": {"type": ["string", "null"]}, "from": {"type": ["string", "null"]}}},
"TextToRedact": {"type": "object", "required": ["text"], "properties": {
    "text": {"type": "string", "maxLength": 65536}, "country": {"type": ["string", "null"], "pattern": "^[A-Z]{2}$"},
    "language": {"type": ["string", "null"]}}},
"RedactedText": {"type": "object", "required": ["text", "spans", "version"], "properties": {
    "text": {"type": "string"}, "version": {"type": "string"},
    "spans": {"type": "array", "items": {"type": "object", "required": ["begin", "end", "kind", "sure"], "properties": {
        "begin": {"type": "integer"}, "end": {"type": "integer"}, "kind": {"type": "string"},
        "sure": {"type": "string", "enum": ["possible", "likely", "certain"]}}}}}},
"ScorecardChoice": {"type": "object", "properties": {
    "toml": {"type": "string"}, "id": {"type": "string"}, "version": {"type": "integer", "minimum": 1},
    "examples": {"type": "string"}, "seed": {"type": "integer", "minimum": 0},
    "mutants_max": {"type": "integer", "minimum": 0, "maximum": 2000}}},
"ScorecardPair": {"type": "object", "required": ["old", "new"], "properties": {
    "old": {"$ref": "#/components/schemas/ScorecardChoice"},
    "new": {"$ref": "#/components/schemas/ScorecardChoice"}}},
"ScorecardCheck": {"type": "object", "required": ["valid", "faults", "findings"], "properties": {
    "valid": {"type": "boolean"}, "faults": {"type": "array", "items": {"type": "string"}},
    "findings": {"type": "array", "items": {"type": "object",
        "required": ["path", "line", "level", "rule", "criterion", "text", "other", "message"], "properties": {
        "path": {"type": "string"}, "line": {"type": "integer"},
        "level": {"type": "string", "enum": ["warning", "note"]}, "rule": {"type": "string"},
        "criterion": {"type": ["string", "null"]}, "text": {"type": "string"},
        "other": {"type": ["string", "null"]}, "message": {"type": "string"}}}}}},
"ScorecardTold": {"type": "object", "required": ["expected", "judged", "both", "precision", "recall"], "properties": {
    "expected": {"type": "integer"}, "judged": {"type": "integer"}, "both": {"type": "integer"},
    "precision": {"type": ["number", "null"]}, "recall": {"type": ["number", "null"]}}},
"ScorecardTest": {"type": "object",
    "required": ["path", "scorecard", "examples", "held", "failures", "criteria", "mutation"], "properties": {
    "path": {"type": "string"}, "scorecard": {"type": "object"}, "examples": {"type": "integer"},
    "held": {"type": "integer"},
    "failures": {"type": "array", "items": {"type": "object",
        "required": ["path", "line", "criterion", "name", "expected", "outcome", "expected_points", "points"]}},
    "criteria": {"type": "array", "items": {"type": "object", "required": ["id", "examples", "held", "pass", "fail"],
        "properties": {"id": {"type": "string"}, "examples": {"type": "integer"}, "held": {"type": "integer"},
        "pass": {"$ref": "#/components/schemas/ScorecardTold"},
        "fail": {"$ref": "#/components/schemas/ScorecardTold"}}}},
    "mutation": {"type": ["object", "null"],
        "required": ["score", "made", "tried", "noticed", "equivalent", "seed", "operators", "survivors"], "properties": {
        "score": {"type": "number"}, "made": {"type": "integer"}, "tried": {"type": "integer"},
        "noticed": {"type": "integer"}, "equivalent": {"type": "integer"}, "seed": {"type": "integer"},
        "operators": {"type": "object"},
        "survivors": {"type": "array", "items": {"type": "object",
            "required": ["operator", "criterion", "line", "from", "to", "write"]}}}}}},
"ScorecardChanges": {"type": "object", "required": ["changes"], "properties": {
    "changes": {"type": "array", "items": {"type": "object",
        "required": ["change", "criterion", "key", "from", "to", "judges", "added", "removed"], "properties": {
        "change": {"type": "string"}, "criterion": {"type": ["string", "null"]}, "key": {"type": ["string", "null"]},
        "from": {"type": ["string", "null"]}, "to": {"type": ["string", "null"]}, "judges": {"type": "boolean"},
        "added": {"type": "array", "items": {"type": "string"}},
        "removed": {"type": "array", "items": {"type": "string"}}}}}}},
"BacktestOrder": {"type": "object", "required": ["new"], "properties": {
    "new": {"$ref": "#/components/schemas/ScorecardChoice"},
    "against": {"anyOf": [{"$ref": "#/components/schemas/ScorecardChoice"}, {"const": "current"}]},
    "from": {"type": "string"}, "to": {"type": "string"}, "campaign": {"type": "string"},
    "pass_mark": {"type": "integer", "minimum": 0, "maximum": 100}}},
"BacktestStarted": {"type": "object", "required": ["id", "state"], "properties": {
    "id": {"type": "string", "format": "uuid"}, "state": {"const": "running"}}},
"Backtest": {"type": "object", "required": ["id", "state", "done", "all", "error", "report"], "properties": {
    "id": {"type": "string", "format": "uuid"},
    "state": {"type": "string", "enum": ["running", "done", "failed", "cancelled"]},
    "done": {"type": "integer"}, "all": {"type": "integer"},
    "error": {"type": ["object", "null"], "required": ["code", "message"]},
    "report": {"type": ["object", "null"], "required": ["new", "against", "pass_mark", "conversations", "compared",
        "questions_unknown", "not_comparable", "pass_to_fail", "fail_to_pass", "higher", "lower", "before", "after", "criteria",
        "only_in_old", "agents", "agents_left_out", "campaigns", "campaigns_left_out"]}}}
})json";

}  // namespace

json::object scorecard_schemas() {
    auto value = parse_json(kSchemas);
    ASSERT(value && value->is_object(), "the schemas above are JSON");
    return std::move(value->get_object());
}

}  // namespace oidor::server

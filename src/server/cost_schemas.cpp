#include "server/cost_schemas.hpp"

#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "base/assert.hpp"

namespace oidor::server {
namespace {

constexpr std::string_view kCostSchemas = R"json({
"CostLine": {"type": "object",
    "required": ["name", "model", "currency", "calls", "cached", "failed", "open", "unconfirmed", "unpriced",
        "audio_s", "sent_s", "billed_s", "cost", "unconfirmed_cost"], "properties": {
    "name": {"type": ["string", "null"]}, "model": {"type": ["string", "null"]}, "currency": {"type": "string"},
    "calls": {"type": "integer"}, "cached": {"type": "integer"}, "failed": {"type": "integer"},
    "open": {"type": "integer"}, "unconfirmed": {"type": "integer"}, "unpriced": {"type": "integer"},
    "audio_s": {"type": "number"}, "sent_s": {"type": "number"}, "billed_s": {"type": "number"},
    "cost": {"type": ["number", "null"]}, "unconfirmed_cost": {"type": "number"}}},
"Costs": {"type": "object", "required": ["by", "from", "to", "items", "totals"], "properties": {
    "by": {"type": "string", "enum": ["engine", "day", "campaign", "account"]},
    "from": {"type": "string", "format": "date"}, "to": {"type": "string", "format": "date"},
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/CostLine"}},
    "totals": {"type": "array", "items": {"$ref": "#/components/schemas/CostLine"}}}},
"SpeechBudget": {"type": "object",
    "required": ["currency", "budget", "spent", "left", "from", "to", "paused_until"], "properties": {
    "currency": {"type": "string"}, "budget": {"type": ["number", "null"]},
    "spent": {"type": ["number", "null"]}, "left": {"type": ["number", "null"]},
    "from": {"type": ["string", "null"], "format": "date-time"},
    "to": {"type": ["string", "null"], "format": "date-time"},
    "paused_until": {"type": ["string", "null"], "format": "date-time"}}},
"EstimatePart": {"type": "object", "required": ["cost", "basis", "calls_not_counted"], "properties": {
    "cost": {"type": ["number", "null"]},
    "basis": {"type": "string", "enum": ["price_and_history", "price_and_length", "price", "history", "free",
        "no_price", "no_engine", "no_history", "no_length"]},
    "calls_not_counted": {"type": "integer"}}},
"EstimateLine": {"type": "object",
    "required": ["source", "account", "campaign", "engine", "model", "calls", "announced_only", "transcribed",
        "not_recorded", "audio_s", "measured", "length_unknown", "recording", "speech", "model_questions"],
    "properties": {
    "source": {"type": "string"}, "account": {"type": "string"}, "campaign": {"type": ["string", "null"]},
    "engine": {"type": ["string", "null"]}, "model": {"type": "string"}, "calls": {"type": "integer"},
    "announced_only": {"type": "integer"}, "transcribed": {"type": "integer"},
    "not_recorded": {"type": "integer"}, "audio_s": {"type": "number"}, "measured": {"type": "integer"},
    "length_unknown": {"type": "integer"},
    "recording": {"$ref": "#/components/schemas/EstimatePart"},
    "speech": {"$ref": "#/components/schemas/EstimatePart"},
    "model_questions": {"$ref": "#/components/schemas/EstimatePart"}}},
"Estimate": {"type": "object",
    "required": ["from", "to", "currency", "items", "calls", "audio_s", "recording", "speech", "model_questions",
        "model_currency", "whole"], "properties": {
    "from": {"type": "string", "format": "date"}, "to": {"type": "string", "format": "date"},
    "currency": {"type": "string"},
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/EstimateLine"}},
    "calls": {"type": "integer"}, "audio_s": {"type": "number"}, "recording": {"type": "number"},
    "speech": {"type": "number"}, "model_questions": {"type": "number"}, "model_currency": {"type": "string"},
    "whole": {"type": "boolean"}}},
"SpeechCalls": {"type": "object", "required": ["items"], "properties": {
    "items": {"type": "array", "items": {"type": "object",
        "required": ["id", "engine", "model", "day", "state", "audio_s", "sent_s", "billed_s", "cost", "currency",
            "error_code", "started_at", "ended_at"], "properties": {
        "id": {"type": "string", "format": "uuid"}, "engine": {"type": "string"}, "model": {"type": "string"},
        "day": {"type": "string", "format": "date"},
        "state": {"type": "string", "enum": ["open", "paid", "cached", "refused", "failed", "unconfirmed"]},
        "audio_s": {"type": "number"}, "sent_s": {"type": "number"}, "billed_s": {"type": "number"},
        "cost": {"type": ["number", "null"]}, "currency": {"type": "string"},
        "error_code": {"type": ["string", "null"]}, "started_at": {"type": "string", "format": "date-time"},
        "ended_at": {"type": ["string", "null"], "format": "date-time"}}}}}},
"Hearing": {"type": "object",
    "required": ["conversation", "source", "account", "external_id", "campaign", "started_at", "state", "reasons",
        "engine", "wanted_engine", "updated_at"], "properties": {
    "conversation": {"type": "string", "format": "uuid"}, "source": {"type": "string"},
    "account": {"type": "string"}, "external_id": {"type": "string"}, "campaign": {"type": ["string", "null"]},
    "started_at": {"type": "string", "format": "date-time"},
    "state": {"type": "string", "enum": ["heard", "no_speech", "suspect", "failed", "waiting"]},
    "reasons": {"type": "array", "items": {"type": "string"}}, "engine": {"type": ["string", "null"]},
    "wanted_engine": {"type": ["string", "null"]}, "updated_at": {"type": "string", "format": "date-time"}}},
"HearingPage": {"type": "object", "required": ["items", "next"], "properties": {
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Hearing"}},
    "next": {"type": ["string", "null"]}}},
"HearingRetry": {"type": "object", "properties": {
    "state": {"type": "string", "enum": ["no_speech", "suspect", "failed"]}, "reason": {"type": "string"},
    "source": {"type": "string"}, "account": {"type": "string"}, "engine": {"type": "string"}}},
"HearingQueued": {"type": "object", "required": ["queued"], "properties": {"queued": {"type": "integer"}}}
})json";

}  // namespace

json::object cost_schemas() {
    auto value = parse_json(kCostSchemas);
    ASSERT(value && value->is_object(), "the schemas above are JSON");
    return std::move(value->get_object());
}

}  // namespace oidor::server

// Checks JSON against the part of JSON Schema that our own schemas use.
#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"

namespace oidor::models {

/// The first rule that `value` breaks, with its place: `answers.saludo.quotes[0]: not of type
/// object`; nothing when it keeps all of them. Knows `type` (a name or a list of names), `enum` of
/// texts, `properties`, `required`, `additionalProperties: false`, `items`, `maxItems` and `$ref`
/// to `#/$defs/…`. The message shows no value.
std::optional<std::string> find_schema_fault(const json::value& value, const json::object& schema);

}  // namespace oidor::models

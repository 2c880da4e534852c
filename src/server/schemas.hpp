// JSON schemas of what the API takes and gives, for the OpenAPI page. What is closed (states,
// outcomes, reasons) comes from the code that says it.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "server/routes.hpp"

namespace oidor::server {

/// Every named schema, for `components`.
json::object component_schemas();

/// `{"$ref": …}` to a named schema.
json::object schema_reference(std::string_view name);

/// The schema of a parameter's value.
json::object parameter_schema(ParameterType type);

}  // namespace oidor::server

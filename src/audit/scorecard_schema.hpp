// The JSON Schema of a scorecard's file and of a phrase pack's, made of the keys that the parser
// reads by.
#pragma once

#include <string>

namespace oidor::audit {

/// JSON Schema 2020-12, indented, with a newline at the end. What a schema cannot say (weights that
/// add up, packs that exist) is left to `oidor scorecard check`.
std::string scorecard_schema();
std::string phrase_pack_schema();

}  // namespace oidor::audit

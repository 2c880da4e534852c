// An audit as a person reads it on a terminal.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/messages.hpp"

namespace oidor::cli {

/// A few lines: score, each criterion with its evidence or what was searched, the review's reasons.
/// `audit` is the JSON of DESIGN §4.2.
std::string format_audit_text(const json::object& audit, UiLanguage language);

}  // namespace oidor::cli

// How commands look for personal identifiers.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/command.hpp"
#include "redact/redact.hpp"

namespace oidor::cli {

/// `--country`, and the language of texts that say none. Invalid for what is no country's code.
Result<redact::Options> read_redaction(const Invocation& invocation, const std::string& language);

}  // namespace oidor::cli

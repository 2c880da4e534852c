// The examples of the shipped scorecards, built into the program.
#pragma once

#include <span>

#include "base/embedded.hpp"

namespace oidor::proving {

/// `scorecards/examples/*.toml`, by the id of their scorecard, sorted.
std::span<const EmbeddedFile> shipped_examples();

}  // namespace oidor::proving

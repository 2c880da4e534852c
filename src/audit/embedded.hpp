// The scorecards and word lists that are built into the program.
#pragma once

#include <span>

#include "base/embedded.hpp"

namespace oidor::audit {

/// The scorecards that ship (`scorecards/*.toml`), sorted by id.
std::span<const EmbeddedFile> shipped_scorecards();
/// The lexicons of sentiment (`src/audit/packs/*.txt`), by language, sorted.
std::span<const EmbeddedFile> sentiment_packs();

/// The phrase packs that ship (`scorecards/packs/<language>/<name>.toml`), named `es/saludo`,
/// sorted.
std::span<const EmbeddedFile> phrase_packs();

}  // namespace oidor::audit

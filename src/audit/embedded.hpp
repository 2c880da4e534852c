// Files of the tree that are built into the program.
#pragma once

#include <span>
#include <string_view>

namespace oidor::audit {

/// One file: its name without folder and extension, and its bytes.
struct EmbeddedFile {
    std::string_view name;
    std::string_view bytes;
};

/// The scorecards that ship (`scorecards/*.toml`), sorted by id.
std::span<const EmbeddedFile> shipped_scorecards();
/// The lexicons of sentiment (`src/audit/packs/*.txt`), by language, sorted.
std::span<const EmbeddedFile> sentiment_packs();

}  // namespace oidor::audit

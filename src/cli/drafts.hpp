// Scorecards by the words of a command line: a file, one that ships, one that is published.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/scorecard.hpp"
#include "base/result.hpp"
#include "proving/examples.hpp"
#include "store/directory.hpp"

namespace oidor::cli {

/// A scorecard with its bytes and its name for messages.
struct Draft {
    std::string path = {};  ///< As it was named; `scorecards/ID.toml` of one that ships.
    std::string toml = {};
    audit::Scorecard scorecard = {};
    bool is_file = false;
};

/// A file where there is one of that name, or where the name looks like one (a slash, `.toml`);
/// else one that ships. Errors: NotFound, those of the parser.
Result<Draft> read_draft(const std::string& name);
/// A file as above, else `ID` (the newest) or `ID@VERSION` among the published ones.
Result<Draft> read_draft(const std::string& name, const store::Directory& directory);

/// Reads packs beside a scorecard's file, as the scorecard names them.
audit::PackReader pack_reader_beside(const std::string& scorecard_path);

/// All examples of a scorecard: those inside it and those of a file: `examples_path`, else
/// `examples/<its name>` beside it, else those that ship with it. Errors: NotFound for a path that
/// was given, those of the parser.
Result<std::vector<proving::ProvingExample>> read_examples(
    const Draft& draft, const std::optional<std::string>& examples_path);
/// Where a scorecard's examples are looked for beside it.
std::string examples_path_of(const Draft& draft);

}  // namespace oidor::cli

// Phrase packs: phrases that several scorecards share, by country; read from TOML.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/scorecard.hpp"
#include "base/result.hpp"

namespace oidor::audit {

/// Phrases of some countries.
struct PhraseGroup {
    std::vector<std::string> countries = {};      ///< `AR`; empty: everywhere.
    std::vector<std::string> not_countries = {};  ///< Not there.
    std::vector<std::string> phrases = {};
    std::vector<std::string> accented = {};  ///< Those of `phrases` whose accents count.
    std::vector<std::string> patterns = {};  ///< Regular expressions over the folded text.
    std::size_t line = 0;

    /// Without a country, only a group for everywhere counts, and none that excludes one.
    [[nodiscard]] bool counts_in(std::string_view country) const;
};

/// One pack. A value.
struct PhrasePack {
    std::string id = {};  ///< `es/saludo`; of a pack of one's own, the path that names it.
    std::int64_t version = 1;
    std::string language = {};
    std::string title = {};
    std::vector<std::string> include = {};  ///< Packs whose groups count too.
    std::vector<PhraseGroup> groups = {};
    std::string sha256 = {};  ///< Of what it says (format_pack), not of how the file is written.
};

/// Reads a pack. All faults come at once in one Invalid error, as those of parse_scorecard.
Result<PhrasePack> parse_phrase_pack(std::string_view toml, std::string_view path,
                                     const ScorecardLimits& limits = {});

/// The pack as a `[[packs]]` table of a scorecard: the same bytes for the same pack.
std::string format_pack(const PhrasePack& pack);
/// Of format_pack.
std::string pack_sha256(const PhrasePack& pack);

/// The shipped pack of that id. Errors: NotFound, with the nearest id.
Result<PhrasePack> get_shipped_pack(std::string_view id);

/// Whether a name in `packs` or `include` means a file: it begins with `./` or `../`.
bool is_pack_path(std::string_view name);

/// The scorecard's bytes with the packs that it names by path put behind, as `[[packs]]`, so that
/// they stand alone; the same bytes where there are none. Errors: those of the parser.
Result<std::string> resolve_packs(std::string_view toml, std::string_view path,
                                  const PackReader& read_pack);

}  // namespace oidor::audit

// Reads what is looked for: phrases, packs, patterns, windows, what must stand near or must not
// come before; for this room alone.
#pragma once

#include <set>
#include <string>

#include "audit/pack_library.hpp"
#include "audit/scorecard.hpp"
#include "audit/toml_reader.hpp"

namespace oidor::audit {

/// What the parts of one scorecard's parser share.
struct ParserContext {
    const ScorecardLimits& limits;
    Faults& faults;
    PackLibrary& packs;
    Scorecard& card;  ///< Its head is read.
    int tolerance = 0;
    std::size_t phrases = 0;
    std::size_t patterns = 0;
    std::size_t examples = 0;
};

/// Reads words into rules; one scorecard at a time.
class WordsParser {
  public:
    explicit WordsParser(ParserContext& context) : context_(context) {}

    /// `phrases`, `accented`, `patterns` and `packs` of a table, joined.
    void read_list(TomlReader& reader, WordList& words);
    /// The packs of that kind for the scorecard's language, where a table states no words.
    void add_default_pack(TomlReader& reader, std::string_view name, WordList& words);
    void read_speaker(TomlReader& reader, PhraseRule& rule);
    void read_window(TomlReader& reader, Window& window);
    /// All but `need` and what goes with it.
    void read_rule(TomlReader& reader, PhraseRule& rule);
    /// `need`, `steps`, `at_least`, `at_most`, and the words.
    void read_needed(TomlReader& reader, PhraseRule& rule);

  private:
    void add_phrases(const toml::array& list, const std::string& where,
                     std::set<std::string>& known, WordList& words);
    void add_packs(TomlReader& reader, const std::vector<std::string>& names, WordList& words);
    void add_group(const PhraseGroup& group, std::set<std::string>& known, WordList& words);
    void add_pattern(TomlReader& reader, const std::string& pattern, WordList& words);
    void read_accented(TomlReader& reader, WordList& words);
    void read_steps(TomlReader& reader, PhraseRule& rule);
    void number_steps(TomlReader& reader, PhraseRule& rule);
    void read_near(TomlReader& reader, PhraseRule& rule);
    void read_before(TomlReader& reader, PhraseRule& rule);
    [[nodiscard]] std::string searched_form(const std::string& phrase) const;
    bool count_phrase(const toml::node& node, const std::string& where);

    ParserContext& context_;
};

}  // namespace oidor::audit

// Reads one criterion; for this room alone.
#pragma once

#include <string>

#include "audit/scorecard_keys.hpp"
#include "audit/words_parser.hpp"

namespace oidor::audit {

/// One criterion while it is read: what it takes hangs on its kind.
class CriterionParser {
  public:
    CriterionParser(ParserContext& context, const toml::table& table, const std::string& where)
        : context_(context),
          words_(context),
          table_(table),
          where_(where),
          common_(table, where, context.faults, common_criterion_keys()) {}

    /// Faults are added; what could be read is there.
    Criterion read();

  private:
    void read_common();
    void read_worth();
    void read_applies();
    void read_condition();
    void read_phrases(TomlReader& reader);
    void read_promise(TomlReader& reader);
    void read_consent(TomlReader& reader);
    void read_measure(TomlReader& reader);
    void read_sentiment(TomlReader& reader);
    void read_bands(TomlReader& reader);
    void read_band(const toml::table& table, const std::string& where, bool last);
    void read_question(TomlReader& reader);
    void read_examples();

    ParserContext& context_;
    WordsParser words_;
    const toml::table& table_;
    const std::string& where_;
    TomlReader common_;
    Criterion criterion_;
};

}  // namespace oidor::audit

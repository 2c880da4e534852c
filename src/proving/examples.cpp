#include "proving/examples.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "audit/example_reader.hpp"

namespace oidor::proving {
namespace {

using audit::KeyKind;
using audit::KeySet;
using audit::Presence;
using audit::TomlReader;

/// An example's keys, and which criterion it speaks of.
const KeySet& beside_keys() {
    static const KeySet set = [] {
        auto keys = audit::example_keys();
        keys.keys.push_back({.name = "criterion",
                             .kind = KeyKind::Text,
                             .text = "Of the scorecard.",
                             .presence = Presence::Required});
        return keys;
    }();
    return set;
}

const KeySet& file_keys() {
    static const KeySet set = {.name = "examples",
                               .keys = {{.name = "scorecard",
                                         .kind = KeyKind::Text,
                                         .text = "Whose examples these are.",
                                         .presence = Presence::Required},
                                        {.name = "examples",
                                         .kind = KeyKind::Tables,
                                         .text = "One or several texts each.",
                                         .presence = Presence::Required,
                                         .table = &beside_keys()}}};
    return set;
}

class ExamplesParser {
  public:
    ExamplesParser(const toml::table& root, std::string_view path,
                   const audit::Scorecard& scorecard, const ExampleLimits& limits)
        : root_(root),
          path_(path),
          scorecard_(scorecard),
          faults_(path, limits.faults_max),
          reading_({.faults = faults_,
                    .language = scorecard.language,
                    .text_bytes_max = limits.text_bytes_max,
                    .examples_max = limits.examples_max}) {}

    Result<std::vector<ProvingExample>> parse() {
        TomlReader reader(root_, "", faults_, file_keys());
        if (const auto id = reader.text("scorecard"); id && *id != scorecard_.id) {
            reader.fault("scorecard", fmt::format("these are examples of `{}`, not of `{}`", *id,
                                                  scorecard_.id));
        }
        reader.tables("examples", [this](const toml::table& table, const std::string& where) {
            read_table(table, where);
        });
        reader.finish();
        if (!faults_.empty()) {
            return fail(ErrorCode::Invalid, "{}", faults_.text());
        }
        return std::move(examples_);
    }

  private:
    void read_table(const toml::table& table, const std::string& where) {
        const auto criterion = read_criterion(table, where);
        std::vector<audit::Example> read;
        audit::read_example_table(table, where, beside_keys(), reading_, read);
        for (auto& example : read) {
            examples_.push_back(
                {.criterion = criterion, .example = std::move(example), .path = path_});
        }
    }

    std::size_t read_criterion(const toml::table& table, const std::string& where) {
        TomlReader reader(table, where, faults_, beside_keys());
        const auto id = reader.text("criterion");
        const auto found = id ? std::ranges::find(scorecard_.criteria, *id, &audit::Criterion::id)
                              : scorecard_.criteria.begin();
        if (found == scorecard_.criteria.end()) {
            std::vector<std::string> known;
            for (const auto& criterion : scorecard_.criteria) {
                known.push_back(criterion.id);
            }
            const auto near = audit::nearest_name(*id, known);
            reader.fault("criterion",
                         near.empty() ? fmt::format("the scorecard has no criterion `{}`", *id)
                                      : fmt::format("the scorecard has no criterion `{}`: `{}`?",
                                                    *id, near));
            return 0;
        }
        return static_cast<std::size_t>(found - scorecard_.criteria.begin());
    }

    const toml::table& root_;
    std::string path_;
    const audit::Scorecard& scorecard_;
    audit::Faults faults_;
    audit::ExampleReading reading_;
    std::vector<ProvingExample> examples_ = {};
};

}  // namespace

std::vector<ProvingExample> examples_inside(const audit::Scorecard& scorecard,
                                            std::string_view path) {
    std::vector<ProvingExample> examples;
    for (std::size_t i = 0; i < scorecard.criteria.size(); ++i) {
        for (const auto& example : scorecard.criteria[i].examples) {
            examples.push_back({.criterion = i, .example = example, .path = std::string(path)});
        }
    }
    return examples;
}

Result<std::vector<ProvingExample>> parse_examples(std::string_view toml, std::string_view path,
                                                   const audit::Scorecard& scorecard,
                                                   const ExampleLimits& limits) {
    TRY_ASSIGN(const auto root, audit::parse_toml(toml, path, limits.size_bytes_max));
    return ExamplesParser(root, path, scorecard, limits).parse();
}

}  // namespace oidor::proving

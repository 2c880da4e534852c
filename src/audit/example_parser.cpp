#include <fmt/format.h>

#include "audit/criterion_parser.hpp"
#include "audit/example_reader.hpp"

namespace oidor::audit {
namespace {

Facts read_facts(TomlReader& parent, Faults& faults) {
    Facts facts;
    const auto* table = parent.table("facts");
    if (table == nullptr) {
        return facts;
    }
    TomlReader reader(*table, parent.place("facts"), faults, example_facts_keys());
    if (const auto duration = reader.decimal("duration_s")) {
        facts.duration = Milliseconds(duration->micros() / 1000);
    }
    if (const auto direction = reader.choice("direction")) {
        facts.direction = static_cast<Direction>(*direction + 1);
    }
    facts.chat = reader.flag("chat").value_or(false);
    for (const auto& [name, value] : reader.numbers("measures")) {
        facts.measures[name] = {.value = value, .unit = ""};
    }
    reader.finish();
    return facts;
}

/// Of the text in a list; of the table, where there is one text.
std::size_t line_of(const toml::table& table, std::size_t index) {
    const auto* list = table.get_as<toml::array>("texts");
    return list != nullptr && index < list->size() ? (*list)[index].source().begin.line
                                                   : table.source().begin.line;
}

}  // namespace

void read_example_table(const toml::table& table, const std::string& where, const KeySet& keys,
                        ExampleReading& reading, std::vector<Example>& examples) {
    TomlReader reader(table, where, reading.faults, keys);
    Example example;
    example.outcome = static_cast<Outcome>(reader.choice("outcome").value_or(0));
    example.name = reader.text("name").value_or("");
    example.points = reader.decimal("points");
    example.facts = read_facts(reader, reading.faults);
    auto texts = reader.texts("texts").value_or(std::vector<std::string>());
    if (const auto text = reader.text("text")) {
        texts.push_back(*text);
    }
    if (reader.has("text") == reader.has("texts")) {
        reading.faults.add(table, where, "expected either text or texts");
    }
    const auto* const key = reader.has("texts") ? "texts" : "text";
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].size() > reading.text_bytes_max) {
            reader.fault(key, fmt::format("expected at most {} bytes", reading.text_bytes_max));
            continue;
        }
        auto transcript = read_example_text(texts[i], reading.language);
        if (!transcript) {
            reader.fault(key, transcript.error().message);
            continue;
        }
        if (++reading.count == reading.examples_max + 1) {
            reader.fault(key, fmt::format("more than {} examples", reading.examples_max));
        }
        example.line = line_of(table, i);
        example.transcript = std::move(transcript).value();
        examples.push_back(example);
    }
    reader.finish();
}

void CriterionParser::read_examples() {
    ExampleReading reading = {.faults = context_.faults,
                              .language = context_.card.language,
                              .text_bytes_max = context_.limits.example_bytes_max,
                              .examples_max = context_.limits.examples_max,
                              .count = context_.examples};
    common_.tables("examples", [&](const toml::table& table, const std::string& where) {
        read_example_table(table, where, example_keys(), reading, criterion_.examples);
    });
    context_.examples = reading.count;
}

}  // namespace oidor::audit

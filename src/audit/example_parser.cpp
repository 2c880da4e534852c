#include <fmt/format.h>

#include "audit/criterion_parser.hpp"

namespace oidor::audit {

void CriterionParser::read_examples() {
    common_.tables("examples", [this](const toml::table& table, const std::string& where) {
        read_example(table, where);
    });
}

Facts CriterionParser::read_facts(TomlReader& parent) {
    Facts facts;
    const auto* table = parent.table("facts");
    if (table == nullptr) {
        return facts;
    }
    TomlReader reader(*table, parent.place("facts"), context_.faults, example_facts_keys());
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

void CriterionParser::read_example(const toml::table& table, const std::string& where) {
    TomlReader reader(table, where, context_.faults, example_keys());
    Example example;
    example.line = table.source().begin.line;
    example.outcome = static_cast<Outcome>(reader.choice("outcome").value_or(0));
    example.name = reader.text("name").value_or("");
    example.points = reader.decimal("points");
    example.facts = read_facts(reader);
    auto texts = reader.texts("texts").value_or(std::vector<std::string>());
    if (const auto text = reader.text("text")) {
        texts.push_back(*text);
    }
    if (reader.has("text") == reader.has("texts")) {
        context_.faults.add(table, where, "expected either text or texts");
    }
    for (const auto& text : texts) {
        const auto* const key = reader.has("texts") ? "texts" : "text";
        if (text.size() > context_.limits.example_bytes_max) {
            reader.fault(
                key, fmt::format("expected at most {} bytes", context_.limits.example_bytes_max));
            continue;
        }
        auto transcript = read_example_text(text, context_.card.language);
        if (!transcript) {
            reader.fault(key, transcript.error().message);
            continue;
        }
        if (++context_.examples == context_.limits.examples_max + 1) {
            reader.fault(key, fmt::format("more than {} examples", context_.limits.examples_max));
        }
        example.transcript = std::move(transcript).value();
        criterion_.examples.push_back(example);
    }
    reader.finish();
}

}  // namespace oidor::audit

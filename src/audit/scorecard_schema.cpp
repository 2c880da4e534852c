#include "audit/scorecard_schema.hpp"

#include <boost/json.hpp>

#include "audit/scorecard_keys.hpp"
#include "base/json.hpp"

namespace oidor::audit {
namespace {

json::array names(std::span<const std::string_view> choices) {
    json::array all;
    for (const auto name : choices) {
        all.emplace_back(name);
    }
    return all;
}

json::object text_schema(const KeyFaces& key) {
    json::object schema = {{"type", "string"}};
    if (!key.pattern.empty()) {
        schema["pattern"] = key.pattern;
    }
    return schema;
}

json::object list_schema(json::object items) {
    return {{"type", "array"}, {"items", std::move(items)}, {"minItems", 1}};
}

json::object number_schema(const KeyFaces& key) {
    json::object schema = {{"type", key.kind == KeyKind::Integer ? "integer" : "number"}};
    schema["minimum"] = key.min;
    schema["maximum"] = key.max;
    return schema;
}

json::object table_schema(const KeySet& keys);

json::object criterion_schema() {
    json::array kinds;
    for (std::size_t kind = 0; kind < criterion_kind_names().size(); ++kind) {
        auto schema = table_schema(criterion_keys(static_cast<CriterionKind>(kind)));
        schema["title"] = criterion_kind_names()[kind];
        schema["properties"].as_object()["kind"] =
            json::object{{"const", criterion_kind_names()[kind]}};
        kinds.push_back(std::move(schema));
    }
    return {{"oneOf", std::move(kinds)}};
}

json::object outcomes_schema(const KeyFaces& key) {
    const json::object one = {{"type", "string"}, {"enum", names(key.choices)}};
    return {{"anyOf", json::array{one, list_schema(one)}}};
}

json::object key_schema(const KeyFaces& key) {  // NOLINT(misc-no-recursion): a few tables deep
    switch (key.kind) {
        case KeyKind::Text: return text_schema(key);
        case KeyKind::Integer:
        case KeyKind::Number: return number_schema(key);
        case KeyKind::Flag: return {{"type", "boolean"}};
        case KeyKind::Choice: return {{"type", "string"}, {"enum", names(key.choices)}};
        case KeyKind::Texts: return list_schema(text_schema(key));
        case KeyKind::Lists: return list_schema(list_schema({{"type", "string"}}));
        case KeyKind::Numbers:
            return {{"type", "object"}, {"additionalProperties", {{"type", "number"}}}};
        case KeyKind::Outcomes: return outcomes_schema(key);
        case KeyKind::Table: return table_schema(*key.table);
        case KeyKind::Tables:
            return list_schema(key.table != nullptr ? table_schema(*key.table)
                                                    : criterion_schema());
    }
    return {};
}

json::object table_schema(const KeySet& keys) {  // NOLINT(misc-no-recursion): a few tables deep
    json::object properties;
    json::array required;
    for (const auto& key : keys.keys) {
        auto schema = key_schema(key);
        schema["description"] = key.text;
        properties[key.name] = std::move(schema);
        if (key.presence == Presence::Required) {
            required.emplace_back(key.name);
        }
    }
    json::object schema = {{"type", "object"}};
    schema["properties"] = std::move(properties);
    schema["required"] = std::move(required);
    schema["additionalProperties"] = false;
    return schema;
}

/// People read schemas, too: a member a line, short lists on one.
std::string indented(const json::value& value, std::size_t depth) {  // NOLINT(misc-no-recursion)
    const auto* object = value.if_object();
    if (object == nullptr || object->empty()) {
        const auto* list = value.if_array();
        if (list == nullptr || list->empty() || !list->front().is_object()) {
            return format_json(value);
        }
        std::string items;
        for (const auto& item : *list) {
            items += (items.empty() ? "" : ", ") + indented(item, depth);
        }
        return "[" + items + "]";
    }
    const std::string margin(2 * (depth + 1), ' ');
    std::string members;
    for (const auto& member : *object) {
        members += (members.empty() ? "" : ",\n") + margin + "\"" + std::string(member.key()) +
                   "\": " + indented(member.value(), depth + 1);
    }
    return "{\n" + members + "\n" + std::string(2 * depth, ' ') + "}";
}

std::string whole_schema(const KeySet& keys, std::string_view title) {
    json::object schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                           {"title", title}};
    for (auto& member : table_schema(keys)) {
        schema[member.key()] = std::move(member.value());
    }
    return indented(schema, 0) + "\n";
}

}  // namespace

std::string scorecard_schema() { return whole_schema(scorecard_keys(), "oidor scorecard"); }
std::string phrase_pack_schema() { return whole_schema(pack_keys(), "oidor phrase pack"); }

}  // namespace oidor::audit

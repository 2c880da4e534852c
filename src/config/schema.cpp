#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "config/pages.hpp"

namespace oidor::config {
namespace {

json::object schema_of(const Key& key) {
    const auto& options = key.options;
    json::object out;
    out["description"] = options.text;
    switch (key.kind) {
        case Kind::Text:
        case Kind::Secret:
            out["type"] = options.format == Format::Any && options.choices.empty()
                              ? json::value{"string", "integer"}
                              : json::value("string");
            break;
        case Kind::Integer:
            out["type"] = options.format == Format::Size ? json::value{"string", "integer"}
                                                         : json::value("integer");
            break;
        case Kind::Boolean: out["type"] = "boolean"; break;
        case Kind::Duration: out["type"] = "string"; break;
        case Kind::List:
            out["type"] = json::value{"array", "string"};
            out["items"] = {{"type", "string"}};
            break;
    }
    if (!options.choices.empty()) {
        json::array choices(options.choices.begin(), options.choices.end());
        if (key.kind == Kind::List) {
            out["items"].as_object()["enum"] = std::move(choices);
        } else {
            out["enum"] = std::move(choices);
        }
    }
    if (key.kind == Kind::Integer && options.format != Format::Size) {
        if (!options.min.empty()) {
            out["minimum"] = json::parse(options.min);
        }
        if (!options.max.empty()) {
            out["maximum"] = json::parse(options.max);
        }
    }
    if (key.fallback) {
        const Entry entry = {.value = *key.fallback, .kind = key.kind, .format = options.format};
        if (const auto* flag = std::get_if<bool>(&*key.fallback)) {
            out["default"] = *flag;
        } else if (const auto* number = std::get_if<std::int64_t>(&*key.fallback);
                   number != nullptr && key.kind == Kind::Integer) {
            out["default"] = *number;
        } else if (key.kind != Kind::List) {
            out["default"] = format_shown(entry);
        }
    }
    return out;
}

json::object table() {
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
}

/// Puts a schema at `a.b.c`, with a table for `a` and one for `b`.
void put(json::object& root, std::string_view path, json::object schema) {
    auto* properties = &root["properties"].as_object();
    for (auto dot = path.find('.'); dot != path.npos; dot = path.find('.')) {
        auto& inner = (*properties)[path.substr(0, dot)];
        if (!inner.is_object()) {
            inner = table();
        }
        properties = &inner.as_object()["properties"].as_object();
        path.remove_prefix(dot + 1);
    }
    (*properties)[path] = std::move(schema);
}

void put_keys(json::object& root, std::span<const Key> keys) {
    for (const auto& key : keys) {
        put(root, key.options.key, schema_of(key));
        if (key.kind == Kind::Secret) {
            put(root, fmt::format("{}_file", key.options.key),
                {{"type", "string"}, {"description", "A file that holds it."}});
        }
    }
}

/// Which kind has which keys, the loader says; the schema takes those of all.
json::object sinks_schema(std::span<const SinkKind> sinks) {
    auto sink = table();
    put_keys(sink, sink_common_spec().keys());
    json::array kinds;
    for (const auto& kind : sinks) {
        put_keys(sink, kind.keys);
        kinds.emplace_back(kind.kind);
    }
    sink["properties"].as_object()["kind"].as_object()["enum"] = std::move(kinds);
    sink["required"] = {"kind"};
    return {{"type", "object"},
            {"description", sink_common_spec().text()},
            {"additionalProperties", false},
            {"patternProperties", {{"^(?!health$|test$)[a-z0-9]{1,32}$", std::move(sink)}}}};
}

}  // namespace

std::string format_schema(std::span<const AccountSpec> accounts, std::span<const SinkKind> sinks) {
    json::object root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"title", "oidor.toml"},
                         {"type", "object"},
                         {"additionalProperties", false},
                         {"properties", json::object()}};
    put_keys(root, installation_spec().keys());
    auto sources = table();
    for (const auto& source : accounts) {
        auto account = table();
        put_keys(account, account_common_spec().keys());
        put_keys(account, source.keys);
        sources["properties"].as_object()[source.source] = {
            {"type", "object"},
            {"description", source.title},
            {"additionalProperties", false},
            {"patternProperties", {{"^(?!health$|test$)[a-z0-9]{1,32}$", std::move(account)}}}};
    }
    root["properties"].as_object()["accounts"] = std::move(sources);
    if (!sinks.empty()) {
        root["properties"].as_object()["sinks"] = sinks_schema(sinks);
    }
    return format_json(root) + "\n";
}

}  // namespace oidor::config

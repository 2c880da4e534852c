#include "config/read/declared.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "config/read/reader.hpp"

namespace oidor::config {
namespace {

/// TOML's basic strings escape as JSON's do.
std::string toml_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string_view format_words(Format format) {
    switch (format) {
        case Format::Any: return "text";
        case Format::Path: return "path";
        case Format::HostPort: return "host:port";
        case Format::Host:
        case Format::HostRule: return "host";
        case Format::Network: return "address or prefix";
        case Format::Url:
        case Format::StoreUrl:
        case Format::BlobsUrl: return "URL";
        case Format::Language: return "language";
        case Format::Country: return "country";
        case Format::TimeZone: return "time zone";
        case Format::Name: return "name";
        case Format::Time: return "duration";
        case Format::Size: return "size";
        case Format::Amount: return "amount";
        case Format::Currency: return "currency";
        case Format::AudioRate:
        case Format::EnginePrice: return "price";
    }
    return "";
}

}  // namespace

std::string kind_words(const Key& key) {
    switch (key.kind) {
        case Kind::Text: return std::string(format_words(key.options.format));
        case Kind::Secret:
            return key.options.format == Format::Any
                       ? "secret"
                       : fmt::format("{} (secret)", format_words(key.options.format));
        case Kind::Integer: return key.options.format == Format::Size ? "size" : "integer";
        case Kind::Boolean: return "true or false";
        case Kind::Duration: return "duration";
        case Kind::List: return fmt::format("list ({})", format_words(key.options.format));
    }
    return "";
}

std::string default_words(const Key& key) {
    if (!key.options.default_words.empty()) {
        return std::string(key.options.default_words);
    }
    if (!key.fallback) {
        return "";
    }
    return fmt::format(
        "`{}`",
        format_shown({.value = *key.fallback, .kind = key.kind, .format = key.options.format}));
}

std::string shown_literal(const Entry& entry) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&entry.value)) {
        std::string out;
        for (const auto& item : *list) {
            out += fmt::format("{}{}", out.empty() ? "" : ", ", toml_quoted(item));
        }
        return fmt::format("[{}]", out);
    }
    const auto shown = format_shown(entry);
    const bool bare = std::holds_alternative<bool>(entry.value) ||
                      (std::holds_alternative<std::int64_t>(entry.value) &&
                       shown.find_first_not_of("-0123456789") == shown.npos);
    return bare ? shown : toml_quoted(shown);
}

std::string toml_literal(const Key& key, const Value& value) {
    return shown_literal({.value = value, .kind = key.kind, .format = key.options.format});
}

std::string example_literal(const Key& key) {
    const Raw raw = {.data = std::string(key.options.example), .layer = Layer::Environment};
    const auto value = parse_value(key, raw);
    return value ? toml_literal(key, *value) : toml_quoted(key.options.example);
}

}  // namespace oidor::config

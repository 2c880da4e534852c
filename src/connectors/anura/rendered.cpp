// The tolerant reader of body.hpp: JSON as a template leaves it after its variables were put in.
#include <algorithm>
#include <optional>

#include <boost/json.hpp>

#include "connectors/anura/body.hpp"
#include "connectors/anura/shapes.hpp"
#include "connectors/anura/values.hpp"

namespace oidor::connectors::anura {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kMembersMax = 1024;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
    while (at < text.size() && is_space(text[at])) {
        ++at;
    }
    return at;
}

struct Name {
    std::string_view text = {};
    std::size_t value_at = 0;  ///< Behind the colon.
};

/// `"name" :` at `at`, spaces before it skipped. Names have at most 64 characters, so looking at
/// each comma of a body stays linear.
std::optional<Name> read_name(std::string_view text, std::size_t at) {
    at = skip_spaces(text, at);
    if (at >= text.size() || text[at] != '"') {
        return std::nullopt;
    }
    const auto first = ++at;
    while (at < text.size() && is_name_char(text[at]) && at - first <= kNameBytesMax) {
        ++at;
    }
    if (at == first || at >= text.size() || text[at] != '"') {
        return std::nullopt;
    }
    const auto name = text.substr(first, at - first);
    at = skip_spaces(text, at + 1);
    if (at >= text.size() || text[at] != ':') {
        return std::nullopt;
    }
    return Name{.text = name, .value_at = at + 1};
}

/// Where the value that starts at `at` ends: at the comma before the next name, or at the end of
/// the text. The comma behind a quoted value follows its closing quote.
std::size_t find_value_end(std::string_view text, std::size_t at) {
    const bool quoted = at < text.size() && text[at] == '"';
    std::size_t solid = at;  // The last character that is no space.
    for (auto i = at; i < text.size(); ++i) {
        if (is_space(text[i])) {
            continue;
        }
        const bool may_end = !quoted || (solid > at && text[solid] == '"');
        if (text[i] == ',' && may_end && read_name(text, i + 1)) {
            return i;
        }
        solid = i;
    }
    return text.size();
}

json::value read_quoted(std::string_view text) {
    const auto last = text.rfind('"');
    if (last > 0) {
        // What is escaped as JSON asks is read so; the rest was put in as it is.
        const auto whole = text.substr(0, last + 1);
        if (auto strict = parse_json(whole); strict && strict->is_string()) {
            return std::move(*strict);
        }
        return json::value(whole.substr(1, whole.size() - 2));
    }
    return json::value(text.substr(1));
}

json::value read_value(std::string_view text) {
    text = trim(text);
    if (text.starts_with('"')) {
        return read_quoted(text);
    }
    while (text.ends_with(',')) {
        text = trim(text.substr(0, text.size() - 1));
    }
    if (is_empty_text(text)) {
        return nullptr;
    }
    if (text == "True" || text == "False") {
        return text == "True";
    }
    auto strict = parse_json(text);
    // Long digits stay text: a double would change them.
    constexpr std::size_t kExactDigitsMax = 15;
    if (strict && (!strict->is_number() || text.size() <= kExactDigitsMax)) {
        return std::move(*strict);
    }
    return json::value(text);
}

}  // namespace

Result<json::object> parse_rendered_json(std::string_view text) {
    text = trim(text);
    // Without its last brace a body was cut, and an id in it may be cut too.
    if (!text.starts_with('{') || !text.ends_with('}') || text.size() < 2) {
        return fail(ErrorCode::Invalid, "body: neither JSON nor a rendered template");
    }
    text = text.substr(1, text.size() - 2);
    json::object object;
    bool known = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto name = read_name(text, at);
        if (!name || object.size() >= kMembersMax) {
            break;
        }
        const auto value_at = skip_spaces(text, name->value_at);
        const auto end = find_value_end(text, value_at);
        object[name->text] = read_value(text.substr(value_at, end - value_at));
        known = known || find_variable(name->text) != nullptr;
        at = end + 1;
    }
    if (!known) {
        return fail(ErrorCode::Invalid, "body: neither JSON nor a rendered template");
    }
    return object;
}

}  // namespace oidor::connectors::anura

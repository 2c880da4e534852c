#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/utf8.hpp"

namespace oidor {
namespace {

/// How deep the brackets of `text` nest, strings left out; stops counting past `limit`.
std::size_t nesting_depth(std::string_view text, std::size_t limit) {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size() && deepest <= limit; ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            deepest = std::max(deepest, ++depth);
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return deepest;
}

void append_string(std::string& out, std::string_view text) {
    out.push_back('"');
    std::size_t plain = 0;  // where the run of bytes that stand for themselves began
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        out.append(text, plain, i - plain);
        plain = i + 1;
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default: out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        }
    }
    out.append(text, plain);
    out.push_back('"');
}

/// ECMAScript's Number::toString, from the shortest digits that read back to the same double.
void append_double(std::string& out, double value) {
    if (value == 0 || !std::isfinite(value)) {
        out.push_back('0');
        return;
    }
    if (value < 0) {
        out.push_back('-');
        value = -value;
    }
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::scientific)
                         .ptr;
    const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    const auto e = text.find('e');
    std::string digits(text.substr(0, 1));
    if (e > 2) {
        digits += text.substr(2, e - 2);
    }
    int exponent = 0;
    const auto exponent_text = text.substr(e + (text[e + 1] == '+' ? 2 : 1));
    std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
    const int count = static_cast<int>(digits.size());
    const int point = exponent + 1;  // the decimal point stands after this many digits
    if (count <= point && point <= 21) {
        out += digits + std::string(static_cast<std::size_t>(point - count), '0');
    } else if (0 < point && point <= 21) {
        out += digits.substr(0, static_cast<std::size_t>(point)) + "." +
               digits.substr(static_cast<std::size_t>(point));
    } else if (-6 < point && point <= 0) {
        out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
    } else {
        out += digits.substr(0, 1);
        if (count > 1) {
            out += "." + digits.substr(1);
        }
        out += fmt::format("e{}{}", exponent < 0 ? "-" : "+", std::abs(exponent));
    }
}

bool utf16_less(std::string_view left, std::string_view right) {
    // UTF-8 sorts by code point. UTF-16 differs in one place: what it writes as surrogate pairs
    // (lead bytes from F0) comes before U+E000 to U+FFFF (lead bytes EE and EF).
    const auto [a, b] = std::ranges::mismatch(left, right);
    if (a == left.end() || b == right.end()) {
        return a == left.end() && b != right.end();
    }
    const auto x = static_cast<std::uint8_t>(*a);
    const auto y = static_cast<std::uint8_t>(*b);
    const bool pair = x >= 0xF0;
    return std::min(x, y) >= 0xEE && pair != (y >= 0xF0) ? pair : x < y;
}

enum class KeyOrder { AsIs, Sorted };

void append_value(std::string& out, const json::value& value,
                  KeyOrder order);  // NOLINT(misc-no-recursion): depth is limited

void append_object(std::string& out, const json::object& object,
                   KeyOrder order) {  // NOLINT(misc-no-recursion)
    std::vector<const json::key_value_pair*> members;
    members.reserve(object.size());
    for (const auto& member : object) {
        members.push_back(&member);
    }
    if (order == KeyOrder::Sorted) {
        std::ranges::sort(
            members, [](const auto* a, const auto* b) { return utf16_less(a->key(), b->key()); });
    }
    out.push_back('{');
    for (const auto* member : members) {
        if (member != members.front()) {
            out.push_back(',');
        }
        append_string(out, member->key());
        out.push_back(':');
        append_value(out, member->value(), order);
    }
    out.push_back('}');
}

void append_value(std::string& out, const json::value& value,
                  KeyOrder order) {  // NOLINT(misc-no-recursion)
    switch (value.kind()) {
        case json::kind::null: out += "null"; break;
        case json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
        // I-JSON numbers are doubles: an integer beyond 2^53 prints as the double that it is read
        // as.
        case json::kind::int64: append_double(out, static_cast<double>(value.get_int64())); break;
        case json::kind::uint64: append_double(out, static_cast<double>(value.get_uint64())); break;
        case json::kind::double_: append_double(out, value.get_double()); break;
        case json::kind::string: append_string(out, value.get_string()); break;
        case json::kind::array: {
            out.push_back('[');
            bool first = true;
            for (const auto& item : value.get_array()) {
                if (!first) {
                    out.push_back(',');
                }
                first = false;
                append_value(out, item, order);
            }
            out.push_back(']');
            break;
        }
        case json::kind::object: append_object(out, value.get_object(), order); break;
    }
}

}  // namespace

Result<json::value> parse_json(std::string_view text, const JsonLimits& limits,
                               json::storage_ptr memory) {
    if (text.size() > limits.size_bytes_max) {
        return fail(ErrorCode::TooLarge, "JSON of {} bytes: at most {} are read", text.size(),
                    limits.size_bytes_max);
    }
    json::parse_options options;
    options.max_depth = limits.depth_max;
    json::error_code error;
    // What it needs while it reads; a plain item fits.
    std::array<unsigned char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    json::stream_parser parser({}, options, buffer.data(), buffer.size());
    parser.reset(std::move(memory));
    const auto read = parser.write_some(text.data(), text.size(), error);
    if (!error && read == text.size()) {
        parser.finish(error);
    }
    if (error == json::error::too_deep ||
        (error && nesting_depth(text, limits.depth_max) > limits.depth_max)) {
        return fail(ErrorCode::TooLarge, "JSON nests deeper than {} levels", limits.depth_max);
    }
    if (error) {
        return fail(ErrorCode::Invalid, "not JSON: {} at byte {}", error.message(), read);
    }
    if (text.substr(read).find_first_not_of(" \t\r\n") != std::string_view::npos) {
        return fail(ErrorCode::Invalid, "not JSON: extra text at byte {}", read);
    }
    return parser.release();
}

std::string canonical_json(const json::value& value) {
    std::string out;
    append_value(out, value, KeyOrder::Sorted);
    return out;
}

std::string canonical_json(const json::object& object) {
    std::string out;
    append_object(out, object, KeyOrder::Sorted);
    return out;
}

std::string format_json(const json::value& value) {
    std::string out;
    append_value(out, value, KeyOrder::AsIs);
    return out;
}

std::string format_json(const json::object& object) {
    std::string out;
    append_object(out, object, KeyOrder::AsIs);
    return out;
}

std::optional<std::string> find_string(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::optional(std::string(value->get_string()))
                                                  : std::nullopt;
}

std::optional<std::int64_t> find_int64(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_number()) {
        return std::nullopt;
    }
    json::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

std::optional<double> find_double(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_number()) {
        return std::nullopt;
    }
    json::error_code error;
    const auto number = value->to_number<double>(error);
    return error ? std::nullopt : std::optional(number);
}

std::optional<bool> find_bool(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

const json::object* find_object(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr ? value->if_object() : nullptr;
}

const json::array* find_array(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr ? value->if_array() : nullptr;
}

}  // namespace oidor

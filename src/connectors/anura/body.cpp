#include "connectors/anura/body.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <boost/json.hpp>

#include "base/utf8.hpp"
#include "connectors/anura/shapes.hpp"
#include "connectors/anura/values.hpp"

namespace oidor::connectors::anura {
namespace {

/// Beyond this a double no longer tells neighbours apart (RFC 8785 writes numbers as doubles).
constexpr std::int64_t kExactIntegerMax = std::int64_t{1} << 53U;

std::string_view without_mark(std::string_view bytes) {
    return bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
}

bool is_too_large_for_double(const json::value& value) {
    switch (value.kind()) {
        case json::kind::int64:
            return value.get_int64() > kExactIntegerMax || value.get_int64() < -kExactIntegerMax;
        case json::kind::uint64: return true;
        case json::kind::double_:
            return std::abs(value.get_double()) >= static_cast<double>(kExactIntegerMax);
        default: return false;
    }
}

/// Long ids sent as numbers (`"cdrid": 20260210103045123456`) keep their digits as text.
void keep_long_numbers(json::object& object, std::string_view text) {
    if (std::ranges::none_of(
            object, [](const auto& member) { return is_too_large_for_double(member.value()); })) {
        return;
    }
    const auto rendered = parse_rendered_json(text);
    for (auto& member : object) {
        auto& value = member.value();
        if (!is_too_large_for_double(value)) {
            continue;
        }
        const auto* digits = rendered ? rendered->if_contains(member.key()) : nullptr;
        if (digits != nullptr && digits->is_string()) {
            value = *digits;
        } else if (value.is_int64()) {
            value = std::to_string(value.get_int64());
        } else if (value.is_uint64()) {
            value = std::to_string(value.get_uint64());
        }
    }
}

Result<json::object> parse_json_body(std::string_view bytes, json::storage_ptr memory) {
    bytes = without_mark(bytes);
    const auto decoded = is_utf8(bytes) ? std::string() : windows1252_to_utf8(bytes);
    const auto text = trim(decoded.empty() ? bytes : decoded);
    auto parsed = parse_json(text, {.size_bytes_max = std::numeric_limits<std::size_t>::max()},
                             std::move(memory));
    if (parsed) {
        auto* object = parsed->if_object();
        if (object == nullptr) {
            return fail(ErrorCode::Invalid, "body: expected an object");
        }
        keep_long_numbers(*object, text);
        return std::move(*object);
    }
    if (parsed.error().code == ErrorCode::TooLarge) {
        return fail(std::move(parsed).error().within("body"));
    }
    return parse_rendered_json(text);
}

enum class BodyType { Json, Form, Multipart, Text, Other };

BodyType body_type(std::string_view content_type) {
    const auto type = ascii_lower(trim(content_type.substr(0, content_type.find(';'))));
    if (type == "application/json" || type.ends_with("+json")) {
        return BodyType::Json;
    }
    if (type == "application/x-www-form-urlencoded") {
        return BodyType::Form;
    }
    if (type == "multipart/form-data") {
        return BodyType::Multipart;
    }
    return type.empty() || type.starts_with("text/") ? BodyType::Text : BodyType::Other;
}

/// `cdrid=…`: pairs whose first name is a documented variable.
bool is_form_of_ours(std::string_view text) {
    const auto equals = text.find('=');
    return equals != std::string_view::npos && find_variable(text.substr(0, equals)) != nullptr;
}

}  // namespace

Result<json::object> parse_body(std::string_view bytes, std::string_view content_type,
                                json::storage_ptr memory) {
    if (bytes.size() > kBodyBytesMax) {
        return fail(ErrorCode::TooLarge, "body of {} bytes: at most {} are read", bytes.size(),
                    kBodyBytesMax);
    }
    const auto start = trim(without_mark(bytes));
    if (start.starts_with('{')) {
        return parse_json_body(bytes, std::move(memory));
    }
    const auto type = body_type(content_type);
    // The panel's content type is a choice of its own: it may say JSON above a form's pairs.
    if (type != BodyType::Multipart && is_form_of_ours(start)) {
        return parse_urlencoded(start);
    }
    switch (type) {
        case BodyType::Form: return parse_urlencoded(start);
        case BodyType::Multipart: return parse_multipart(bytes, content_type);
        case BodyType::Json: return parse_json_body(bytes, std::move(memory));
        case BodyType::Text: {
            // The panel's "plain text" with a form's pairs in it.
            if (start.contains('=') && !start.starts_with('[') && !start.starts_with('"')) {
                return parse_urlencoded(start);
            }
            return parse_json_body(bytes, std::move(memory));
        }
        case BodyType::Other: break;
    }
    return fail(ErrorCode::Unsupported,
                "content type: expected application/json, application/x-www-form-urlencoded or "
                "multipart/form-data");
}

}  // namespace oidor::connectors::anura

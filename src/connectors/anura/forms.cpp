// The readers of forms of body.hpp.
#include <algorithm>
#include <optional>

#include <boost/json.hpp>

#include "base/utf8.hpp"
#include "connectors/anura/body.hpp"
#include "connectors/anura/values.hpp"

namespace oidor::connectors::anura {
namespace {

constexpr std::size_t kPairsMax = 1024;

std::string readable(std::string bytes) {
    return is_utf8(bytes) ? bytes : windows1252_to_utf8(bytes);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// `%2B` as `+`, `+` as a space; a `%` without two digits stays.
std::string percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high >= 0 && low >= 0) {
                out.push_back(static_cast<char>(high * 16 + low));
                i += 2;
                continue;
            }
        }
        out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
    return readable(std::move(out));
}

/// The first value of a repeated name that says something wins.
void put_first(json::object& object, std::string_view name, std::string value) {
    auto& member = object[name];
    if (member.is_null() || (member.is_string() && member.get_string().empty())) {
        member = std::move(value);
    }
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char a, char b) {
        return a == b || ((a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z');
    });
}

/// The parameter of a header's value: `name` of `form-data; name="cdrid"`.
std::optional<std::string_view> find_parameter(std::string_view value, std::string_view name) {
    for (auto semicolon = value.find(';'); semicolon != std::string_view::npos;) {
        auto rest = trim(value.substr(semicolon + 1));
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos) {
            return std::nullopt;
        }
        const bool wanted = equal_ignoring_case(trim(rest.substr(0, equals)), name);
        rest = trim(rest.substr(equals + 1));
        const bool quoted = rest.starts_with('"');
        const auto end = quoted ? rest.find('"', 1) : rest.find(';');
        if (wanted) {
            const auto found = rest.substr(0, end);
            return quoted ? found.substr(1) : trim(found);
        }
        const auto consumed = static_cast<std::size_t>(rest.data() - value.data());
        semicolon = end == std::string_view::npos ? end : value.find(';', consumed + end);
    }
    return std::nullopt;
}

std::optional<std::string_view> find_header(std::string_view head, std::string_view name) {
    while (!head.empty()) {
        const auto end = head.find('\n');
        const auto line = head.substr(0, end);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos &&
            equal_ignoring_case(trim(line.substr(0, colon)), name)) {
            return trim(line.substr(colon + 1));
        }
        head = end == std::string_view::npos ? std::string_view() : head.substr(end + 1);
    }
    return std::nullopt;
}

/// One part without its boundary lines: headers, an empty line, the value.
void read_part(std::string_view part, json::object& object) {
    const auto gap = part.find("\r\n\r\n");
    if (gap == std::string_view::npos) {
        return;
    }
    const auto disposition = find_header(part.substr(0, gap), "content-disposition");
    const auto name = disposition ? find_parameter(*disposition, "name") : std::nullopt;
    if (!name || find_parameter(*disposition, "filename")) {
        return;
    }
    auto value = part.substr(gap + 4);
    if (value.ends_with("\r\n")) {
        value.remove_suffix(2);
    }
    put_first(object, readable(std::string(*name)), readable(std::string(value)));
}

}  // namespace

Result<json::object> parse_urlencoded(std::string_view text) {
    json::object object;
    std::size_t pairs = 0;
    while (!text.empty()) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        const auto equals = pair.find('=');
        if (pair.empty() || equals == 0) {
            continue;
        }
        if (++pairs > kPairsMax) {
            return fail(ErrorCode::Invalid, "form: more than {} pairs", kPairsMax);
        }
        const auto value =
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        put_first(object, percent_decode(pair.substr(0, equals)), percent_decode(value));
    }
    if (object.empty()) {
        return fail(ErrorCode::Invalid, "form: empty");
    }
    return object;
}

Result<json::object> parse_multipart(std::string_view bytes, std::string_view content_type) {
    constexpr std::size_t kBoundaryBytesMax = 200;
    const auto parameter = find_parameter(content_type, "boundary");
    if (!parameter || parameter->empty() || parameter->size() > kBoundaryBytesMax) {
        return fail(ErrorCode::Invalid, "multipart: no boundary");
    }
    const auto delimiter = "--" + std::string(*parameter);
    json::object object;
    auto at = bytes.find(delimiter);
    for (std::size_t parts = 0; at != std::string_view::npos; ++parts) {
        if (parts > kPairsMax) {
            return fail(ErrorCode::Invalid, "multipart: more than {} parts", kPairsMax);
        }
        at += delimiter.size();
        const auto next = bytes.find(delimiter, at);
        if (next != std::string_view::npos) {
            read_part(bytes.substr(at, next - at), object);
        }
        at = next;
    }
    if (object.empty()) {
        return fail(ErrorCode::Invalid, "multipart: no fields");
    }
    return object;
}

}  // namespace oidor::connectors::anura

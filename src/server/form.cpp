#include "server/form.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "net/http_parse.hpp"

namespace oidor::server {
namespace {

constexpr std::size_t kPartsMax = 100;

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// `name` of `form-data; name="file"; filename="a.wav"`; quotes inside are escaped by `\`.
std::optional<std::string> find_attribute(std::string_view value, std::string_view name) {
    std::size_t at = std::min(value.find(';'), value.size());
    while (at < value.size()) {
        const auto equals = value.find('=', at);
        if (equals == std::string_view::npos) {
            break;
        }
        const auto key = trim(value.substr(at + 1, equals - at - 1));
        std::string text;
        std::size_t end = equals + 1;
        if (end < value.size() && value[end] == '"') {
            for (++end; end < value.size() && value[end] != '"'; ++end) {
                // Browsers escape the quote alone; a single `\` is part of a Windows path.
                if (value[end] == '\\' && end + 1 < value.size() && value[end + 1] == '"') {
                    ++end;
                }
                text.push_back(value[end]);
            }
            end = std::min(value.find(';', std::min(end, value.size())), value.size());
        } else {
            end = std::min(value.find(';', end), value.size());
            text = trim(value.substr(equals + 1, end - equals - 1));
        }
        if (net::equal_ignoring_case(key, name)) {
            return text;
        }
        at = end;
    }
    return std::nullopt;
}

std::string find_disposition(std::string_view head) {
    while (!head.empty()) {
        const auto end = std::min(head.find("\r\n"), head.size());
        const auto line = head.substr(0, end);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos &&
            net::equal_ignoring_case(trim(line.substr(0, colon)), "content-disposition")) {
            return std::string(trim(line.substr(colon + 1)));
        }
        head.remove_prefix(std::min(end + 2, head.size()));
    }
    return {};
}

void take_part(std::string_view part, Form& form) {
    const auto gap = part.find("\r\n\r\n");
    if (gap == std::string_view::npos) {
        return;
    }
    const auto disposition = find_disposition(part.substr(0, gap));
    const auto name = find_attribute(disposition, "name");
    const auto value = part.substr(gap + 4);
    if (!name) {
        return;
    }
    if (auto file = find_attribute(disposition, "filename")) {
        form.files.try_emplace(*name, FormFile{.name = *std::move(file), .bytes = value});
    } else if (!value.empty()) {
        form.fields.try_emplace(*name, value);
    }
}

Result<Form> read_multipart(std::string_view body, std::string_view content_type) {
    static constexpr std::size_t kBoundarySizeMax = 200;
    const auto boundary = find_attribute(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kBoundarySizeMax) {
        return fail(ErrorCode::Invalid, "multipart: no boundary");
    }
    const auto delimiter = "--" + *boundary;
    Form form;
    auto at = body.starts_with(delimiter) ? std::size_t{0} : body.find("\r\n" + delimiter);
    if (at == std::string_view::npos) {
        return fail(ErrorCode::Invalid, "multipart: no parts");
    }
    at += at == 0 ? delimiter.size() : delimiter.size() + 2;
    for (std::size_t parts = 0;; ++parts) {
        const auto rest = body.substr(at);
        if (rest.starts_with("--")) {
            return form;
        }
        if (parts == kPartsMax) {
            return fail(ErrorCode::TooLarge, "multipart: more than {} parts", kPartsMax);
        }
        const auto end = rest.find("\r\n" + delimiter);
        if (end == std::string_view::npos) {
            return fail(ErrorCode::Invalid, "multipart: the last part is cut off");
        }
        // Behind the delimiter the line ends; what stands before the end of the headers is skipped.
        take_part(rest.substr(0, end), form);
        at += end + 2 + delimiter.size();
    }
}

Result<Form> read_json(std::string_view body) {
    TRY_ASSIGN(const auto value, parse_json(body));
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "body: expected an object");
    }
    Form form;
    for (const auto& [key, member] : *object) {
        if (member.is_string() && !member.get_string().empty()) {
            form.fields.emplace(std::string_view(key), std::string(member.get_string()));
        } else if (member.is_number()) {
            form.fields.emplace(std::string_view(key), format_json(member));
        }
    }
    return form;
}

int base64_digit(char c) {
    static constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static constexpr auto kValues = [] {
        std::array<std::int8_t, 256> values{};
        values.fill(-1);
        for (std::size_t i = 0; i < kDigits.size(); ++i) {
            values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
        }
        return values;
    }();
    return kValues[static_cast<unsigned char>(c)];
}

}  // namespace

std::optional<std::string> Form::find(std::string_view name) const {
    const auto found = fields.find(name);
    return found != fields.end() ? std::optional(found->second) : std::nullopt;
}

Result<Form> read_form(const net::Request& request) {
    const auto type = request.content_type();
    if (type == "multipart/form-data") {
        return read_multipart(request.body, request.headers.find("Content-Type").value_or(""));
    }
    if (type == "application/x-www-form-urlencoded") {
        TRY_ASSIGN(const auto pairs, net::parse_query(request.body));
        Form form;
        for (const auto& [name, value] : pairs) {
            if (!value.empty()) {
                form.fields.try_emplace(name, value);
            }
        }
        return form;
    }
    if (type == "application/json") {
        return read_json(request.body);
    }
    return fail(ErrorCode::Unsupported,
                "content type: expected multipart/form-data, application/json or "
                "application/x-www-form-urlencoded");
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.starts_with("data:")) {
        const auto comma = text.find(',');
        if (comma == std::string_view::npos || !text.substr(0, comma).ends_with(";base64")) {
            return std::nullopt;
        }
        text.remove_prefix(comma + 1);
    }
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (c == ' ' || c == '\r' || c == '\n' || c == '\t') {
            continue;
        }
        if (c == '=') {
            ++padding;
            continue;
        }
        const int digit = base64_digit(c);
        if (digit < 0 || padding > 0) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
        if (++digits % 4 == 0) {
            out.push_back(static_cast<char>(bits >> 16U));
            out.push_back(static_cast<char>(bits >> 8U));
            out.push_back(static_cast<char>(bits));
            bits = 0;
        }
    }
    const auto left = digits % 4;
    const bool padded = padding == 0 || (left == 2 && padding == 2) || (left == 3 && padding == 1);
    if (left == 1 || !padded) {
        return std::nullopt;
    }
    if (left == 2) {
        out.push_back(static_cast<char>(bits >> 4U));
    } else if (left == 3) {
        out.push_back(static_cast<char>(bits >> 10U));
        out.push_back(static_cast<char>(bits >> 2U));
    }
    return out;
}

}  // namespace oidor::server

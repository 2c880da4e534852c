#include "net/http_parse.hpp"

#include <algorithm>
#include <charconv>

#include "base/readings.hpp"

namespace oidor::net {
namespace {

constexpr std::size_t kCookiesMax = 100;
constexpr std::size_t kHeaderParametersMax = 16;
constexpr std::string_view kSpaces = " \t";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char low = lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

enum class Plus { Kept, Space };

std::optional<std::string> decode(std::string_view text, Plus plus) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            result.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            result.push_back(text[i] == '+' && plus == Plus::Space ? ' ' : text[i]);
        }
    }
    return result;
}

std::optional<std::uint64_t> parse_digits(std::string_view text) {
    std::uint64_t value = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc() || end != last) {
        return std::nullopt;
    }
    return value;
}

/// Takes a token or a quoted string off the front of `text`.
std::string take_parameter_value(std::string_view& text) {
    std::string value;
    if (!text.starts_with('"')) {
        const std::size_t end = std::min(text.find(';'), text.size());
        value = trim(text.substr(0, end));
        text.remove_prefix(end);
        return value;
    }
    std::size_t i = 1;
    for (; i < text.size() && text[i] != '"'; ++i) {
        // Browsers escape a quote as %22 and leave backslashes alone (Windows paths), so only \"
        // is one.
        if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '"') {
            ++i;
        }
        value.push_back(text[i]);
    }
    text.remove_prefix(std::min(i + 1, text.size()));
    return value;
}

Result<FormPart> parse_part(std::string_view headers, std::string_view content) {
    FormPart part{.content = content};
    bool named = false;
    while (!headers.empty()) {
        const std::size_t end = std::min(headers.find("\r\n"), headers.size());
        const std::string_view line = headers.substr(0, end);
        headers.remove_prefix(std::min(end + 2, headers.size()));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) {
            return fail(ErrorCode::Invalid, "multipart: a part's header has no colon");
        }
        const auto name = trim(line.substr(0, colon));
        if (equal_ignoring_case(name, "content-type")) {
            part.content_type = trim(line.substr(colon + 1));
        } else if (equal_ignoring_case(name, "content-disposition")) {
            const auto value = parse_header_value(line.substr(colon + 1));
            const auto* const field = find_parameter(value.parameters, "name");
            const auto* const file = find_parameter(value.parameters, "filename");
            named = value.value == "form-data" && field != nullptr;
            part.name = field == nullptr ? std::string() : *field;
            part.file_name = file == nullptr ? std::nullopt : std::optional(*file);
        }
    }
    if (!named) {
        return fail(ErrorCode::Invalid, "multipart: a part without a name");
    }
    return part;
}

}  // namespace

const std::string* find_parameter(const Parameters& parameters, std::string_view name) {
    const auto found = std::ranges::find(parameters, name, &Parameters::value_type::first);
    return found == parameters.end() ? nullptr : &found->second;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

std::optional<std::string> percent_decode(std::string_view text) {
    return decode(text, Plus::Kept);
}

std::optional<std::string> form_decode(std::string_view text) { return decode(text, Plus::Space); }

std::string percent_encode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            result.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            result.push_back('%');
            result.push_back(kDigits[byte >> 4U]);
            result.push_back(kDigits[byte & 15U]);
        }
    }
    return result;
}

std::string collapse_slashes(std::string_view path) {
    std::string result(path);
    const auto tail = std::unique(result.begin(), result.end(),
                                  [](char a, char b) { return a == '/' && b == '/'; });
    result.erase(tail, result.end());
    return result;
}

Result<Parameters> parse_query(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty()) {
            continue;
        }
        if (parameters.size() == kParametersMax) {
            return fail(ErrorCode::TooLarge, "more than {} parameters", kParametersMax);
        }
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = pair.substr(0, equals);
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        parameters.emplace_back(form_decode(name).value_or(std::string(name)),
                                form_decode(value).value_or(std::string(value)));
    }
    return parameters;
}

Parameters parse_cookies(std::string_view header) {
    Parameters cookies;
    while (!header.empty() && cookies.size() < kCookiesMax) {
        const std::size_t end = std::min(header.find(';'), header.size());
        const auto pair = trim(header.substr(0, end));
        header.remove_prefix(std::min(end + 1, header.size()));
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            continue;
        }
        auto value = trim(pair.substr(equals + 1));
        if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
            value = value.substr(1, value.size() - 2);
        }
        cookies.emplace_back(trim(pair.substr(0, equals)), value);
    }
    return cookies;
}

RangeRequest parse_range(std::string_view header, std::uint64_t size_bytes) {
    constexpr std::string_view kUnit = "bytes=";
    const auto text = trim(header);
    if (text.size() <= kUnit.size() || !equal_ignoring_case(text.substr(0, kUnit.size()), kUnit) ||
        text.find(',') != std::string_view::npos) {
        return {};
    }
    const auto range = trim(text.substr(kUnit.size()));
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) {
        return {};
    }
    const auto first = parse_digits(range.substr(0, dash));
    const auto last = parse_digits(range.substr(dash + 1));
    if (dash == 0) {  // The last `n` bytes.
        if (!last) {
            return {};
        }
        const std::uint64_t length = std::min(*last, size_bytes);
        return length == 0
                   ? RangeRequest{.kind = RangeKind::Unsatisfiable, .range = {}}
                   : RangeRequest{.kind = RangeKind::Part, .range = {size_bytes - length, length}};
    }
    const bool open_end = dash + 1 == range.size();
    if (!first || (!open_end && (!last || *last < *first))) {
        return {};
    }
    if (*first >= size_bytes) {
        return {.kind = RangeKind::Unsatisfiable, .range = {}};
    }
    const std::uint64_t end = open_end ? size_bytes - 1 : std::min(*last, size_bytes - 1);
    return {.kind = RangeKind::Part, .range = {*first, end - *first + 1}};
}

HeaderValue parse_header_value(std::string_view text) {
    HeaderValue result;
    const std::size_t end = std::min(text.find(';'), text.size());
    result.value = ascii_lower(trim(text.substr(0, end)));
    text.remove_prefix(end);
    while (text.starts_with(';') && result.parameters.size() < kHeaderParametersMax) {
        text.remove_prefix(1);
        const std::size_t stop = std::min(text.find_first_of("=;"), text.size());
        auto name = ascii_lower(trim(text.substr(0, stop)));
        text.remove_prefix(stop);
        if (!text.starts_with('=')) {
            continue;
        }
        text.remove_prefix(1);
        text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
        auto value = take_parameter_value(text);
        text.remove_prefix(std::min(text.find(';'), text.size()));
        result.parameters.emplace_back(std::move(name), std::move(value));
    }
    return result;
}

Result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body,
                                              const MultipartLimits& limits) {
    const auto type = parse_header_value(content_type);
    if (type.value != "multipart/form-data") {
        return fail(ErrorCode::Unsupported, "multipart: the content type is another one");
    }
    const auto* const boundary = find_parameter(type.parameters, "boundary");
    if (boundary == nullptr || boundary->empty() || boundary->size() > 70) {
        return fail(ErrorCode::Invalid, "multipart: no boundary of 1 to 70 characters");
    }
    const std::string delimiter = "\r\n--" + *boundary;
    // The first delimiter may stand at the very start, without its line break.
    const auto opening = std::string_view(delimiter).substr(2);
    std::size_t at = 0;
    if (body.starts_with(opening)) {
        at = opening.size();
    } else if (const auto found = body.find(delimiter); found != std::string_view::npos) {
        at = found + delimiter.size();
    } else {
        return fail(ErrorCode::Invalid, "multipart: the boundary is not in the body");
    }
    std::vector<FormPart> parts;
    while (!body.substr(at).starts_with("--")) {
        const std::size_t line_end = body.find("\r\n", at);
        if (line_end == std::string_view::npos ||
            body.substr(at, line_end - at).find_first_not_of(kSpaces) != std::string_view::npos) {
            return fail(ErrorCode::Invalid, "multipart: no line break after a boundary");
        }
        if (parts.size() == limits.parts_max) {
            return fail(ErrorCode::TooLarge, "multipart: more than {} parts", limits.parts_max);
        }
        // Searched from the line break, so that a part without headers is found too.
        const std::size_t headers_end = body.find("\r\n\r\n", line_end);
        if (headers_end == std::string_view::npos) {
            return fail(ErrorCode::Invalid, "multipart: a part's headers do not end");
        }
        if (headers_end - line_end > limits.part_header_bytes_max) {
            return fail(ErrorCode::TooLarge, "multipart: a part's headers are over {} bytes",
                        limits.part_header_bytes_max);
        }
        const std::size_t content_at = headers_end + 4;
        // From two bytes before the content: an empty part's delimiter begins with the headers'
        // end.
        const std::size_t content_end = body.find(delimiter, content_at - 2);
        if (content_end == std::string_view::npos) {
            return fail(ErrorCode::Invalid, "multipart: the last boundary is missing");
        }
        const auto headers = headers_end > line_end
                                 ? body.substr(line_end + 2, headers_end - line_end - 2)
                                 : std::string_view();
        const auto content = content_end > content_at
                                 ? body.substr(content_at, content_end - content_at)
                                 : std::string_view();
        TRY_ASSIGN(auto part, parse_part(headers, content));
        parts.push_back(std::move(part));
        at = content_end + delimiter.size();
    }
    return parts;
}

}  // namespace oidor::net

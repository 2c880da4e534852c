// Reading the small languages inside HTTP messages: percent-encoding, queries, cookies, ranges,
// forms. All input is hostile: everything is bounded, nothing throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace oidor::net {

/// Names and values in the order of the text.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The first value of that name; null when there is none.
const std::string* find_parameter(const Parameters& parameters, std::string_view name);

/// Compares ASCII letters without case.
bool equal_ignoring_case(std::string_view left, std::string_view right);

/// `%41` to `A`. Nothing when an escape is broken.
std::optional<std::string> percent_decode(std::string_view text);
/// The same for forms, where `+` is a space.
std::optional<std::string> form_decode(std::string_view text);
/// Escapes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);
/// `//a///b` to `/a/b`.
std::string collapse_slashes(std::string_view path);

constexpr std::size_t kParametersMax = 1000;

/// Reads `a=1&b=2` (query or application/x-www-form-urlencoded). Broken escapes are kept as they
/// are. Errors: TooLarge beyond kParametersMax.
Result<Parameters> parse_query(std::string_view query);

/// Reads a Cookie header, at most 100 pairs; the rest is left out.
Parameters parse_cookies(std::string_view header);

/// The bytes that a Range header asks for.
struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool operator==(const ByteRange&) const = default;
};
/// What a Range header asks for.
enum class RangeKind {
    Whole,          ///< None, several, or not understood: answer 200 with everything.
    Part,           ///< Answer 206.
    Unsatisfiable,  ///< Answer 416.
};
/// A Range header as read; `range` counts for `Part` alone.
struct RangeRequest {
    RangeKind kind = RangeKind::Whole;
    ByteRange range = {};
};
/// Reads `bytes=0-99`, `bytes=100-`, `bytes=-50` against a body of `size_bytes`.
RangeRequest parse_range(std::string_view header, std::uint64_t size_bytes);

/// A header value with parameters: `form-data; name="a"`. Names are lower case.
struct HeaderValue {
    std::string value = {};
    Parameters parameters = {};
};
HeaderValue parse_header_value(std::string_view text);

/// One part of a multipart/form-data body; the views look into the body.
struct FormPart {
    std::string name = {};
    std::optional<std::string> file_name = {};
    std::string content_type = {};
    std::string_view content = {};
};
/// What a multipart body may have before it is TooLarge.
struct MultipartLimits {
    std::size_t parts_max = 64;
    std::size_t part_header_bytes_max = 8192;
};
/// Reads a whole body; `content_type` carries the boundary. Errors: Invalid (shape), Unsupported
/// (another type), TooLarge (parts, part headers).
Result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body,
                                              const MultipartLimits& limits = {});

}  // namespace oidor::net

// JSON as every room reads and writes it: strict, bounded, and canonical (RFC 8785) where it is
// hashed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>
#include <boost/json/storage_ptr.hpp>

#include "base/result.hpp"

namespace oidor {

namespace json = boost::json;

/// What a parser takes before it gives up with TooLarge.
struct JsonLimits {
    std::size_t depth_max = 32;
    std::size_t size_bytes_max = std::size_t{64} << 20U;
};

/// Parses strict JSON of well-formed UTF-8. Errors: Invalid (with the byte offset), TooLarge (size,
/// depth).
/// The value takes its memory from `memory`, which outlives it.
Result<json::value> parse_json(std::string_view text, const JsonLimits& limits = {},
                               json::storage_ptr memory = {});

/// RFC 8785: sorted keys (UTF-16 order), no white space, numbers as ECMAScript prints them.
std::string canonical_json(const json::value& value);
/// Of its own, so that an object is not copied into a value first.
std::string canonical_json(const json::object& object);
/// The same, with the members in the order in which they were put: what people read.
std::string format_json(const json::value& value);
std::string format_json(const json::object& object);

/// `find_…`: the member when it is there and of that kind; nothing otherwise.
std::optional<std::string> find_string(const json::object& object, std::string_view key);
std::optional<std::int64_t> find_int64(const json::object& object, std::string_view key);
std::optional<double> find_double(const json::object& object, std::string_view key);
std::optional<bool> find_bool(const json::object& object, std::string_view key);
const json::object* find_object(const json::object& object, std::string_view key);
const json::array* find_array(const json::object& object, std::string_view key);

}  // namespace oidor

// From the bytes of a request to one JSON object, whatever the panel's template made of them:
// strict JSON, JSON broken by rendering, or a form. Pure and bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/storage_ptr.hpp>

#include "base/json.hpp"
#include "base/result.hpp"

namespace oidor::connectors::anura {

constexpr std::size_t kBodyBytesMax = std::size_t{1} << 20U;

/// The item that a body carries, with its own keys and values. A number that a double cannot hold
/// exactly is kept as text. Errors: TooLarge (over kBodyBytesMax, over 32 levels), Unsupported (a
/// content type that we do not read), Invalid (nothing that looks like an event in it).
/// `memory` outlives the item.
Result<json::object> parse_body(std::string_view bytes, std::string_view content_type,
                                json::storage_ptr memory = {});

/// The same for JSON that rendering broke: empty and unquoted values, quotes inside of quoted ones,
/// trailing commas, `True`, `1,50`, `007`. `text` is UTF-8. Errors: Invalid.
Result<json::object> parse_rendered_json(std::string_view text);

/// `a=1&b=%2B5`. `text` may be any bytes. Errors: Invalid (more than 1,024 pairs).
Result<json::object> parse_urlencoded(std::string_view text);

/// `multipart/form-data`; parts that are files are left out. Errors: Invalid.
Result<json::object> parse_multipart(std::string_view bytes, std::string_view content_type);

}  // namespace oidor::connectors::anura

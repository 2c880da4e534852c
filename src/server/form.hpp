// The fields of a request's body, whether it is a multipart form, url-encoded pairs or JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http.hpp"

namespace oidor::server {

/// Everything that a request's body names; the first value of a repeated name counts.
struct Form {
    std::map<std::string, std::string, std::less<>> fields = {};  ///< Empty values are left out.

    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
};

/// Errors: Unsupported (another content type), Invalid (cannot be read), TooLarge (over 100 parts,
/// a part's head too long, or a JSON too deep). Files of a multipart form are left out: a route
/// that takes them does so as they arrive (UploadIntake).
Result<Form> read_form(const net::Request& request);

/// RFC 4648 base64, padded or not, white space between; a `data:…;base64,` before it is skipped.
/// Nothing for anything else.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace oidor::server

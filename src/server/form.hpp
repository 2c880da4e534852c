// The fields of a request, whether it is a multipart form, url-encoded pairs or JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http.hpp"

namespace oidor::server {

/// A file of a form. `bytes` borrows from the request.
struct FormFile {
    std::string name = {};  ///< As the client calls it; text from outside.
    std::string_view bytes = {};
};

/// Everything that a request's body names; the first value of a repeated name counts.
struct Form {
    std::map<std::string, std::string, std::less<>> fields = {};  ///< Empty values are left out.
    std::map<std::string, FormFile, std::less<>> files = {};

    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
};

/// Errors: Unsupported (another content type), Invalid (cannot be read), TooLarge (over 100 parts,
/// or a JSON too deep). `request` outlives the form.
Result<Form> read_form(const net::Request& request);

/// RFC 4648 base64, padded or not, white space between; a `data:…;base64,` before it is skipped.
/// Nothing for anything else.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace oidor::server

// HMAC-SHA-256 (RFC 2104): what webhooks and requests are signed with.
#pragma once

#include <string_view>

#include "base/sha256.hpp"

namespace oidor {

/// The digest of `bytes` under `key`, which may be of any length.
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace oidor

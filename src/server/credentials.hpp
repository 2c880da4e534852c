// Where a caller's key stands in a request.
#pragma once

#include <string_view>

#include "base/secret.hpp"
#include "net/http.hpp"

namespace oidor::server {

enum class CredentialKind { None, Bearer, ApiKeyHeader, Authorization, Query };

/// What the caller presents. Several are tried in the order of the enumeration: the first one
/// present counts.
struct Credential {
    CredentialKind kind = CredentialKind::None;
    Secret key = {};
};

/// Always `Authorization: Bearer KEY` and `X-API-Key: KEY`. `lenient`, for the paths that a PBX's
/// panel fills in: `Authorization: KEY` and `Authorization: X-API-Key: KEY` too. The query's
/// `api_key` only where it is allowed.
struct CredentialRules {
    bool lenient = false;
    bool query = false;
};
Credential read_credential(const net::Request& request, const CredentialRules& rules);

}  // namespace oidor::server

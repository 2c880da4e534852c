#include "server/credentials.hpp"

#include <string>

#include "net/http_parse.hpp"

namespace oidor::server {
namespace {

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// What follows `prefix`, compared without case.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
    if (text.size() <= prefix.size() ||
        !net::equal_ignoring_case(text.substr(0, prefix.size()), prefix)) {
        return std::nullopt;
    }
    return trim(text.substr(prefix.size()));
}

Credential made(CredentialKind kind, std::string_view key) {
    return {.kind = kind, .key = Secret(std::string(key))};
}

}  // namespace

Credential read_credential(const net::Request& request, const CredentialRules& rules) {
    const auto authorization = trim(request.headers.find("Authorization").value_or(""));
    if (const auto key = after(authorization, "Bearer ")) {
        return made(CredentialKind::Bearer, *key);
    }
    if (const auto key = request.headers.find("X-API-Key"); key && !trim(*key).empty()) {
        return made(CredentialKind::ApiKeyHeader, trim(*key));
    }
    if (rules.lenient && !authorization.empty()) {
        const auto key = after(authorization, "X-API-Key:");
        return made(CredentialKind::Authorization, key.value_or(authorization));
    }
    if (rules.query) {
        if (const auto key = request.find_query("api_key"); key && !key->empty()) {
            return made(CredentialKind::Query, *key);
        }
    }
    return {};
}

}  // namespace oidor::server

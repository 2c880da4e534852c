#include "access/access_control.hpp"

#include <algorithm>
#include <array>

#include "base/sha256.hpp"

namespace oidor::access {
namespace {

constexpr std::array<std::string_view, 6> kScopes = {
    "audits:read", "content:read", "content:unmask", "recordings:listen", "review", "admin"};
constexpr std::string_view kWebhook = "webhook:";
constexpr std::string_view kKeyPrefix = "oidor_";
constexpr std::size_t kNameSizeMax = 100;
constexpr std::size_t kRememberedMax = 10'000;
constexpr std::chrono::milliseconds kRememberFor{1000};

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

Failure unknown_key() { return fail(ErrorCode::Unauthenticated, "unknown or revoked key"); }

Result<void> check_page_scope(const Principal& principal) {
    if (!principal.allows(AccessControl::kPageScope)) {
        return fail(ErrorCode::Forbidden, "the key {} lacks the scope {}, which the page needs",
                    principal.name, AccessControl::kPageScope);
    }
    return {};
}

Secret make_token(std::string_view prefix) {
    return Secret(std::string(prefix) + to_base64url(random_bytes(32)));
}

}  // namespace

Result<void> check_scope(std::string_view scope) {
    if (std::ranges::find(kScopes, scope) != kScopes.end()) {
        return {};
    }
    if (scope.starts_with(kWebhook)) {
        const auto rest = scope.substr(kWebhook.size());
        const auto slash = rest.find('/');
        if (slash != std::string_view::npos && is_name(rest.substr(0, slash)) &&
            is_name(rest.substr(slash + 1)) && rest.substr(slash + 1) != "health" &&
            rest.substr(slash + 1) != "test") {
            return {};
        }
        return fail(ErrorCode::Invalid,
                    "scope {}: expected webhook:<source>/<account>, as in webhook:anura/default",
                    scope);
    }
    return fail(ErrorCode::Invalid,
                "scope {}: expected webhook:<source>/<account>, audits:read, content:read, "
                "content:unmask, recordings:listen, review or admin",
                scope);
}

bool Principal::allows(std::string_view scope) const {
    const auto has = [this](std::string_view wanted) {
        return std::ranges::find(scopes, wanted) != scopes.end();
    };
    return has(scope) || (!scope.starts_with(kWebhook) && has("admin"));
}

bool Principal::allows_campaign(const std::optional<std::string>& campaign) const {
    return campaigns.empty() ||
           (campaign && std::ranges::find(campaigns, *campaign) != campaigns.end());
}

std::optional<std::string> Principal::only_account(std::string_view source) const {
    const std::string prefix = std::string(kWebhook) + std::string(source) + "/";
    std::optional<std::string> account;
    for (const auto& scope : scopes) {
        if (scope.starts_with(prefix)) {
            if (account) {
                return std::nullopt;
            }
            account = scope.substr(prefix.size());
        }
    }
    return account;
}

Result<std::vector<std::pair<std::string, std::int64_t>>> list_key_uses(
    const store::Keyring& keyring, KeyId key, Timestamp now, int days) {
    std::vector<std::pair<std::string, std::int64_t>> uses;
    for (int i = 0; i < days; ++i) {
        auto day = format_rfc3339(now - std::chrono::days(i)).substr(0, 10);
        TRY_ASSIGN(const auto count, keyring.count_key_uses(key, day));
        uses.emplace_back(std::move(day), count);
    }
    return uses;
}

Result<NewKey> AccessControl::create_key(const KeyRequest& request) {
    if (request.name.empty() || request.name.size() > kNameSizeMax) {
        return fail(ErrorCode::Invalid, "a key needs a name of 1 to {} bytes", kNameSizeMax);
    }
    if (request.scopes.empty()) {
        return fail(ErrorCode::Invalid, "a key needs at least one --scope");
    }
    for (const auto& scope : request.scopes) {
        TRY(check_scope(scope));
    }
    NewKey made{.id = KeyId::make(), .key = make_token(kKeyPrefix)};
    TRY(keyring_.insert_key(
        {.id = made.id,
         .name = request.name,
         .prefix = std::string(made.key.reveal().substr(0, kKeyPrefix.size() + 6)),
         .key_sha256 = sha256(made.key.reveal()),
         .scopes = request.scopes,
         .campaigns = request.campaigns,
         .created_at = clock_.now(),
         .revoked_at = {}}));
    return made;
}

Result<Principal> AccessControl::to_principal(const std::optional<store::KeyRow>& row) const {
    if (!row || row->revoked_at) {
        return unknown_key();
    }
    return Principal{
        .key = row->id, .name = row->name, .scopes = row->scopes, .campaigns = row->campaigns};
}

Result<Principal> AccessControl::authenticate(std::string_view key) {
    // Looked up by the hash of 256 random bits: how long the look-up takes tells nothing about any
    // key.
    const auto hash = sha256(key);
    auto known = remembered_.with([&hash](auto& table) -> std::optional<Principal> {
        const auto found = table.find(hash);
        return found != table.end() && !found->second.until.expired()
                   ? std::optional(found->second.principal)
                   : std::nullopt;
    });
    if (!known) {
        const bool refused_before = unknown_.with([&hash](const auto& table) {
            const auto found = table.find(hash);
            return found != table.end() && !found->second.expired();
        });
        if (refused_before) {
            return unknown_key();
        }
        TRY_ASSIGN(const auto row, keyring_.find_key(hash));
        auto principal = to_principal(row);
        if (!principal) {
            unknown_.with([&hash](auto& table) {
                if (table.size() >= kRememberedMax) {
                    table.clear();
                }
                table.insert_or_assign(hash, Deadline::after(kRememberFor));
            });
            return fail(std::move(principal).error());
        }
        known = *std::move(principal);
        remembered_.with([&](auto& table) {
            if (table.size() >= kRememberedMax) {
                table.clear();
            }
            table.insert_or_assign(
                hash, Remembered{.principal = *known, .until = Deadline::after(kRememberFor)});
        });
    }
    count_use(known->key);
    return *std::move(known);
}

Result<NewSession> AccessControl::open_session(const Principal& principal) {
    TRY(check_page_scope(principal));
    auto token = make_token("");
    TRY(keyring_.insert_session({.token_sha256 = sha256(token.reveal()),
                                 .key = principal.key,
                                 .one_use = false,
                                 .expires_at = clock_.now() + kSessionLife}));
    return NewSession{.key = principal.key, .token = std::move(token)};
}

Result<NewSession> AccessControl::sign_in(std::string_view key) {
    TRY_ASSIGN(const auto principal, authenticate(key));
    TRY(keyring_.delete_expired_sessions(clock_.now()));
    return open_session(principal);
}

Result<Secret> AccessControl::create_link(KeyId key) {
    TRY_ASSIGN(const auto row, keyring_.find_key(key));
    TRY_ASSIGN(const auto principal, to_principal(row));
    TRY(check_page_scope(principal));
    auto token = make_token("");
    TRY(keyring_.insert_session({.token_sha256 = sha256(token.reveal()),
                                 .key = key,
                                 .one_use = true,
                                 .expires_at = clock_.now() + kLinkLife}));
    return token;
}

Result<NewSession> AccessControl::take_link(std::string_view token) {
    TRY_ASSIGN(const auto link, keyring_.take_link(sha256(token), clock_.now()));
    if (!link) {
        return fail(ErrorCode::Unauthenticated, "the sign-in link is unknown, used or expired");
    }
    TRY_ASSIGN(const auto row, keyring_.find_key(link->key));
    TRY_ASSIGN(const auto principal, to_principal(row));
    return open_session(principal);
}

Result<Principal> AccessControl::find_session(std::string_view token) {
    TRY_ASSIGN(const auto session, keyring_.find_session(sha256(token), clock_.now()));
    if (!session || session->one_use) {
        return fail(ErrorCode::Unauthenticated, "unknown or expired session");
    }
    TRY_ASSIGN(const auto row, keyring_.find_key(session->key));
    TRY_ASSIGN(auto principal, to_principal(row));
    count_use(principal.key);
    return principal;
}

Result<void> AccessControl::sign_out(std::string_view token) {
    return keyring_.delete_session(sha256(token));
}

Result<void> AccessControl::record(const store::AccessEntry& entry) {
    return keyring_.append_access({entry});
}

void AccessControl::count_use(KeyId key) {
    const auto day = std::chrono::floor<std::chrono::days>(clock_.now());
    uses_.with([&](auto& uses) { ++uses.by_key_and_day[{key, day}]; });
}

Result<void> AccessControl::flush_uses() {
    auto left = uses_.with([](auto& uses) { return std::exchange(uses, {}); }).by_key_and_day;
    while (!left.empty()) {
        const auto& [key, day] = left.begin()->first;
        auto added =
            keyring_.add_key_uses(key, format_rfc3339(day).substr(0, 10), left.begin()->second);
        // The uses of a key that is gone interest nobody.
        if (!added && added.error().code != ErrorCode::NotFound) {
            uses_.with([&left](auto& uses) {
                for (const auto& [key_and_day, count] : left) {
                    uses.by_key_and_day[key_and_day] += count;
                }
            });
            return added;
        }
        left.erase(left.begin());
    }
    return {};
}

}  // namespace oidor::access

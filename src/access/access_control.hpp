// Who may do what: keys with scopes, page sessions, and the log of who looked at what.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/synchronized.hpp"
#include "base/time.hpp"
#include "store/keyring.hpp"

namespace oidor::access {

/// Checks a scope's spelling: `webhook:<source>/<account>`, `audits:read`, `content:read`,
/// `content:unmask`, `recordings:listen`, `review`, `admin`. Invalid names the known ones.
Result<void> check_scope(std::string_view scope);

/// Whoever stands behind a valid key or session.
struct Principal {
    KeyId key = {};
    std::string name = {};
    std::vector<std::string> scopes = {};
    std::vector<std::string> campaigns = {};  ///< Empty: all.

    /// `admin` includes every scope that reads or reviews, never a webhook.
    [[nodiscard]] bool allows(std::string_view scope) const;
    /// A limited key sees its campaigns only; what has no campaign yet is not among them.
    [[nodiscard]] bool allows_campaign(const std::optional<std::string>& campaign) const;
    /// The account of the only webhook scope for `source`; null when there is none or more than
    /// one.
    [[nodiscard]] std::optional<std::string> only_account(std::string_view source) const;
};

/// How often a key was used on each of the last `days` days (UTC), today first: (`2026-02-10`,
/// uses). What this process counted in the last seconds may still be missing.
Result<std::vector<std::pair<std::string, std::int64_t>>> list_key_uses(
    const store::Keyring& keyring, KeyId key, Timestamp now, int days);

/// A key as it is shown once.
struct NewKey {
    KeyId id = {};
    Secret key = {};
};

/// A session that was opened, and for whom.
struct NewSession {
    KeyId key = {};
    Secret token = {};  ///< The cookie's value.
};

/// What a new key is to be; scopes are checked, campaigns are taken as they are.
struct KeyRequest {
    std::string name = {};
    std::vector<std::string> scopes = {};
    std::vector<std::string> campaigns = {};
};

/// Safe to call from many threads. Valid keys are remembered for a second, so a revoked one works
/// no longer than that; unknown ones too, so that a guesser's repeats cost no look-up.
class AccessControl {
  public:
    AccessControl(store::Keyring& keyring, const Clock& clock) : keyring_(keyring), clock_(clock) {}

    /// Errors: Invalid (name, scope), Conflict (the name is taken).
    Result<NewKey> create_key(const KeyRequest& request);
    /// Unauthenticated for an unknown or revoked key.
    Result<Principal> authenticate(std::string_view key);

    static constexpr std::chrono::hours kSessionLife{12};
    static constexpr std::chrono::minutes kLinkLife{30};

    /// What a key needs for the page; without it these three are Forbidden.
    static constexpr std::string_view kPageScope = "audits:read";
    /// A session for whoever holds this key.
    Result<NewSession> sign_in(std::string_view key);
    /// A one-use sign-in token for the holder of a key.
    Result<Secret> create_link(KeyId key);
    /// Takes a one-use token and opens a session. Unauthenticated when it is unknown, used or
    /// expired.
    Result<NewSession> take_link(std::string_view token);
    /// Unauthenticated for an unknown or expired session, or one of a revoked key.
    Result<Principal> find_session(std::string_view token);
    Result<void> sign_out(std::string_view token);

    /// Writes one line of the access log; durable when it returns.
    Result<void> record(const store::AccessEntry& entry);
    /// Writes the uses of keys that were counted since the last call; what cannot be written is
    /// counted again the next time. Called every few seconds, and at the end.
    Result<void> flush_uses();

  private:
    struct Remembered {
        Principal principal = {};
        Deadline until = Deadline::never();
    };
    struct Uses {
        std::map<std::pair<KeyId, std::chrono::sys_days>, std::int64_t> by_key_and_day = {};
    };

    Result<Principal> to_principal(const std::optional<store::KeyRow>& row) const;
    Result<NewSession> open_session(const Principal& principal);
    void count_use(KeyId key);

    store::Keyring& keyring_;
    const Clock& clock_;
    Synchronized<std::map<Sha256, Remembered>> remembered_ = {};
    /// Apart from those that are valid: guesses push nobody out.
    Synchronized<std::map<Sha256, Deadline>> unknown_ = {};
    Synchronized<Uses> uses_ = {};
};

}  // namespace oidor::access

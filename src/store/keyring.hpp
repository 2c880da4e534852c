// Keys, page sessions and the append-only access log, as rows. What they allow is the business of
// `access`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"

namespace oidor::store {

/// A key as kept: its hash, never itself.
struct KeyRow {
    KeyId id = {};
    std::string name = {};
    std::string prefix = {};  ///< First characters, to tell keys apart on a list.
    Sha256 key_sha256 = {};
    std::vector<std::string> scopes = {};
    std::vector<std::string> campaigns = {};  ///< Empty: all.
    Timestamp created_at = {};
    std::optional<Timestamp> revoked_at = {};
};

/// A signed-in page, or a one-use link that makes one.
struct SessionRow {
    Sha256 token_sha256 = {};
    KeyId key = {};
    bool one_use = false;  ///< A sign-in link: taken once, then gone.
    Timestamp expires_at = {};
};

/// One served request that touched data. No customer text, no tokens.
struct AccessEntry {
    std::int64_t sequence = 0;
    Timestamp at = {};
    std::optional<KeyId> key = {};
    std::string action = {};   ///< `list_conversations`, `listen` …: the route's name.
    std::string subject = {};  ///< Ids and filters; never text of a customer.
    std::string address = {};  ///< Of the peer.
    int status = 0;
};

/// Safe to call from many threads. Writes are durable when they return.
class Keyring {
  public:
    virtual ~Keyring() = default;

    virtual Result<void> insert_key(
        const KeyRow& key) = 0;  ///< Conflict: the name is taken by a key in force.
    [[nodiscard]] virtual Result<std::optional<KeyRow>> find_key(
        const Sha256& key_sha256) const = 0;
    [[nodiscard]] virtual Result<std::optional<KeyRow>> find_key(KeyId id) const = 0;
    [[nodiscard]] virtual Result<std::vector<KeyRow>> list_keys() const = 0;
    /// By name or id. NotFound.
    virtual Result<void> revoke_key(const std::string& name_or_id, Timestamp at) = 0;
    /// Adds to the uses of a key on a day (`2026-02-10`, UTC).
    virtual Result<void> add_key_uses(KeyId id, const std::string& day, std::int64_t uses) = 0;
    [[nodiscard]] virtual Result<std::int64_t> count_key_uses(KeyId id,
                                                              const std::string& day) const = 0;

    virtual Result<void> insert_session(const SessionRow& session) = 0;
    /// Not expired ones only.
    [[nodiscard]] virtual Result<std::optional<SessionRow>> find_session(const Sha256& token_sha256,
                                                                         Timestamp now) const = 0;
    /// Takes a one-use link: gives it once, and removes it in the same transaction.
    virtual Result<std::optional<SessionRow>> take_link(const Sha256& token_sha256,
                                                        Timestamp now) = 0;
    virtual Result<void> delete_session(const Sha256& token_sha256) = 0;
    virtual Result<void> delete_expired_sessions(Timestamp now) = 0;

    virtual Result<void> append_access(const std::vector<AccessEntry>& entries) = 0;
    /// Newest first.
    [[nodiscard]] virtual Result<std::vector<AccessEntry>> list_access(
        std::optional<std::int64_t> before, int limit) const = 0;
};

}  // namespace oidor::store

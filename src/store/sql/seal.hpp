// The key of tombstones, and what it makes of identities: hashes that nobody can guess back.
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/synchronized.hpp"
#include "domain/conversation.hpp"
#include "store/erasure.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

inline constexpr std::string_view kConversationTombstone = "conversation";
inline constexpr std::string_view kCustomerTombstone = "customer";
inline constexpr std::string_view kKeyTombstone = "key";

/// Safe to call from many threads. The key is read when it is first needed, then kept.
class Seal {
  public:
    void use(SealKeySource source);

    /// HMAC-SHA-256 over the kind and the parts; nothing while there is no key. A key that was not
    /// found is asked for again after a second.
    [[nodiscard]] std::optional<Sha256> find_hash(std::string_view kind,
                                                  std::initializer_list<std::string_view> parts);
    [[nodiscard]] std::optional<Sha256> find_hash(const ConversationKey& key);
    /// Makes the key when there is none. Unavailable: that cannot be done here.
    Result<void> need();
    [[nodiscard]] bool has_key() const;

  private:
    using Key = std::shared_ptr<const Secret>;
    struct State {
        SealKeySource source = {};
        Key key = {};
        std::chrono::steady_clock::time_point asked_at = {};
    };
    Key find_key();

    Synchronized<State> state_ = {};
};

/// Whether the identity was erased. Nothing is hashed while there are no tombstones.
Result<bool> is_tombstoned(Connection& connection, Seal& seal, const ConversationKey& key);
Result<void> insert_tombstone(WriteContext& context, std::string_view kind, const Sha256& hash);
/// Before a tombstone is left: notes which key makes them. Unavailable: no key; Conflict: those
/// that are there were made with another.
Result<void> note_key(WriteContext& context, Seal& seal);

}  // namespace oidor::store::sql

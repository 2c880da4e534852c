// The inbox: received events, each kept once, durable before anybody is told so.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"

namespace oidor::store {

/// An event on its way in. Its identity is (source, account, external id, kind, body hash): DESIGN
/// §4.6.
struct NewEvent {
    ConversationKey conversation = {};
    std::string external_id = {};
    std::string kind = {};
    Sha256 body_sha256 =
        {};  ///< Of the normalised body; of the raw bytes when it could not be parsed.
    std::string normalised = {};  ///< RFC 8785 JSON; empty when it could not be parsed.
    std::string raw = {};         ///< Kept for 30 days, then dropped; the row stays.
    std::string content_type = {};
    Timestamp received_at = {};
    /// Audio that it names: a reference of the conversation from now on. Whoever claimed the blob
    /// (`Erasure::claim_blob`) says so by `blob_owner`.
    std::optional<Sha256> blob = {};
    Uuid blob_owner = {};
};

/// What became of one event of a delivery.
struct EventReceipt {
    EventId event = {};  ///< Of the first copy when this one is a repeat.
    ConversationId conversation = {};
    bool repeated = false;          ///< The same key was there already: nothing was changed.
    bool recording_stored = false;  ///< A recording of the conversation is stored already.
    bool erased =
        false;  ///< Of a conversation that was erased: nothing is kept, and it has no ids.
};

/// An event as it lies in the inbox.
struct StoredEvent {
    EventId id = {};
    std::int64_t sequence = 0;  ///< Inbox order.
    ConversationId conversation = {};
    std::string source = {};
    std::string account = {};
    std::string external_id = {};
    std::string kind = {};
    std::string body_sha256_hex = {};
    std::string normalised = {};
    std::optional<std::string> raw = {};  ///< Null once it has expired.
    Timestamp received_at = {};
    bool operator==(const StoredEvent&) const = default;
};

/// Which received events a page lists; what is not set, is not asked.
struct EventFilter {
    std::optional<std::string> source = {};
    std::optional<std::string> account = {};
    std::optional<std::string> external_id = {};
    std::optional<ConversationId> conversation = {};
};

using KeepDone = std::move_only_function<void(Result<std::vector<EventReceipt>>)>;

/// Safe to call from many threads.
class Inbox {
  public:
    virtual ~Inbox() = default;

    /// Keeps all events of one delivery in one transaction that other deliveries share (group
    /// commit): makes the conversation's row when it is new, and queues the job (`map`,
    /// conversation id) for each event that is new. Nothing is kept of a conversation that was
    /// erased. `done` is called once, from the store's own thread, after the bytes are durable; it
    /// must be quick. At the bound of waiting deliveries it is called at once with Unavailable. An
    /// empty delivery takes the same way and keeps nothing: so one asks whether events are kept.
    virtual void keep(std::vector<NewEvent> delivery, KeepDone done) = 0;

    /// All events of a conversation in inbox order.
    [[nodiscard]] virtual Result<std::vector<StoredEvent>> list_events_of(
        ConversationId conversation) const = 0;
    /// Newest first; `before` is the sequence of the last one seen (null for the first page); limit
    /// 1 to 500.
    [[nodiscard]] virtual Result<std::vector<StoredEvent>> list_events(
        const EventFilter& filter, std::optional<std::int64_t> before, int limit) const = 0;
};

}  // namespace oidor::store

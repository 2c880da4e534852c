#include "store/postgres/keep.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "store/postgres/arrays.hpp"
#include "store/postgres/queue.hpp"
#include "store/sql/blob_references.hpp"

namespace oidor::store::postgres {
namespace {

constexpr std::string_view kFindEvents = R"(
SELECT k.n, e.id, e.conversation_id
FROM unnest(?1::text[], ?2::text[], ?3::text[], ?4::text[], ?5::bytea[]) WITH ORDINALITY
    AS k (source, account, external_id, kind, body_sha256, n)
JOIN events e ON e.source = k.source AND e.account = k.account AND e.external_id = k.external_id
    AND e.kind = k.kind AND e.body_sha256 = k.body_sha256)";
// The last line says that there are tombstones, to whoever has no key yet to look for them.
constexpr std::string_view kFindConversations = R"(
SELECT k.n, c.id
FROM unnest(?1::text[], ?2::text[], ?3::text[], ?4::text[], ?5::bytea[]) WITH ORDINALITY
    AS k (source, account, channel, external_id, hash, n)
LEFT JOIN conversations c ON c.source = k.source AND c.account = k.account
    AND c.external_id = k.external_id AND c.channel = k.channel
LEFT JOIN tombstones t ON t.kind = 'conversation' AND t.identity_hash = k.hash
WHERE c.id IS NOT NULL OR t.kind IS NOT NULL
UNION ALL
SELECT 0::bigint, NULL::uuid WHERE ?6::bigint = 1 AND EXISTS (SELECT 1 FROM tombstones))";
constexpr std::string_view kInsertConversations = R"(
INSERT INTO conversations (id, source, account, channel, external_id, kind, direction, outcome,
    state, listed_at, campaign_state, created_at, updated_at)
SELECT k.id, k.source, k.account, k.channel, k.external_id, k.kind, 'unknown', 'unknown', 'open',
    ?7::bigint, 'unmapped', ?7::bigint, ?7::bigint
FROM unnest(?1::uuid[], ?2::text[], ?3::text[], ?4::text[], ?5::text[], ?6::text[])
    AS k (id, source, account, channel, external_id, kind)
ON CONFLICT (source, account, external_id, channel) DO NOTHING RETURNING id)";
constexpr std::string_view kInsertEvents = R"(
INSERT INTO events (id, conversation_id, source, account, external_id, has_own_id, kind,
    body_sha256, received_at, content_type, normalised, raw)
SELECT k.id, k.conversation_id, k.source, k.account, k.external_id, k.has_own_id, k.kind,
    k.body_sha256, k.received_at, k.content_type, k.normalised, k.raw
FROM unnest(?1::uuid[], ?2::uuid[], ?3::text[], ?4::text[], ?5::text[], ?6::bigint[], ?7::text[],
    ?8::bytea[], ?9::bigint[], ?10::text[], ?11::text[], ?12::bytea[]) WITH ORDINALITY
    AS k (id, conversation_id, source, account, external_id, has_own_id, kind, body_sha256,
        received_at, content_type, normalised, raw, n)
ORDER BY k.n
ON CONFLICT (source, account, external_id, kind, body_sha256) DO NOTHING RETURNING sequence)";
constexpr std::string_view kFindStored = R"(
SELECT DISTINCT conversation_id FROM recordings
WHERE conversation_id = ANY (?1::uuid[]) AND state = 'stored')";

using EventKey =
    std::tuple<std::string_view, std::string_view, std::string_view, std::string_view, Sha256>;
using ConversationOrder =
    std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;

EventKey key_of(const NewEvent& event) {
    return {event.conversation.source, event.conversation.account, event.external_id, event.kind,
            event.body_sha256};
}

/// As the constraint has them.
ConversationOrder order_of(const ConversationKey& key) {
    return {key.source, key.account, key.external_id, format(key.channel)};
}

/// One identity of a batch; the events that share it are one.
struct Kept {
    const NewEvent* event = nullptr;
    EventReceipt receipt = {};
};

/// A conversation of events that are new. In the order of their keys, so that two batches that
/// make the same ones do not wait for each other in a circle.
struct Home {
    const ConversationKey* key = nullptr;
    std::optional<ConversationId> id = {};
    bool made = false;
    bool erased = false;
};
using Homes = std::map<ConversationOrder, Home>;

Result<void> find_events(sql::Connection& connection, std::vector<Kept>& kept) {
    Array source(Element::Text);
    Array account(Element::Text);
    Array external_id(Element::Text);
    Array kind(Element::Text);
    Array body(Element::Bytes);
    for (const auto& one : kept) {
        source.add(one.event->conversation.source);
        account.add(one.event->conversation.account);
        external_id.add(one.event->external_id);
        kind.add(one.event->kind);
        body.add(one.event->body_sha256);
    }
    return connection.each(
        kFindEvents,
        [&](const sql::Row& row) {
            auto& receipt = kept.at(static_cast<std::size_t>(row.int64(0) - 1)).receipt;
            receipt.repeated = true;
            receipt.event = row.id<EventId>(1);
            receipt.conversation = row.id<ConversationId>(2);
        },
        source.param(), account.param(), external_id.param(), kind.param(), body.param());
}

/// Finds those that are there and those that were erased; false when a key is needed to tell.
Result<bool> look_for_conversations(sql::Connection& connection, sql::Seal& seal, Homes& homes) {
    Array source(Element::Text);
    Array account(Element::Text);
    Array channel(Element::Text);
    Array external_id(Element::Text);
    Array hash(Element::Bytes);
    std::vector<Home*> asked;
    const bool has_key = seal.has_key();
    for (auto& [order, home] : homes) {
        if (home.id) {
            continue;
        }
        asked.push_back(&home);
        source.add(home.key->source);
        account.add(home.key->account);
        channel.add(format(home.key->channel));
        external_id.add(home.key->external_id);
        hash.add(has_key ? seal.find_hash(*home.key) : std::nullopt);
    }
    bool unknown = false;
    TRY(connection.each(
        kFindConversations,
        [&](const sql::Row& row) {
            if (row.int64(0) == 0) {
                unknown = true;
                return;
            }
            auto& home = *asked.at(static_cast<std::size_t>(row.int64(0) - 1));
            if (row.is_null(1)) {
                home.erased = true;
            } else {
                home.id = row.id<ConversationId>(1);
            }
        },
        source.param(), account.param(), channel.param(), external_id.param(), hash.param(),
        has_key ? 0 : 1));
    return !unknown;
}

Result<void> find_conversations(sql::Connection& connection, sql::Seal& seal, Homes& homes) {
    TRY_ASSIGN(const bool told, look_for_conversations(connection, seal, homes));
    if (!told && !homes.empty() && seal.find_hash(*homes.begin()->second.key)) {
        // The key is there now. Without one, tombstones match nothing; `doctor` says so.
        TRY(look_for_conversations(connection, seal, homes));
    }
    return {};
}

/// Those that are not there; false when another connection was quicker with one of them.
Result<bool> insert_conversations(WriteContext& context, Homes& homes) {
    Array id(Element::Uuid);
    Array source(Element::Text);
    Array account(Element::Text);
    Array channel(Element::Text);
    Array external_id(Element::Text);
    Array kind(Element::Text);
    std::map<ConversationId, Home*> given;
    for (auto& [order, home] : homes) {
        if (home.id || home.erased) {
            continue;
        }
        const auto& key = *home.key;
        const auto fresh = ConversationId::make();
        given[fresh] = &home;
        id.add(fresh);
        source.add(key.source);
        account.add(key.account);
        channel.add(format(key.channel));
        external_id.add(key.external_id);
        kind.add(format(key.channel == Channel::Voice ? ConversationKind::Call
                                                      : ConversationKind::Chat));
    }
    if (given.empty()) {
        return true;
    }
    std::size_t made = 0;
    TRY(context.connection.each(
        kInsertConversations,
        [&](const sql::Row& row) {
            auto& home = *given.at(row.id<ConversationId>(0));
            home.id = row.id<ConversationId>(0);
            home.made = true;
            ++made;
        },
        id.param(), source.param(), account.param(), channel.param(), external_id.param(),
        kind.param(), context.now));
    return made == given.size();
}

/// Inserts what is new; false when another connection was quicker with one of them.
Result<bool> insert_events(WriteContext& context, std::vector<Kept>& kept, const Homes& homes) {
    Array id(Element::Uuid);
    Array conversation(Element::Uuid);
    Array source(Element::Text);
    Array account(Element::Text);
    Array external_id(Element::Text);
    Array has_own_id(Element::Int64);
    Array kind(Element::Text);
    Array body(Element::Bytes);
    Array received_at(Element::Int64);
    Array content_type(Element::Text);
    Array normalised(Element::Text);
    Array raw(Element::Bytes);
    for (auto& one : kept) {
        if (one.receipt.repeated) {
            continue;
        }
        const auto& event = *one.event;
        const auto& key = event.conversation;
        const auto& home = homes.at(order_of(key));
        one.receipt.erased = home.erased;
        if (home.erased) {
            continue;
        }
        one.receipt.event = EventId::make();
        one.receipt.conversation = *home.id;
        id.add(one.receipt.event);
        conversation.add(one.receipt.conversation);
        source.add(key.source);
        account.add(key.account);
        external_id.add(event.external_id);
        has_own_id.add(std::int64_t{event.external_id != key.external_id ? 1 : 0});
        kind.add(event.kind);
        body.add(event.body_sha256);
        received_at.add(event.received_at);
        content_type.add(event.content_type);
        normalised.add(event.normalised);
        raw.add(event.raw);
    }
    if (id.size() == 0) {
        return true;
    }
    std::size_t inserted = 0;
    TRY(context.connection.each(
        kInsertEvents, [&](const sql::Row&) { ++inserted; }, id.param(), conversation.param(),
        source.param(), account.param(), external_id.param(), has_own_id.param(), kind.param(),
        body.param(), received_at.param(), content_type.param(), normalised.param(), raw.param()));
    if (inserted != id.size()) {
        return false;
    }
    for (const auto& one : kept) {
        if (one.event->blob && !one.receipt.repeated && !one.receipt.erased) {
            TRY(sql::keep_event_blob(context, one.receipt.conversation, *one.event));
        }
    }
    return true;
}

Result<void> find_stored(sql::Connection& connection, std::vector<Kept>& kept, const Homes& homes) {
    std::set<ConversationId> asked;
    for (const auto& one : kept) {
        const auto home = homes.find(order_of(one.event->conversation));
        if (one.receipt.erased) {
            continue;
        }
        if (one.receipt.repeated || home == homes.end() || !home->second.made) {
            asked.insert(one.receipt.conversation);
        }
    }
    if (asked.empty()) {
        return {};
    }
    Array ids(Element::Uuid);
    for (const auto& id : asked) {
        ids.add(id);
    }
    std::set<ConversationId> stored;
    TRY(connection.each(
        kFindStored, [&](const sql::Row& row) { stored.insert(row.id<ConversationId>(0)); },
        ids.param()));
    for (auto& one : kept) {
        one.receipt.recording_stored = stored.contains(one.receipt.conversation);
    }
    return {};
}

Result<void> enqueue_maps(WriteContext& context, const Homes& homes) {
    std::vector<JobSpec> jobs;
    for (const auto& [order, home] : homes) {
        if (!home.erased) {
            jobs.push_back({.kind = "map", .key = home.id->text()});
        }
    }
    return enqueue_many(context, jobs);
}

}  // namespace

Result<std::optional<std::vector<EventReceipt>>> keep_events(
    WriteContext& context, sql::Seal& seal, const std::vector<const NewEvent*>& events) {
    const std::optional<std::vector<EventReceipt>> overtaken;
    std::vector<Kept> kept;
    std::map<EventKey, std::size_t> places;
    for (const auto* event : events) {
        if (places.emplace(key_of(*event), kept.size()).second) {
            kept.push_back({.event = event});
        }
    }
    TRY(find_events(context.connection, kept));
    Homes homes;
    for (const auto& one : kept) {
        if (!one.receipt.repeated) {
            homes.emplace(order_of(one.event->conversation), Home{.key = &one.event->conversation});
        }
    }
    if (!homes.empty()) {
        TRY(find_conversations(context.connection, seal, homes));
        TRY_ASSIGN(const bool made, insert_conversations(context, homes));
        if (!made) {
            return overtaken;
        }
        TRY_ASSIGN(const bool inserted, insert_events(context, kept, homes));
        if (!inserted) {
            return overtaken;
        }
        TRY(enqueue_maps(context, homes));
    }
    TRY(find_stored(context.connection, kept, homes));
    std::vector<EventReceipt> receipts;
    receipts.reserve(events.size());
    std::set<std::size_t> answered;
    for (const auto* event : events) {
        const auto place = places.at(key_of(*event));
        auto receipt = kept[place].receipt;
        // The second copy within one batch repeats the first.
        receipt.repeated = (!answered.insert(place).second && !receipt.erased) || receipt.repeated;
        receipts.push_back(receipt);
    }
    return std::optional(std::move(receipts));
}

}  // namespace oidor::store::postgres

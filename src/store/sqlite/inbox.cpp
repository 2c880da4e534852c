#include "store/sqlite/inbox.hpp"

#include <algorithm>
#include <limits>

#include "store/sqlite/queue.hpp"

namespace oidor::store::sqlite {
namespace {

constexpr std::string_view kInsertEvent = R"(
INSERT INTO events (id, conversation_id, source, account, external_id, has_own_id, kind, body_sha256,
                    received_at, content_type, normalised, raw)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))";
// Both halves of the events (see the schema): by the conversation of that external id, and by the
// event's own.
constexpr std::string_view kFindEvent = R"(
SELECT e.id, e.conversation_id FROM conversations c JOIN events e ON e.conversation_id = c.id
WHERE c.source = ?1 AND c.account = ?2 AND c.external_id = ?3
    AND e.external_id = ?3 AND e.kind = ?4 AND e.body_sha256 = ?5
UNION ALL
SELECT id, conversation_id FROM events
WHERE has_own_id = 1 AND source = ?1 AND account = ?2 AND external_id = ?3 AND kind = ?4
    AND body_sha256 = ?5
LIMIT 1)";
constexpr std::string_view kFindStored =
    "SELECT 1 FROM recordings WHERE conversation_id = ? AND state = 'stored'";
constexpr std::string_view kColumns =
    "SELECT id, sequence, conversation_id, source, account, external_id, kind, body_sha256, "
    "normalised, raw, received_at FROM events";

/// How many raw bodies one transaction drops: others wait meanwhile.
constexpr int kExpiredPerWrite = 500;

StoredEvent to_event(const Row& row) {
    return {.id = row.id<EventId>(0),
            .sequence = row.int64(1),
            .conversation = row.id<ConversationId>(2),
            .source = row.text(3),
            .account = row.text(4),
            .external_id = row.text(5),
            .kind = row.text(6),
            .body_sha256_hex = to_hex(row.sha256(7)),
            .normalised = row.text(8),
            .raw = row.optional_text(9),
            .received_at = row.time(10)};
}

Result<EventReceipt> keep_one(WriteContext& context, const NewEvent& event) {
    EventReceipt receipt;
    const auto& key = event.conversation;
    TRY_ASSIGN(receipt.repeated,
               context.connection.first(
                   kFindEvent,
                   [&](const Row& row) {
                       receipt.event = row.id<EventId>(0);
                       receipt.conversation = row.id<ConversationId>(1);
                   },
                   key.source, key.account, event.external_id, event.kind, event.body_sha256));
    bool new_conversation = false;
    if (!receipt.repeated) {
        TRY_ASSIGN(const auto conversation, identify(context, key));
        new_conversation = conversation.made;
        receipt.conversation = conversation.id;
        receipt.event = EventId::make();
        TRY(context.connection.run(
            kInsertEvent, receipt.event, receipt.conversation, key.source, key.account,
            event.external_id, event.external_id != key.external_id, event.kind, event.body_sha256,
            event.received_at, event.content_type, event.normalised, Blob{event.raw}));
        TRY(enqueue_job(context, "map", receipt.conversation.text(), 0, context.now));
    }
    if (!new_conversation) {
        TRY_ASSIGN(receipt.recording_stored,
                   context.connection.first(
                       kFindStored, [](const Row&) {}, receipt.conversation));
    }
    return receipt;
}

class KeepWrite final : public Write {
  public:
    KeepWrite(std::vector<NewEvent> delivery, KeepDone done)
        : delivery_(std::move(delivery)), done_(std::move(done)) {
        for (const auto& event : delivery_) {
            size_bytes_ += event.normalised.size() + event.raw.size() + sizeof(event);
        }
    }

    Result<void> run(WriteContext& context) override {
        receipts_.clear();
        receipts_.reserve(delivery_.size());
        for (const auto& event : delivery_) {
            TRY_ASSIGN(auto receipt, keep_one(context, event));
            receipts_.push_back(receipt);
        }
        return {};
    }
    void done(Result<void> outcome) override {
        if (outcome) {
            done_(std::move(receipts_));
        } else {
            done_(fail(std::move(outcome).error()));
        }
    }
    [[nodiscard]] std::size_t size_bytes() const override { return size_bytes_; }

  private:
    std::vector<NewEvent> delivery_;
    KeepDone done_;
    std::vector<EventReceipt> receipts_ = {};
    std::size_t size_bytes_ = 0;
};

}  // namespace

Result<Identified> identify(WriteContext& context, const ConversationKey& key) {
    Identified conversation;
    TRY_ASSIGN(const bool found,
               context.connection.first(
                   "SELECT id FROM conversations "
                   "WHERE source = ? AND account = ? AND channel = ? AND external_id = ?",
                   [&](const Row& row) { conversation.id = row.id<ConversationId>(0); }, key.source,
                   key.account, format(key.channel), key.external_id));
    if (found) {
        return conversation;
    }
    conversation.id = ConversationId::make();
    conversation.made = true;
    const auto kind =
        key.channel == Channel::Voice ? ConversationKind::Call : ConversationKind::Chat;
    TRY(context.connection.run(
        "INSERT INTO conversations (id, source, account, channel, external_id, kind, direction, "
        "outcome, state, listed_at, campaign_state, created_at, updated_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'unknown', 'unknown', 'open', ?7, 'unmapped', ?7, ?7)",
        conversation.id, key.source, key.account, format(key.channel), key.external_id,
        format(kind), context.now));
    return conversation;
}

void SqliteInbox::keep(std::vector<NewEvent> delivery, KeepDone done) {
    writer_.submit(std::make_unique<KeepWrite>(std::move(delivery), std::move(done)));
}

Result<std::vector<StoredEvent>> SqliteInbox::list_events_of(ConversationId conversation) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<StoredEvent>> {
        std::vector<StoredEvent> events;
        TRY(connection.each(
            std::string(kColumns) + " WHERE conversation_id = ? ORDER BY sequence",
            [&](const Row& row) { events.push_back(to_event(row)); }, conversation));
        return events;
    });
}

Result<std::vector<StoredEvent>> SqliteInbox::list_events(const EventFilter& filter,
                                                          std::optional<std::int64_t> before,
                                                          int limit) const {
    std::string scope;
    scope += filter.source ? " AND {0}source = ?1" : "";
    scope += filter.account ? " AND {0}account = ?2" : "";
    const auto scope_of = [&](std::string_view table) {
        return fmt::format(fmt::runtime(scope), table);
    };
    std::string sql = fmt::format("{} WHERE sequence < ?5{}", kColumns, scope_of(""));
    if (filter.external_id) {
        // By the two indexes that know it.
        sql += fmt::format(
            " AND sequence IN (SELECT e.sequence FROM conversations c "
            "JOIN events e ON e.conversation_id = c.id "
            "WHERE c.external_id = ?3 AND e.external_id = ?3{} UNION ALL "
            "SELECT sequence FROM events WHERE has_own_id = 1 AND external_id = ?3{})",
            scope_of("c."), scope_of(""));
    }
    sql += filter.conversation ? " AND conversation_id = ?4" : "";
    sql += " ORDER BY sequence DESC LIMIT ?6";
    return readers_.with([&](Connection& connection) -> Result<std::vector<StoredEvent>> {
        std::vector<StoredEvent> events;
        TRY(connection.each(
            sql, [&](const Row& row) { events.push_back(to_event(row)); }, filter.source,
            filter.account, filter.external_id, filter.conversation,
            before.value_or(std::numeric_limits<std::int64_t>::max()), std::clamp(limit, 1, 500)));
        return events;
    });
}

Result<std::int64_t> SqliteInbox::expire_raw_bodies(Timestamp before) {
    std::int64_t dropped = 0;
    while (true) {
        TRY_ASSIGN(const auto count, writer_.call<std::int64_t>([&](WriteContext& context) {
            return context.connection.run(
                "UPDATE events SET raw = NULL WHERE sequence IN (SELECT sequence FROM "
                "events WHERE raw IS NOT NULL AND received_at < ? "
                "ORDER BY received_at LIMIT ?)",
                before, kExpiredPerWrite);
        }));
        dropped += count;
        if (count < kExpiredPerWrite) {
            return dropped;
        }
    }
}

}  // namespace oidor::store::sqlite

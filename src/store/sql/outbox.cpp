#include "store/sql/outbox.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "store/sql/conversation_rows.hpp"
#include "store/sql/outbox_rows.hpp"

namespace oidor::store::sql {
namespace {

std::string join_days(const std::vector<std::string>& days) {
    return fmt::format("{}", fmt::join(days, " "));
}

std::vector<std::string> split_days(std::string_view text) {
    std::vector<std::string> days;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        days.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return days;
}

Result<void> put_delivery(WriteContext& context, const std::string& sink, const SentRow& sent) {
    std::optional<Sha256> hash;
    if (sent.row.sha256_hex) {
        TRY_ASSIGN(hash, read_hash(*sent.row.sha256_hex, "delivery"));
    }
    TRY(context.connection.run(
        "INSERT INTO deliveries (sink, table_name, row_key, conversation_id, days, sha256) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sink, table_name, row_key) DO UPDATE SET "
        "days = excluded.days, sha256 = excluded.sha256",
        sink, sent.row.table, sent.row.key, sent.conversation, join_days(sent.row.days), hash));
    return {};
}

Result<void> end_item(WriteContext& context, const std::string& sink, const OutboxItem& item) {
    TRY_ASSIGN(const auto ended,
               context.connection.run("DELETE FROM outbox WHERE sink = ? AND conversation_id = ? "
                                      "AND revision = ?",
                                      sink, item.conversation, item.revision));
    if (ended == 0) {
        // It changed while it was on its way: that wait begins now.
        TRY(context.connection.run(
            "UPDATE outbox SET noted_at = ? WHERE sink = ? AND conversation_id = ?", context.now,
            sink, item.conversation));
    }
    return {};
}

Result<void> check_turn(WriteContext& context, const SinkTurn& turn, std::string_view also) {
    TRY_ASSIGN(const bool held, context.connection.first(
                                    fmt::format("SELECT 1 FROM sinks WHERE name = ? AND lease = ? "
                                                "AND lease_until IS NOT NULL{}{}",
                                                also, context.connection.lock_clause()),
                                    [](const Row&) {}, turn.sink, turn.lease));
    if (!held) {
        return fail(ErrorCode::Conflict, "sink {}: another process has its turn, or it is paused",
                    turn.sink);
    }
    return {};
}

Result<std::vector<std::string>> list_names(Connection& connection) {
    std::vector<std::string> names;
    TRY(connection.each("SELECT name FROM sinks WHERE forgotten_at IS NULL ORDER BY name",
                        [&](const Row& row) { names.push_back(row.text(0)); }));
    return names;
}

}  // namespace

Result<void> note(WriteContext& context, const std::string& sink, ConversationId conversation,
                  Again again) {
    TRY(context.connection.run(
        "INSERT INTO outbox (sink, conversation_id, revision, noted_at, again, state) "
        "VALUES (?, ?, 1, ?, ?, 'waiting') ON CONFLICT (sink, conversation_id) DO UPDATE SET "
        "revision = outbox.revision + 1, state = 'waiting', error_code = NULL, "
        "error_message = NULL, "
        "noted_at = CASE WHEN outbox.state = 'waiting' THEN outbox.noted_at "
        "ELSE excluded.noted_at END, "
        "again = CASE WHEN outbox.again = 1 THEN 1 ELSE excluded.again END",
        sink, conversation, context.now, again == Again::Yes));
    return {};
}

Result<void> check_held(WriteContext& context, const SinkTurn& turn) {
    return check_turn(context, turn, "");
}

Result<void> check_open(WriteContext& context, const SinkTurn& turn) {
    return check_turn(context, turn, " AND paused_at IS NULL AND forgotten_at IS NULL");
}

Result<void> note_changed(WriteContext& context, ConversationId conversation) {
    TRY_ASSIGN(const auto names, list_names(context.connection));
    for (const auto& name : names) {
        TRY(note(context, name, conversation, Again::No));
    }
    return {};
}

Result<void> note_removed(WriteContext& context, ConversationId conversation) {
    TRY_ASSIGN(auto names, list_names(context.connection));
    TRY(context.connection.each(
        "SELECT DISTINCT sink FROM deliveries WHERE conversation_id = ?",
        [&](const Row& row) {
            if (std::ranges::find(names, row.view(0)) == names.end()) {
                names.push_back(row.text(0));
            }
        },
        conversation));
    for (const auto& name : names) {
        TRY(note(context, name, conversation, Again::No));
    }
    return {};
}

Result<bool> SqlOutbox::backfill(const SinkTurn& turn, int limit) {
    return writer_.call<bool>([&](WriteContext& context) -> Result<bool> {
        TRY(check_open(context, turn));
        std::optional<ConversationId> after;
        TRY(context.connection.first(
            "SELECT backfill_after FROM sinks WHERE name = ?",
            [&](const Row& row) {
                if (!row.is_null(0)) {
                    after = row.id<ConversationId>(0);
                }
            },
            turn.sink));
        if (!after) {
            return false;
        }
        std::vector<ConversationId> page;
        TRY(context.connection.each(
            "SELECT id FROM conversations WHERE id > ? ORDER BY id LIMIT ?",
            [&](const Row& row) { page.push_back(row.id<ConversationId>(0)); }, *after, limit));
        for (const auto& id : page) {
            TRY(note(context, turn.sink, id, Again::Yes));
        }
        const bool more = std::ssize(page) >= limit;
        TRY(context.connection.run("UPDATE sinks SET backfill_after = ? WHERE name = ?",
                                   more ? std::optional(page.back()) : std::nullopt, turn.sink));
        return more;
    });
}

Result<std::vector<OutboxItem>> SqlOutbox::list_waiting(const std::string& sink, int limit) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<OutboxItem>> {
        std::vector<OutboxItem> items;
        TRY(connection.each(
            "SELECT conversation_id, revision, noted_at, again FROM outbox "
            "WHERE sink = ? AND state = 'waiting' ORDER BY noted_at, conversation_id LIMIT ?",
            [&](const Row& row) {
                items.push_back({.conversation = row.id<ConversationId>(0),
                                 .revision = row.int64(1),
                                 .noted_at = row.time(2),
                                 .again = row.boolean(3)});
            },
            sink, limit));
        for (auto& item : items) {
            TRY(connection.each(
                "SELECT table_name, row_key, days, sha256 FROM deliveries "
                "WHERE conversation_id = ? AND sink = ? ORDER BY table_name, row_key",
                [&](const Row& row) {
                    HeldRow held{
                        .table = row.text(0), .key = row.text(1), .days = split_days(row.view(2))};
                    if (!row.is_null(3)) {
                        held.sha256_hex = to_hex(row.sha256(3));
                    }
                    item.held.push_back(std::move(held));
                },
                item.conversation, sink));
        }
        return items;
    });
}

Result<std::optional<Parcel>> SqlOutbox::find_parcel(ConversationId id) const {
    using Found = std::optional<Parcel>;
    return readers_.with([&](Connection& connection) -> Result<Found> {
        TRY_ASSIGN(auto row, read_conversation(connection, id));
        if (!row) {
            return Found();
        }
        Parcel parcel{.row = std::move(*row)};
        TRY(connection.each(
            "SELECT id, stored_at FROM recordings "
            "WHERE conversation_id = ? AND stored_at IS NOT NULL",
            [&](const Row& recording) {
                parcel.stored_at[recording.id<RecordingId>(0)] = recording.time(1);
            },
            id));
        TRY_ASSIGN(parcel.transcript, read_transcript(connection, id));
        TRY_ASSIGN(parcel.audits, read_current_audits(connection, id));
        return Found(std::move(parcel));
    });
}

Result<void> SqlOutbox::begin(const SinkTurn& turn, const std::vector<SentRow>& rows) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(check_open(context, turn));
        for (auto sent : rows) {
            sent.row.sha256_hex = std::nullopt;
            TRY(put_delivery(context, turn.sink, sent));
        }
        return {};
    });
}

Result<void> SqlOutbox::settle(const SinkTurn& turn, const Settled& settled) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(check_held(context, turn));
        for (const auto& sent : settled.put) {
            TRY(put_delivery(context, turn.sink, sent));
        }
        for (const auto& row : settled.removed) {
            TRY(context.connection.run(
                "DELETE FROM deliveries WHERE sink = ? AND table_name = ? AND row_key = ?",
                turn.sink, row.table, row.key));
        }
        for (const auto& item : settled.done) {
            TRY(end_item(context, turn.sink, item));
        }
        TRY(context.connection.run(
            "UPDATE sinks SET failures = 0, next_at = NULL, error_code = NULL, "
            "error_message = NULL, delivered_at = ?, delivered_rows = delivered_rows + ? "
            "WHERE name = ?",
            context.now, std::ssize(settled.put) + std::ssize(settled.removed), turn.sink));
        return {};
    });
}

Result<void> SqlOutbox::set_aside(const SinkTurn& turn, const OutboxItem& item, OutboxState state,
                                  const Error& error) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(check_held(context, turn));
        TRY(
            context.connection.run("UPDATE outbox SET state = ?, error_code = ?, error_message = ? "
                                   "WHERE sink = ? AND conversation_id = ? AND revision = ?",
                                   format(state), faces_of(error.code).name, error.message,
                                   turn.sink, item.conversation, item.revision));
        return {};
    });
}

Result<std::int64_t> SqlOutbox::count_waiting(ConversationId id) const {
    return readers_.with([&](Connection& connection) -> Result<std::int64_t> {
        std::int64_t count = 0;
        TRY(connection.first(
            "SELECT count(*) FROM outbox WHERE conversation_id = ?",
            [&](const Row& row) { count = row.int64(0); }, id));
        return count;
    });
}

}  // namespace oidor::store::sql

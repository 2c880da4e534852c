// Sinks as rows: which there are, whose turn it is, and what operators do to them.
#include <algorithm>

#include <fmt/format.h>

#include "store/sql/outbox.hpp"
#include "store/sql/outbox_rows.hpp"

namespace oidor::store::sql {
namespace {

constexpr int kPage = 500;

/// What is there of a sink that is to be registered.
struct Registered {
    bool there = false;
    bool forgotten = false;
    std::string fingerprint = {};
};

Result<Registered> find_registered(Connection& connection, const std::string& name) {
    Registered found;
    TRY_ASSIGN(found.there, connection.first(
                                "SELECT forgotten_at, fingerprint FROM sinks WHERE name = ?",
                                [&](const Row& row) {
                                    found.forgotten = !row.is_null(0);
                                    found.fingerprint = row.text(1);
                                },
                                name));
    return found;
}

bool is_as_wanted(const Registered& found, const SinkEntry& sink) {
    return found.there && !found.forgotten && found.fingerprint == sink.fingerprint;
}

Result<void> register_sink(WriteContext& context, const SinkEntry& sink) {
    auto& connection = context.connection;
    TRY_ASSIGN(const auto before, find_registered(connection, sink.name));
    if (is_as_wanted(before, sink)) {
        return {};
    }
    if (!connection.lock_clause().empty()) {
        // A write under way that saw the list of sinks without this one would be missed: from here
        // on there is none.
        TRY(connection.run("LOCK TABLE sinks IN ACCESS EXCLUSIVE MODE"));
    }
    TRY_ASSIGN(const auto found, find_registered(connection, sink.name));
    if (is_as_wanted(found, sink)) {
        return {};
    }
    const auto start = sink.wants_past ? std::optional(ConversationId{}) : std::nullopt;
    TRY(connection.run(
        "INSERT INTO sinks (name, kind, fingerprint, since_at, backfill_after, lease, failures, "
        "delivered_rows) VALUES (?, ?, ?, ?, ?, 0, 0, 0) ON CONFLICT (name) DO UPDATE SET "
        "kind = excluded.kind, fingerprint = excluded.fingerprint, forgotten_at = NULL, "
        "backfill_after = excluded.backfill_after, failures = 0, next_at = NULL",
        sink.name, sink.kind, sink.fingerprint, context.now, start));
    return {};
}

Failure no_sink(const std::string& name) {
    return fail(ErrorCode::NotFound,
                "sink {}: there is none: oidor deliver --status lists them; a new one is known "
                "once a worker has started with it",
                name);
}

SinkStatus to_status(const Row& row) {
    return {.name = row.text(0),
            .kind = row.text(1),
            .forgotten = !row.is_null(2),
            .backfilling = !row.is_null(3),
            .paused_at = row.optional_time(4),
            .rows_delivered = row.int64(5),
            .delivered_at = row.optional_time(6),
            .failures = row.int32(7),
            .next_at = row.optional_time(8),
            .error_code = row.optional_text(9),
            .error_message = row.optional_text(10)};
}

Result<void> read_waiting(Connection& connection, SinkStatus& sink) {
    return connection.each(
        "SELECT state, count(*), min(noted_at) FROM outbox WHERE sink = ? GROUP BY state",
        [&](const Row& row) {
            switch (parse_outbox_state(row.view(0)).value_or(OutboxState::Refused)) {
                case OutboxState::Waiting:
                    sink.waiting = row.int64(1);
                    sink.oldest_at = row.optional_time(2);
                    break;
                case OutboxState::Refused: sink.refused = row.int64(1); break;
                case OutboxState::NeedsAttention: sink.needs_attention = row.int64(1); break;
            }
        },
        sink.name);
}

}  // namespace

Result<void> SqlOutbox::register_sinks(const std::vector<SinkEntry>& sinks) {
    for (const auto& sink : sinks) {
        TRY(writer_.call<void>(
            [&](WriteContext& context) { return register_sink(context, sink); }));
    }
    return {};
}

Result<std::vector<SinkStatus>> SqlOutbox::list_sinks() const {
    return readers_.with([](Connection& connection) -> Result<std::vector<SinkStatus>> {
        std::vector<SinkStatus> sinks;
        TRY(connection.each(
            "SELECT name, kind, forgotten_at, backfill_after, paused_at, delivered_rows, "
            "delivered_at, failures, next_at, error_code, error_message FROM sinks ORDER BY name",
            [&](const Row& row) { sinks.push_back(to_status(row)); }));
        for (auto& sink : sinks) {
            TRY(read_waiting(connection, sink));
        }
        return sinks;
    });
}

Result<std::int64_t> SqlOutbox::count_held(const std::string& sink) const {
    return readers_.with([&](Connection& connection) -> Result<std::int64_t> {
        std::int64_t count = 0;
        TRY(connection.first(
            "SELECT count(*) FROM deliveries WHERE sink = ?",
            [&](const Row& row) { count = row.int64(0); }, sink));
        return count;
    });
}

Result<SinkGlance> SqlOutbox::glance(const std::string& sink, int enough) const {
    return readers_.with([&](Connection& connection) -> Result<SinkGlance> {
        SinkGlance glance;
        TRY(connection.first(
            "SELECT forgotten_at IS NULL AND paused_at IS NULL, next_at, backfill_after "
            "FROM sinks WHERE name = ?",
            [&](const Row& row) {
                glance.ready = row.boolean(0);
                glance.next_at = row.optional_time(1);
                glance.backfilling = !row.is_null(2);
            },
            sink));
        if (!glance.ready) {
            return glance;
        }
        TRY(connection.first(
            "SELECT count(*) FROM (SELECT noted_at FROM outbox WHERE sink = ? "
            "AND state = 'waiting' LIMIT ?) AS counted",
            [&](const Row& row) { glance.waiting = row.int64(0); }, sink, enough));
        TRY(connection.first(
            "SELECT min(noted_at) FROM outbox WHERE sink = ? AND state = 'waiting'",
            [&](const Row& row) { glance.oldest_at = row.optional_time(0); }, sink));
        return glance;
    });
}

Result<std::optional<SinkTurn>> SqlOutbox::take_turn(const std::string& sink,
                                                     std::chrono::milliseconds lease) {
    using Taken = std::optional<SinkTurn>;
    return writer_.call<Taken>([&](WriteContext& context) -> Result<Taken> {
        TRY_ASSIGN(const auto changed,
                   context.connection.run(
                       "UPDATE sinks SET lease = lease + 1, lease_until = ?1 WHERE name = ?2 "
                       "AND forgotten_at IS NULL AND paused_at IS NULL "
                       "AND (lease_until IS NULL OR lease_until <= ?3)",
                       context.now + lease, sink, context.now));
        if (changed == 0) {
            return Taken();
        }
        SinkTurn turn{.sink = sink};
        TRY(context.connection.first(
            "SELECT lease, backfill_after FROM sinks WHERE name = ?",
            [&](const Row& row) {
                turn.lease = row.int64(0);
                turn.backfilling = !row.is_null(1);
            },
            sink));
        return Taken(std::move(turn));
    });
}

Result<void> SqlOutbox::prolong(const SinkTurn& turn, std::chrono::milliseconds lease) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(check_open(context, turn));
        TRY(context.connection.run("UPDATE sinks SET lease_until = ? WHERE name = ?",
                                   context.now + lease, turn.sink));
        return {};
    });
}

Result<void> SqlOutbox::end_turn(const SinkTurn& turn) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run(
            "UPDATE sinks SET lease_until = NULL WHERE name = ? AND lease = ?", turn.sink,
            turn.lease));
        return {};
    });
}

Result<int> SqlOutbox::put_failure(const SinkTurn& turn, const Error& error, Timestamp next_at) {
    return writer_.call<int>([&](WriteContext& context) -> Result<int> {
        TRY(check_held(context, turn));
        TRY(context.connection.run(
            "UPDATE sinks SET failures = failures + 1, next_at = ?, error_code = ?, "
            "error_message = ?, lease_until = NULL WHERE name = ?",
            next_at, faces_of(error.code).name, error.message, turn.sink));
        int failures = 0;
        TRY(context.connection.first(
            "SELECT failures FROM sinks WHERE name = ?",
            [&](const Row& row) { failures = row.int32(0); }, turn.sink));
        return failures;
    });
}

Result<std::int64_t> SqlOutbox::deliver_again(const std::string& sink,
                                              const std::optional<std::string>& from_day,
                                              const std::optional<std::string>& to_day) {
    const auto sql =
        fmt::format("SELECT id FROM conversations WHERE id > ?{}{} ORDER BY id LIMIT {}",
                    from_day ? " AND day >= ?" : "", to_day ? " AND day <= ?" : "", kPage);
    ConversationId after;
    std::int64_t count = 0;
    for (;;) {
        std::vector<Param> params = {to_param(after)};
        for (const auto* day : {&from_day, &to_day}) {
            if (*day) {
                params.push_back(to_param(**day));
            }
        }
        std::vector<ConversationId> page;
        TRY(readers_.with([&](Connection& connection) -> Result<void> {
            page.clear();
            return connection.each_of(
                sql, params, [&](const Row& row) { page.push_back(row.id<ConversationId>(0)); });
        }));
        const auto noted = writer_.call<void>([&](WriteContext& context) -> Result<void> {
            TRY_ASSIGN(const auto found, find_registered(context.connection, sink));
            if (!found.there || found.forgotten) {
                return no_sink(sink);
            }
            for (const auto& id : page) {
                TRY(note(context, sink, id, Again::Yes));
            }
            return {};
        });
        TRY(noted);
        count += std::ssize(page);
        if (std::ssize(page) < kPage) {
            return count;
        }
        after = page.back();
    }
}

Result<std::int64_t> SqlOutbox::retry(const std::string& sink) {
    return writer_.call<std::int64_t>([&](WriteContext& context) -> Result<std::int64_t> {
        TRY_ASSIGN(const auto changed,
                   context.connection.run("UPDATE sinks SET next_at = NULL WHERE name = ?", sink));
        if (changed == 0) {
            return no_sink(sink);
        }
        return context.connection.run(
            "UPDATE outbox SET state = 'waiting', again = 1, revision = revision + 1, "
            "noted_at = ?, error_code = NULL, error_message = NULL "
            "WHERE sink = ? AND state <> 'waiting'",
            context.now, sink);
    });
}

Result<void> SqlOutbox::pause(const std::string& sink) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const auto changed,
                   context.connection.run(
                       "UPDATE sinks SET paused_at = coalesce(paused_at, ?) WHERE name = ?",
                       context.now, sink));
        return changed == 0 ? Result<void>(no_sink(sink)) : Result<void>();
    });
}

Result<void> SqlOutbox::resume(const std::string& sink) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const auto changed,
                   context.connection.run(
                       "UPDATE sinks SET paused_at = NULL, next_at = NULL WHERE name = ?", sink));
        return changed == 0 ? Result<void>(no_sink(sink)) : Result<void>();
    });
}

Result<void> SqlOutbox::forget(const std::string& sink) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(
            const auto changed,
            context.connection.run("UPDATE sinks SET forgotten_at = coalesce(forgotten_at, ?), "
                                   "backfill_after = NULL WHERE name = ?",
                                   context.now, sink));
        if (changed == 0) {
            return no_sink(sink);
        }
        // What is to be removed there stays known, should the sink come back.
        TRY(context.connection.run(
            "DELETE FROM outbox WHERE sink = ? AND EXISTS "
            "(SELECT 1 FROM conversations c WHERE c.id = outbox.conversation_id)",
            sink));
        return {};
    });
}

}  // namespace oidor::store::sql

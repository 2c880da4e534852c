#include "store/sql/blob_references.hpp"

#include <algorithm>

#include "store/sql/erasure.hpp"
#include "store/sql/queue.hpp"

namespace oidor::store::sql {
namespace {

/// Longer than any blob is on its way from its hash to its row.
constexpr std::chrono::hours kClaimLife{24};

Blob bytes_of(const Uuid& id) {
    return Blob{{reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}};
}

struct Check {
    bool removing = false;
    Timestamp at = {};
};

/// Locks the check of a blob; nothing when there is none.
Result<std::optional<Check>> lock_check(WriteContext& context, const Sha256& content) {
    std::optional<Check> check;
    TRY(context.connection.first(
        fmt::format("SELECT state, check_at FROM blob_checks WHERE sha256 = ?{}",
                    context.connection.lock_clause()),
        [&](const Row& row) {
            check = Check{.removing = row.view(0) == "removing", .at = row.time(1)};
        },
        content));
    return check;
}

Result<void> refuse_while_removed(const std::optional<Check>& check) {
    if (check && check->removing) {
        Error error{.code = ErrorCode::Unavailable,
                    .message = "blob: the same content is being removed; again in a moment",
                    .retry_after = std::chrono::seconds(1)};
        return fail(std::move(error));
    }
    return {};
}

/// What refers to a blob, seen in one statement: a claim becomes a row in one transaction, and
/// must not be missed in between.
struct References {
    bool rows = false;
    std::optional<Timestamp> claimed_until = {};
};
Result<References> find_references(Connection& connection, const Sha256& content, Timestamp now) {
    References found;
    TRY(connection.first(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM recordings WHERE sha256 = ?1) "
        "OR EXISTS (SELECT 1 FROM event_blobs WHERE sha256 = ?1) THEN 1 ELSE 0 END, "
        "(SELECT max(until_at) FROM blob_claims WHERE sha256 = ?1 AND until_at > ?2)",
        [&](const Row& row) {
            found.rows = row.boolean(0);
            found.claimed_until = row.optional_time(1);
        },
        content, now));
    return found;
}

}  // namespace

Result<void> check_blob_at(WriteContext& context, const Sha256& content, Timestamp at) {
    TRY(context.connection.run(
        "INSERT INTO blob_checks (sha256, state, check_at) VALUES (?, 'waiting', ?) "
        "ON CONFLICT (sha256) DO UPDATE SET check_at = CASE "
        "WHEN blob_checks.check_at < excluded.check_at THEN blob_checks.check_at "
        "ELSE excluded.check_at END",
        content, at));
    return {};
}

Result<void> refer_to_blob(WriteContext& context, const Sha256& content, const Uuid& owner) {
    TRY_ASSIGN(const auto check, lock_check(context, content));
    TRY(refuse_while_removed(check));
    TRY(context.connection.run("DELETE FROM blob_claims WHERE sha256 = ? AND owner = ?", content,
                               bytes_of(owner)));
    return {};
}

Result<void> keep_event_blob(WriteContext& context, ConversationId conversation,
                             const NewEvent& event) {
    TRY(refer_to_blob(context, *event.blob, event.blob_owner));
    TRY(context.connection.run(
        "INSERT INTO event_blobs (conversation_id, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING",
        conversation, *event.blob));
    return {};
}

Result<void> SqlErasure::claim_blob(const Sha256& content, const Uuid& owner) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        // The row is there first: whoever decides about the removal waits for its lock.
        TRY(check_blob_at(context, content, context.now + kClaimLife));
        TRY_ASSIGN(const auto check, lock_check(context, content));
        TRY(refuse_while_removed(check));
        TRY(context.connection.run(
            "INSERT INTO blob_claims (sha256, owner, until_at) VALUES (?, ?, ?) "
            "ON CONFLICT (sha256, owner) DO UPDATE SET until_at = excluded.until_at",
            content, bytes_of(owner), Timestamp(context.now + kClaimLife)));
        return {};
    });
}

Result<void> SqlErasure::release_blob(const Sha256& content, const Uuid& owner) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(check_blob_at(context, content, context.now));
        TRY(context.connection.run("DELETE FROM blob_claims WHERE sha256 = ? AND owner = ?",
                                   content, bytes_of(owner)));
        return enqueue_job(context, kRemoveBlobsJob, kRemoveBlobsKey, 0, context.now);
    });
}

Result<std::vector<Sha256>> SqlErasure::list_unchecked_blobs(int limit) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<Sha256>> {
        std::vector<Sha256> blobs;
        TRY(connection.each(
            "SELECT sha256 FROM blob_checks WHERE check_at <= ? ORDER BY check_at, sha256 LIMIT ?",
            [&](const Row& row) { blobs.push_back(row.sha256(0)); }, clock_.now(),
            std::clamp(limit, 1, 500)));
        return blobs;
    });
}

Result<bool> SqlErasure::begin_removal(const Sha256& content) {
    return writer_.call<bool>([&](WriteContext& context) -> Result<bool> {
        TRY_ASSIGN(const auto check, lock_check(context, content));
        if (!check || (check->removing && check->at > context.now)) {
            return false;
        }
        References references;
        if (!check->removing) {
            // Otherwise it is decided, by somebody who did not live to the end of it.
            TRY_ASSIGN(references, find_references(context.connection, content, context.now));
        }
        if (references.claimed_until) {
            TRY(context.connection.run("UPDATE blob_checks SET check_at = ? WHERE sha256 = ?",
                                       *references.claimed_until, content));
            return false;
        }
        TRY(context.connection.run("DELETE FROM blob_claims WHERE sha256 = ?", content));
        if (references.rows) {
            TRY(context.connection.run("DELETE FROM blob_checks WHERE sha256 = ?", content));
            return false;
        }
        TRY(context.connection.run(
            "UPDATE blob_checks SET state = 'removing', check_at = ? WHERE sha256 = ?",
            Timestamp(context.now + kRemovalWithin), content));
        return true;
    });
}

Result<void> SqlErasure::end_removal(const Sha256& content) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run(
            "DELETE FROM blob_checks WHERE sha256 = ? AND state = 'removing'", content));
        return {};
    });
}

Result<void> SqlErasure::put_off_removal(const Sha256& content) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(
            context.connection.run("UPDATE blob_checks SET state = 'waiting', check_at = ? "
                                   "WHERE sha256 = ? AND state = 'removing'",
                                   context.now, content));
        return {};
    });
}

Result<std::int64_t> SqlErasure::count_unchecked_blobs() const {
    return readers_.with([&](Connection& connection) -> Result<std::int64_t> {
        std::int64_t count = 0;
        TRY(connection.first(
            "SELECT count(*) FROM blob_checks WHERE check_at <= ? OR state = 'removing'",
            [&](const Row& row) { count = row.int64(0); }, clock_.now()));
        return count;
    });
}

}  // namespace oidor::store::sql

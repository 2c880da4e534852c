#include "store/sql/erasure.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "store/sql/blob_references.hpp"
#include "store/sql/conversation_rows.hpp"
#include "store/sql/outbox.hpp"
#include "store/sql/queue.hpp"
#include "store/sql/speech_records.hpp"

namespace oidor::store {

ErasureCounts& ErasureCounts::operator+=(const ErasureCounts& other) {
    conversations += other.conversations;
    events += other.events;
    recordings += other.recordings;
    transcripts += other.transcripts;
    audits += other.audits;
    blobs += other.blobs;
    return *this;
}

namespace sql {
namespace {

/// Whoever asked finishes it by then; a job does otherwise.
constexpr std::chrono::minutes kScrubAfter{1};

/// Rows that are about to go are locked also against those who only begin to refer to them, which
/// `lock_clause` lets pass.
std::string_view doom_clause(const Connection& connection) {
    return connection.lock_clause().empty() ? "" : " FOR UPDATE";
}

/// What is known of a conversation that is to go.
struct Doomed {
    ConversationId id = {};
    ConversationKey key = {};
    std::optional<std::string> customer_key = {};
};

Result<std::optional<Doomed>> lock_doomed(WriteContext& context, ConversationId id) {
    std::optional<Doomed> doomed;
    TRY(context.connection.first(
        fmt::format("SELECT source, account, channel, external_id, customer_key "
                    "FROM conversations WHERE id = ?{}",
                    doom_clause(context.connection)),
        [&](const Row& row) {
            doomed = Doomed{.id = id,
                            .key = {.source = row.text(0),
                                    .account = row.text(1),
                                    .channel = parse_channel(row.view(2)).value_or(Channel::Voice),
                                    .external_id = row.text(3)},
                            .customer_key = row.optional_text(4)};
        },
        id));
    return doomed;
}

Result<std::vector<Sha256>> list_hashes(Connection& connection, const std::string& sql,
                                        ConversationId id) {
    std::vector<Sha256> hashes;
    TRY(connection.each(
        sql, [&](const Row& row) { hashes.push_back(row.sha256(0)); }, id));
    return hashes;
}

constexpr std::string_view kBlobsOf =
    "SELECT sha256 FROM recordings WHERE conversation_id = ?1 AND sha256 IS NOT NULL "
    "UNION SELECT sha256 FROM event_blobs WHERE conversation_id = ?1";
constexpr std::string_view kTranscriptsOf =
    "SELECT sha256 FROM transcripts WHERE sha256 IN "
    "(SELECT sha256 FROM conversation_transcripts WHERE conversation_id = ?) ORDER BY sha256";

/// Transcripts that only this conversation had. Whoever is about to refer to one waits for its
/// lock, and stores it again.
Result<std::int64_t> delete_transcripts(WriteContext& context, ConversationId id) {
    auto& connection = context.connection;
    TRY_ASSIGN(
        const auto transcripts,
        list_hashes(connection, fmt::format("{}{}", kTranscriptsOf, doom_clause(connection)), id));
    TRY(connection.run("DELETE FROM conversation_transcripts WHERE conversation_id = ?", id));
    std::int64_t deleted = 0;
    for (const auto& transcript : transcripts) {
        TRY_ASSIGN(const auto count,
                   connection.run("DELETE FROM transcripts WHERE sha256 = ?1 AND NOT EXISTS "
                                  "(SELECT 1 FROM conversation_transcripts WHERE sha256 = ?1)",
                                  transcript));
        deleted += count;
    }
    return deleted;
}

/// The rows of all tables that name a conversation go here; a new table adds its line.
Result<ErasureCounts> delete_rows(WriteContext& context, const Doomed& doomed,
                                  const std::vector<Sha256>& blobs) {
    auto& connection = context.connection;
    const auto& id = doomed.id;
    ErasureCounts counts;
    TRY_ASSIGN(counts.audits, connection.run("DELETE FROM audits WHERE conversation_id = ?", id));
    TRY(connection.run("DELETE FROM model_answers WHERE conversation_id = ?", id));
    TRY(connection.run("DELETE FROM model_chats WHERE conversation_id = ?", id));
    TRY_ASSIGN(counts.transcripts, delete_transcripts(context, id));
    TRY(connection.run("DELETE FROM participations WHERE conversation_id = ?", id));
    TRY_ASSIGN(counts.recordings,
               connection.run("DELETE FROM recordings WHERE conversation_id = ?", id));
    TRY(forget_hearing(context, id, blobs));
    TRY(connection.run("DELETE FROM event_blobs WHERE conversation_id = ?", id));
    TRY_ASSIGN(counts.events, connection.run("DELETE FROM events WHERE conversation_id = ?", id));
    TRY(connection.run("DELETE FROM holds WHERE conversation_id = ?", id));
    // A list of the source's own would go on naming it as missing.
    TRY(connection.run(
        "DELETE FROM announcements WHERE source = ? AND account = ? AND external_id = ?",
        doomed.key.source, doomed.key.account, doomed.key.external_id));
    TRY(note_removed(context, id));
    TRY_ASSIGN(counts.conversations, connection.run("DELETE FROM conversations WHERE id = ?", id));
    return counts;
}

Result<std::int64_t> check_blobs(WriteContext& context, const std::vector<Sha256>& blobs) {
    std::int64_t lost = 0;
    for (const auto& blob : blobs) {
        TRY_ASSIGN(const bool kept, context.connection.first(
                                        "SELECT 1 FROM recordings WHERE sha256 = ?1 "
                                        "UNION ALL SELECT 1 FROM event_blobs WHERE sha256 = ?1",
                                        [](const Row&) {}, blob));
        lost += kept ? 0 : 1;
        TRY(check_blob_at(context, blob, context.now));
    }
    return lost;
}

Error held_error(std::string_view what, const std::vector<HoldRow>& holds) {
    return {.code = ErrorCode::Conflict,
            .message = fmt::format("erase: {}: hold {} keeps it; oidor hold list shows the reason",
                                   what, holds.front().id.text()),
            .retry_after = {}};
}

Result<void> refuse_held(WriteContext& context, const Doomed& doomed) {
    TRY_ASSIGN(const auto holds, find_holds(context.connection, doomed.id, doomed.customer_key));
    return holds.empty()
               ? Result<void>()
               : fail(held_error(fmt::format("conversation {}", doomed.id.text()), holds));
}

Result<ErasureCounts> erase_one(WriteContext& context, Seal& seal, const Doomed& doomed,
                                const std::vector<std::string>& job_kinds) {
    auto& connection = context.connection;
    TRY(note_key(context, seal));
    if (const auto hash = seal.find_hash(doomed.key)) {
        TRY(insert_tombstone(context, kConversationTombstone, *hash));
    }
    TRY_ASSIGN(const auto blobs, list_hashes(connection, std::string(kBlobsOf), doomed.id));
    TRY(lock_replies(context, blobs));
    TRY_ASSIGN(auto counts, delete_rows(context, doomed, blobs));
    TRY_ASSIGN(counts.blobs, check_blobs(context, blobs));
    for (const auto& kind : job_kinds) {
        // One that runs now loses its lease: nobody waits for its end.
        TRY(connection.run("DELETE FROM jobs WHERE kind = ? AND key = ?", kind, doomed.id.text()));
    }
    if (!blobs.empty()) {
        TRY(enqueue_job(context, kRemoveBlobsJob, kRemoveBlobsKey, 0, context.now));
    }
    return counts;
}

Result<void> count_subject(Connection& connection, std::string_view conversations,
                           const Param& subject, ErasureCounts& counts) {
    const std::array<Param, 1> params = {subject};
    const auto count = [&](std::int64_t& into, const std::string& sql) -> Result<void> {
        return connection.each_of(sql, params, [&](const Row& row) { into = row.int64(0); });
    };
    const auto in = fmt::format("IN ({})", conversations);
    TRY(count(counts.conversations,
              fmt::format("SELECT count(*) FROM conversations WHERE id {}", in)));
    TRY(count(counts.events,
              fmt::format("SELECT count(*) FROM events WHERE conversation_id {}", in)));
    TRY(count(counts.recordings,
              fmt::format("SELECT count(*) FROM recordings WHERE conversation_id {}", in)));
    TRY(count(counts.audits,
              fmt::format("SELECT count(*) FROM audits WHERE conversation_id {}", in)));
    TRY(count(counts.transcripts,
              fmt::format("SELECT count(DISTINCT t.sha256) FROM conversation_transcripts t "
                          "WHERE t.conversation_id {0} AND NOT EXISTS (SELECT 1 FROM "
                          "conversation_transcripts o WHERE o.sha256 = t.sha256 "
                          "AND o.conversation_id NOT {0})",
                          in)));
    return count(
        counts.blobs,
        fmt::format("SELECT count(*) FROM (SELECT sha256 FROM recordings WHERE conversation_id {0} "
                    "AND sha256 IS NOT NULL UNION SELECT sha256 FROM event_blobs "
                    "WHERE conversation_id {0}) AS b WHERE NOT EXISTS (SELECT 1 FROM recordings r "
                    "WHERE r.sha256 = b.sha256 AND r.conversation_id NOT {0}) AND NOT EXISTS "
                    "(SELECT 1 FROM event_blobs v WHERE v.sha256 = b.sha256 "
                    "AND v.conversation_id NOT {0})",
                    in));
}

ErasureRow to_request(const Row& row) {
    return {.id = row.id<ErasureId>(0),
            .customer_key = row.text(1),
            .requested_by = row.text(2),
            .requested_at = row.time(3)};
}

TombstoneRow to_tombstone(const Row& row) {
    return {.kind = row.text(0), .identity_hash = row.sha256(1), .erased_at = row.time(2)};
}

}  // namespace

Result<SealKeyState> SqlErasure::seal_key_state() const {
    return readers_.with([&](Connection& connection) -> Result<SealKeyState> {
        bool any = false;
        std::set<Sha256> keys;
        TRY_ASSIGN(any, connection.first("SELECT 1 FROM tombstones LIMIT 1", [](const Row&) {}));
        TRY(connection.each("SELECT identity_hash FROM tombstones WHERE kind = 'key'",
                            [&](const Row& row) { keys.insert(row.sha256(0)); }));
        if (!any) {
            return SealKeyState::Unused;
        }
        const auto hash = seal_.find_hash(kKeyTombstone, {});
        if (!hash) {
            return SealKeyState::Missing;
        }
        return keys.contains(*hash) ? SealKeyState::Fits : SealKeyState::Other;
    });
}

Result<ErasurePlan> SqlErasure::plan(const ErasureSubject& subject) const {
    if (subject.conversation.has_value() == subject.customer_key.has_value()) {
        return fail(ErrorCode::Invalid, "erase: a conversation or a customer, not both");
    }
    return readers_.with([&](Connection& connection) -> Result<ErasurePlan> {
        ErasurePlan plan;
        if (subject.customer_key) {
            TRY(count_subject(connection, "SELECT id FROM conversations WHERE customer_key = ?1",
                              to_param(*subject.customer_key), plan.counts));
            TRY_ASSIGN(plan.holds, find_holds(connection, *subject.customer_key));
            return plan;
        }
        const auto id = *subject.conversation;
        TRY(count_subject(connection, "SELECT id FROM conversations WHERE id = ?1", to_param(id),
                          plan.counts));
        std::optional<std::string> customer;
        TRY(connection.first(
            "SELECT customer_key FROM conversations WHERE id = ?",
            [&](const Row& row) { customer = row.optional_text(0); }, id));
        TRY_ASSIGN(plan.holds, find_holds(connection, id, customer));
        return plan;
    });
}

Result<ErasureId> SqlErasure::request(const std::string& customer_key, const std::string& by,
                                      Timestamp finish_from) {
    TRY(seal_.need());
    return writer_.call<ErasureId>([&](WriteContext& context) -> Result<ErasureId> {
        auto& connection = context.connection;
        TRY_ASSIGN(const auto holds, find_holds(connection, customer_key));
        if (!holds.empty()) {
            return fail(held_error("this customer", holds));
        }
        TRY(note_key(context, seal_));
        if (const auto hash = seal_.find_hash(kCustomerTombstone, {customer_key})) {
            TRY(insert_tombstone(context, kCustomerTombstone, *hash));
        }
        TRY(
            connection.run("INSERT INTO erasures (id, customer_key, requested_by, requested_at) "
                           "VALUES (?, ?, ?, ?) ON CONFLICT (customer_key) DO NOTHING",
                           ErasureId::make(), customer_key, by, context.now));
        ErasureId id;
        TRY(connection.first(
            "SELECT id FROM erasures WHERE customer_key = ?",
            [&](const Row& row) { id = row.id<ErasureId>(0); }, customer_key));
        TRY(enqueue_job(context, kEraseJob, id.text(), 0, finish_from));
        return id;
    });
}

Result<std::optional<ErasureRow>> SqlErasure::find_request(ErasureId id) const {
    return readers_.with([&](Connection& connection) -> Result<std::optional<ErasureRow>> {
        std::optional<ErasureRow> found;
        TRY(connection.first(
            "SELECT id, customer_key, requested_by, requested_at FROM erasures WHERE id = ?",
            [&](const Row& row) { found = to_request(row); }, id));
        return found;
    });
}

Result<std::vector<ErasureRow>> SqlErasure::list_requests() const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<ErasureRow>> {
        std::vector<ErasureRow> rows;
        TRY(
            connection.each("SELECT id, customer_key, requested_by, requested_at FROM erasures "
                            "ORDER BY requested_at, id LIMIT 500",
                            [&](const Row& row) { rows.push_back(to_request(row)); }));
        return rows;
    });
}

Result<void> SqlErasure::end_request(ErasureId id) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run("DELETE FROM erasures WHERE id = ?", id));
        return {};
    });
}

Result<std::vector<ConversationId>> SqlErasure::list_conversations_of(
    const std::string& customer_key, int limit) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<ConversationId>> {
        std::vector<ConversationId> ids;
        TRY(connection.each(
            "SELECT id FROM conversations WHERE customer_key = ? ORDER BY id LIMIT ?",
            [&](const Row& row) { ids.push_back(row.id<ConversationId>(0)); }, customer_key,
            std::clamp(limit, 1, 500)));
        return ids;
    });
}

Result<ErasureCounts> SqlErasure::erase(ConversationId id, ErasureCause cause,
                                        const std::vector<std::string>& job_kinds) {
    TRY(seal_.need());
    return writer_.call<ErasureCounts>([&](WriteContext& context) -> Result<ErasureCounts> {
        TRY_ASSIGN(const auto doomed, lock_doomed(context, id));
        if (!doomed) {
            return ErasureCounts{};
        }
        if (cause != ErasureCause::Restored) {
            TRY(refuse_held(context, *doomed));
        }
        TRY_ASSIGN(const auto counts, erase_one(context, seal_, *doomed, job_kinds));
        if (cause == ErasureCause::Asked) {
            TRY(enqueue_job(context, kScrubJob, kScrubKey, 0, context.now + kScrubAfter));
        }
        return counts;
    });
}

Result<bool> SqlErasure::is_erased(const Conversation& conversation) const {
    return readers_.with([&](Connection& connection) -> Result<bool> {
        TRY_ASSIGN(const bool by_identity, is_tombstoned(connection, seal_, conversation.key));
        if (by_identity || !conversation.customer_key || !seal_.has_key()) {
            return by_identity;
        }
        const auto hash = seal_.find_hash(kCustomerTombstone, {*conversation.customer_key});
        return connection.first(
            "SELECT 1 FROM tombstones WHERE kind = 'customer' AND identity_hash = ? "
            "AND erased_at >= ?",
            [](const Row&) {}, hash, conversation.started_at.value_or(conversation.created_at));
    });
}

Result<std::vector<TombstoneRow>> SqlErasure::list_tombstones(
    const std::optional<TombstoneRow>& after, int limit) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<TombstoneRow>> {
        std::vector<TombstoneRow> rows;
        const auto behind = after.value_or(TombstoneRow{});
        TRY(connection.each(
            "SELECT kind, identity_hash, erased_at FROM tombstones "
            "WHERE (kind, identity_hash) > (?, ?) ORDER BY kind, identity_hash LIMIT ?",
            [&](const Row& row) { rows.push_back(to_tombstone(row)); }, behind.kind,
            behind.identity_hash, std::clamp(limit, 1, 1000)));
        return rows;
    });
}

Result<void> SqlErasure::put_tombstones(const std::vector<TombstoneRow>& rows) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        for (const auto& row : rows) {
            TRY(context.connection.run(
                "INSERT INTO tombstones (kind, identity_hash, erased_at) VALUES (?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                row.kind, row.identity_hash, row.erased_at));
        }
        return {};
    });
}

}  // namespace sql
}  // namespace oidor::store

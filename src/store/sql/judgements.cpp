// Transcripts and audits of conversations.
#include "store/sql/compression.hpp"
#include "store/sql/conversation_rows.hpp"
#include "store/sql/conversations.hpp"
#include "store/sql/outbox.hpp"
#include "store/sql/queue.hpp"

namespace oidor::store::sql {
namespace {

enum class Body { With, Without };

constexpr std::string_view kAuditColumns =
    "a.id, a.participation_id, a.conversation_id, a.scorecard_id, a.scorecard_version, "
    "a.input_sha256, a.is_current, a.auditable, a.reason, a.quality_score, a.quality_category, "
    "a.needs_review, a.created_at, a.criteria_score";

Result<void> read_audits(Connection& connection, ConversationId id, Body body,
                         std::vector<AuditRow>& audits) {
    const auto sql = fmt::format(
        "SELECT {}{} FROM audits a JOIN participations p ON p.id = a.participation_id "
        "WHERE a.conversation_id = ? AND a.is_current = 1 ORDER BY p.position, a.scorecard_id",
        kAuditColumns, body == Body::With ? ", a.size_bytes, a.body" : "");
    Result<void> outcome;
    TRY(connection.each(
        sql,
        [&](const Row& row) {
            AuditRow audit = {.id = row.id<AuditId>(0),
                              .participation = row.id<ParticipationId>(1),
                              .conversation = row.id<ConversationId>(2),
                              .scorecard_id = row.text(3),
                              .scorecard_version = row.int32(4),
                              .input_sha256 = to_hex(row.sha256(5)),
                              .current = row.boolean(6),
                              .auditable = row.boolean(7),
                              .reason = row.optional_text(8),
                              .quality_category = row.optional_text(10),
                              .needs_review = row.boolean(11),
                              .created_at = row.time(12)};
            if (const auto score = row.optional_int64(9)) {
                audit.quality_score = static_cast<int>(*score);
            }
            if (const auto score = row.optional_int64(13)) {
                audit.criteria_score = static_cast<int>(*score);
            }
            if (body == Body::With) {
                auto json = decompress(row.view(15), static_cast<std::size_t>(row.int64(14)));
                if (json) {
                    audit.json = std::move(*json);
                } else {
                    outcome = fail(json.error().within(fmt::format("audit {}", audit.id.text())));
                }
            }
            audits.push_back(std::move(audit));
        },
        id));
    return outcome;
}

/// A transcript ready to be written.
struct PackedTranscript {
    const TranscriptRow& row;
    Sha256 hash = {};
    std::string body = {};
};

/// Where the same transcript lies already, it is kept from going: an erasure may be about to take
/// its last reference.
Result<void> insert_transcript(WriteContext& context, const PackedTranscript& packed) {
    bool there = false;
    for (int run = 0; run < 2 && !there; ++run) {
        TRY(context.connection.run(
            "INSERT INTO transcripts (sha256, body, size_bytes) "
            "VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            packed.hash, Blob{packed.body}, static_cast<std::int64_t>(packed.row.json.size())));
        TRY_ASSIGN(there, context.connection.first(
                              fmt::format("SELECT 1 FROM transcripts WHERE sha256 = ?{}",
                                          context.connection.lock_clause()),
                              [](const Row&) {}, packed.hash));
    }
    return {};
}

/// False when it is the conversation's current one already.
Result<bool> write_transcript(WriteContext& context, ConversationId id,
                              const PackedTranscript& packed) {
    TRY_ASSIGN(const bool found, lock_conversation(context, id));
    if (!found) {
        return fail(ErrorCode::NotFound, "conversation {}: there is none", id.text());
    }
    TRY_ASSIGN(const bool present, context.connection.first(
                                       "SELECT 1 FROM conversation_transcripts WHERE "
                                       "conversation_id = ? AND sha256 = ? AND is_current = 1",
                                       [](const Row&) {}, id, packed.hash));
    if (present) {
        return false;
    }
    TRY(insert_transcript(context, packed));
    TRY(
        context.connection.run("UPDATE conversation_transcripts SET is_current = 0 "
                               "WHERE conversation_id = ? AND is_current = 1",
                               id));
    TRY(context.connection.run(
        "INSERT INTO conversation_transcripts "
        "(conversation_id, sha256, origin, quality_note, is_current, created_at) "
        "VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (conversation_id, sha256) DO UPDATE SET "
        "is_current = 1, origin = excluded.origin, quality_note = excluded.quality_note",
        id, packed.hash, packed.row.origin, packed.row.quality_note, packed.row.created_at));
    if (packed.row.origin == "provided") {
        // What could not be heard needs no hearing any more.
        TRY(
            context.connection.run("UPDATE hearings SET state = 'heard', reason = NULL, "
                                   "updated_at = ? WHERE conversation_id = ?",
                                   context.now, id));
    }
    TRY(context.connection.run("UPDATE conversations SET updated_at = ? WHERE id = ?", context.now,
                               id));
    return true;
}

Result<void> write_audit(WriteContext& context, const AuditRow& audit, const Sha256& input,
                         const std::string& body) {
    TRY(
        context.connection.run("UPDATE audits SET is_current = 0 WHERE participation_id = ? "
                               "AND scorecard_id = ? AND is_current = 1",
                               audit.participation, audit.scorecard_id));
    TRY(context.connection.run(
        "INSERT INTO audits (id, participation_id, conversation_id, scorecard_id, "
        "scorecard_version, input_sha256, is_current, auditable, reason, quality_score, "
        "quality_category, needs_review, body, size_bytes, created_at, criteria_score) "
        "VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (participation_id, scorecard_id, scorecard_version, input_sha256) "
        "DO UPDATE SET is_current = 1, criteria_score = excluded.criteria_score",
        audit.id == AuditId{} ? AuditId::make() : audit.id, audit.participation, audit.conversation,
        audit.scorecard_id, audit.scorecard_version, input, audit.auditable, audit.reason,
        audit.quality_score, audit.quality_category, audit.needs_review, Blob{body},
        static_cast<std::int64_t>(audit.json.size()), audit.created_at, audit.criteria_score));
    return {};
}

}  // namespace

Result<bool> SqlConversations::put_transcript(ConversationId id, const TranscriptRow& transcript,
                                              const std::vector<JobSpec>& jobs) {
    PackedTranscript packed{.row = transcript};
    TRY_ASSIGN(packed.hash, read_hash(transcript.sha256_hex, "transcript"));
    TRY_ASSIGN(packed.body, compress(transcript.json));
    return writer_.call<bool>([&](WriteContext& context) -> Result<bool> {
        TRY_ASSIGN(const bool changed, write_transcript(context, id, packed));
        if (changed) {
            TRY(note_changed(context, id));
            TRY(enqueue_jobs(context, jobs));
        }
        return changed;
    });
}

Result<std::optional<TranscriptRow>> read_transcript(Connection& connection, ConversationId id) {
    std::optional<TranscriptRow> transcript;
    Result<std::string> json = std::string();
    TRY(connection.first(
        "SELECT t.sha256, t.size_bytes, t.body, c.origin, c.quality_note, c.created_at "
        "FROM conversation_transcripts c JOIN transcripts t ON t.sha256 = c.sha256 "
        "WHERE c.conversation_id = ? AND c.is_current = 1",
        [&](const Row& row) {
            json = decompress(row.view(2), static_cast<std::size_t>(row.int64(1)));
            transcript = TranscriptRow{.sha256_hex = to_hex(row.sha256(0)),
                                       .origin = row.text(3),
                                       .quality_note = row.optional_text(4),
                                       .created_at = row.time(5)};
        },
        id));
    if (transcript && !json) {
        return fail(json.error().within(fmt::format("transcript {}", transcript->sha256_hex)));
    }
    if (transcript) {
        transcript->json = std::move(*json);
    }
    return transcript;
}

Result<std::vector<AuditRow>> read_current_audits(Connection& connection, ConversationId id) {
    std::vector<AuditRow> audits;
    TRY(read_audits(connection, id, Body::With, audits));
    return audits;
}

Result<std::optional<TranscriptRow>> SqlConversations::find_transcript(ConversationId id) const {
    return readers_.with([&](Connection& connection) { return read_transcript(connection, id); });
}

Result<void> SqlConversations::put_audit(const AuditRow& audit, ConversationState state,
                                         std::optional<std::string> reason) {
    TRY_ASSIGN(const auto input, read_hash(audit.input_sha256, "audit"));
    TRY_ASSIGN(const auto body, compress(audit.json));
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(lock_conversation(context, audit.conversation));
        TRY_ASSIGN(const bool found,
                   context.connection.first(
                       "SELECT 1 FROM participations WHERE id = ? AND conversation_id = ?",
                       [](const Row&) {}, audit.participation, audit.conversation));
        if (!found) {
            return fail(ErrorCode::NotFound, "participation {}: there is none in conversation {}",
                        audit.participation.text(), audit.conversation.text());
        }
        TRY(write_audit(context, audit, input, body));
        TRY(context.connection.run(
            "UPDATE conversations SET state = ?, reason = ?, updated_at = ? WHERE id = ?",
            format(state), reason, context.now, audit.conversation));
        return note_changed(context, audit.conversation);
    });
}

Result<std::vector<AuditRow>> SqlConversations::list_audits(ConversationId id) const {
    return readers_.with(
        [&](Connection& connection) { return read_current_audits(connection, id); });
}

Result<std::vector<AuditRow>> SqlConversations::list_audit_summaries(
    const std::vector<ConversationId>& ids) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<AuditRow>> {
        std::vector<AuditRow> audits;
        for (const auto& id : ids) {
            TRY(read_audits(connection, id, Body::Without, audits));
        }
        return audits;
    });
}

}  // namespace oidor::store::sql

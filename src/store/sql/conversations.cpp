#include "store/sql/conversations.hpp"

#include <algorithm>

#include "store/sql/blob_references.hpp"
#include "store/sql/conversation_filter.hpp"
#include "store/sql/conversation_rows.hpp"
#include "store/sql/outbox.hpp"
#include "store/sql/queue.hpp"

namespace oidor::store::sql {
namespace {

constexpr int kPageMax = 500;

FilterQuery make_page_query(const ConversationFilter& filter,
                            const std::optional<ConversationCursor>& after, int limit) {
    FilterQuery query;
    query.sql = fmt::format("SELECT {} FROM conversations c WHERE 1 = 1", kConversationColumns);
    query.add_filter(filter);
    if (after) {
        query.add("(c.listed_at, c.id) < (?, ", after->at.time_since_epoch().count());
        query.sql += "?)";
        query.values.emplace_back(after->id);
    }
    query.sql += " ORDER BY c.listed_at DESC, c.id DESC LIMIT ?";
    query.values.emplace_back(std::int64_t{std::clamp(limit, 1, kPageMax)});
    return query;
}

template <typename IdType>
Result<std::optional<ConversationRow>> find_by_part(Connection& connection, std::string_view sql,
                                                    IdType part) {
    ConversationId id;
    TRY_ASSIGN(const bool found,
               connection.first(
                   sql, [&](const Row& row) { id = row.id<ConversationId>(0); }, part));
    if (!found) {
        return std::optional<ConversationRow>();
    }
    return read_conversation(connection, id);
}

Result<void> set_state(WriteContext& context, ConversationId id, ConversationState state,
                       const std::optional<std::string>& reason) {
    // What is judged stays judged: a step that gives up late must not hide the audit of another.
    TRY_ASSIGN(
        const auto changed,
        context.connection.run(
            "UPDATE conversations SET "
            "reason = CASE WHEN state IN ('audited', 'not_auditable') THEN reason ELSE ? END, "
            "state = CASE WHEN state IN ('audited', 'not_auditable') THEN state ELSE ? END, "
            "updated_at = ? WHERE id = ?",
            reason, format(state), context.now, id));
    if (changed == 0) {
        return fail(ErrorCode::NotFound, "conversation {}: there is none", id.text());
    }
    return {};
}

Result<void> write_recording(WriteContext& context, const Recording& recording) {
    std::optional<RecordingState> present;
    ConversationId conversation;
    TRY(context.connection.first(
        fmt::format("SELECT state, conversation_id FROM recordings WHERE id = ?{}",
                    context.connection.lock_clause()),
        [&](const Row& row) {
            present = parse_recording_state(row.view(0));
            conversation = row.id<ConversationId>(1);
        },
        recording.id));
    if (!present) {
        return fail(ErrorCode::NotFound, "recording {}: there is none", recording.id.text());
    }
    if (*present == RecordingState::Stored && recording.state != RecordingState::Stored) {
        return {};
    }
    TRY_ASSIGN(const auto content, content_of(recording, context.now));
    if (content.hash && recording.state == RecordingState::Stored) {
        TRY(refer_to_blob(context, *content.hash, recording.id.uuid));
    }
    TRY(context.connection.run(
        "UPDATE recordings SET state = ?, reason = ?, sha256 = ?, media_type = ?, size_bytes = ?, "
        "duration_ms = ?, channels = ?, analysis_json = ?, stored_at = coalesce(stored_at, ?) "
        "WHERE id = ?",
        format(recording.state), recording.reason, content.hash, recording.media_type,
        recording.size_bytes, content.duration_ms, recording.channels, recording.analysis_json,
        content.stored_at, recording.id));
    return note_changed(context, conversation);
}

}  // namespace

Result<ConversationId> SqlConversations::identify(const ConversationKey& key) {
    return writer_.call<ConversationId>([&](WriteContext& context) -> Result<ConversationId> {
        TRY_ASSIGN(const auto conversation, sql::identify(context, seal_, key));
        if (conversation.erased) {
            return fail(ErrorCode::Conflict,
                        "the conversation was erased: nothing is kept of it any more");
        }
        return conversation.id;
    });
}

Result<std::optional<ConversationRow>> SqlConversations::find_conversation(
    ConversationId id) const {
    return readers_.with([&](Connection& connection) { return read_conversation(connection, id); });
}

Result<std::vector<ConversationRow>> SqlConversations::list_conversations(
    const ConversationFilter& filter, std::optional<ConversationCursor> after, int limit) const {
    const auto query = make_page_query(filter, after, limit);
    return readers_.with([&](Connection& connection) -> Result<std::vector<ConversationRow>> {
        std::vector<ConversationRow> rows;
        TRY(connection.each_of(query.sql, query.params(), [&](const Row& row) {
            rows.push_back({.conversation = to_conversation(row)});
        }));
        for (auto& row : rows) {
            TRY(read_parts(connection, row));
        }
        return rows;
    });
}

Result<std::optional<ConversationRow>> SqlConversations::find_conversation_of(
    RecordingId recording) const {
    return readers_.with([&](Connection& connection) {
        return find_by_part(connection, "SELECT conversation_id FROM recordings WHERE id = ?",
                            recording);
    });
}

Result<std::optional<ConversationRow>> SqlConversations::find_conversation_of(
    ParticipationId participation) const {
    return readers_.with([&](Connection& connection) {
        return find_by_part(connection, "SELECT conversation_id FROM participations WHERE id = ?",
                            participation);
    });
}

Result<std::vector<StateCount>> SqlConversations::count_states() const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<StateCount>> {
        std::vector<StateCount> counts;
        std::int64_t open = 0;
        TRY(connection.first("SELECT count(*) FROM conversations",
                             [&](const Row& row) { open = row.int64(0); }));
        TRY(connection.each(
            "SELECT state, count(*) FROM conversations WHERE state <> 'open' GROUP BY state",
            [&](const Row& row) {
                counts.push_back(
                    {.state =
                         parse_conversation_state(row.view(0)).value_or(ConversationState::Failed),
                     .count = row.int64(1)});
                open -= counts.back().count;
            }));
        if (open > 0) {
            counts.push_back({.state = ConversationState::Open, .count = open});
        }
        return counts;
    });
}

Result<std::vector<std::string>> SqlConversations::list_days(int limit) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<std::string>> {
        // One look into the index per day, not one per conversation.
        std::vector<std::string> days;
        std::string before = "9999-99-99";
        while (std::ssize(days) < std::clamp(limit, 1, kPageMax)) {
            std::optional<std::string> day;
            TRY(connection.first(
                "SELECT max(day) FROM conversations WHERE day IS NOT NULL AND day < ?",
                [&](const Row& row) { day = row.optional_text(0); }, before));
            if (!day) {
                break;
            }
            before = *day;
            days.push_back(std::move(*day));
        }
        return days;
    });
}

Result<std::vector<ConversationId>> SqlConversations::list_ids(std::optional<ConversationId> after,
                                                               int limit) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<ConversationId>> {
        std::vector<ConversationId> ids;
        TRY(connection.each(
            "SELECT id FROM conversations WHERE id > ? ORDER BY id LIMIT ?",
            [&](const Row& row) { ids.push_back(row.id<ConversationId>(0)); },
            after.value_or(ConversationId{}), std::clamp(limit, 1, 10'000)));
        return ids;
    });
}

Result<ConversationRow> SqlConversations::merge(const MappedConversation& mapped,
                                                const std::vector<JobSpec>& jobs) {
    return writer_.call<ConversationRow>([&](WriteContext& context) -> Result<ConversationRow> {
        TRY(merge_mapped(context, mapped));
        TRY(note_changed(context, mapped.conversation.id));
        TRY(enqueue_jobs(context, jobs));
        TRY_ASSIGN(auto row, read_conversation(context.connection, mapped.conversation.id));
        return std::move(*row);
    });
}

Result<void> SqlConversations::put_state(ConversationId id, ConversationState state,
                                         std::optional<std::string> reason,
                                         const std::vector<JobSpec>& jobs) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(set_state(context, id, state, reason));
        return enqueue_jobs(context, jobs);
    });
}

Result<void> SqlConversations::put_recording(const Recording& recording,
                                             const std::vector<JobSpec>& jobs) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(write_recording(context, recording));
        return enqueue_jobs(context, jobs);
    });
}

}  // namespace oidor::store::sql

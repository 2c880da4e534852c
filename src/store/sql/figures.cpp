// Conversations, recordings and audits, counted where they lie.
#include "store/sql/conversation_filter.hpp"
#include "store/sql/conversations.hpp"

namespace oidor::store::sql {

Result<std::vector<ConversationCount>> SqlConversations::count_conversations(
    const ConversationFilter& filter) const {
    FilterQuery query{
        .sql =
            "SELECT c.state, c.reason, CASE WHEN EXISTS (SELECT 1 FROM recordings r WHERE "
            "r.conversation_id = c.id AND r.state = 'stored') THEN 1 ELSE 0 END, count(*) "
            "FROM conversations c WHERE 1 = 1"};
    query.add_filter(filter);
    query.sql += " GROUP BY 1, 2, 3";
    return readers_.with([&](Connection& connection) -> Result<std::vector<ConversationCount>> {
        std::vector<ConversationCount> counts;
        TRY(connection.each_of(query.sql, query.params(), [&](const Row& row) {
            counts.push_back(
                {.state = parse_conversation_state(row.view(0)).value_or(ConversationState::Failed),
                 .reason = row.optional_text(1),
                 .recording_stored = row.boolean(2),
                 .count = row.int64(3)});
        }));
        return counts;
    });
}

Result<std::vector<RecordingCount>> SqlConversations::count_recordings(
    const ConversationFilter& filter) const {
    FilterQuery query{.sql =
                          "SELECT r.state, count(*) FROM recordings r JOIN conversations c ON "
                          "c.id = r.conversation_id WHERE 1 = 1"};
    query.add_filter(filter);
    query.sql += " GROUP BY 1";
    return readers_.with([&](Connection& connection) -> Result<std::vector<RecordingCount>> {
        std::vector<RecordingCount> counts;
        TRY(connection.each_of(query.sql, query.params(), [&](const Row& row) {
            counts.push_back(
                {.state = parse_recording_state(row.view(0)).value_or(RecordingState::Failed),
                 .count = row.int64(1)});
        }));
        return counts;
    });
}

Result<AuditFigures> SqlConversations::sum_audits(const ConversationFilter& filter,
                                                  int score_min) const {
    FilterQuery query{
        .sql =
            "SELECT count(*), "
            "CAST(coalesce(sum(coalesce(a.criteria_score, a.quality_score * 100)), 0) AS BIGINT), "
            "CAST(coalesce(sum(CASE WHEN coalesce(a.criteria_score, a.quality_score * 100) < "
            "coalesce((SELECT nullif(k.approval_score, 0) FROM campaigns k WHERE k.id = "
            "c.campaign_id), ?) * 100 THEN 1 ELSE 0 END), 0) AS BIGINT) "
            "FROM audits a JOIN conversations c ON c.id = a.conversation_id "
            "WHERE a.is_current = 1 AND a.quality_score IS NOT NULL",
        .values = {std::int64_t{score_min}}};
    query.add_filter(filter);
    return readers_.with([&](Connection& connection) -> Result<AuditFigures> {
        AuditFigures figures;
        TRY(connection.each_of(query.sql, query.params(), [&](const Row& row) {
            figures = {
                .audits = row.int64(0), .hundredths_sum = row.int64(1), .below = row.int64(2)};
        }));
        return figures;
    });
}

}  // namespace oidor::store::sql

// Conversations as rows.
#pragma once

#include "store/conversations.hpp"
#include "store/sql/seal.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// Merges by identity (MappedConversation tells how), without the jobs.
Result<void> merge_mapped(WriteContext& context, const MappedConversation& mapped);

class SqlConversations final : public Conversations {
  public:
    SqlConversations(Writer& writer, Readers& readers, Seal& seal)
        : writer_(writer), readers_(readers), seal_(seal) {}

    Result<ConversationId> identify(const ConversationKey& key) override;
    [[nodiscard]] Result<std::optional<ConversationRow>> find_conversation(
        ConversationId id) const override;
    [[nodiscard]] Result<std::vector<ConversationRow>> list_conversations(
        const ConversationFilter& filter, std::optional<ConversationCursor> after,
        int limit) const override;
    [[nodiscard]] Result<std::optional<ConversationRow>> find_conversation_of(
        RecordingId recording) const override;
    [[nodiscard]] Result<std::optional<ConversationRow>> find_conversation_of(
        ParticipationId participation) const override;
    [[nodiscard]] Result<std::vector<StateCount>> count_states() const override;
    [[nodiscard]] Result<std::vector<ConversationCount>> count_conversations(
        const ConversationFilter& filter) const override;
    [[nodiscard]] Result<std::vector<RecordingCount>> count_recordings(
        const ConversationFilter& filter) const override;
    [[nodiscard]] Result<AuditFigures> sum_audits(const ConversationFilter& filter,
                                                  int score_min) const override;
    [[nodiscard]] Result<std::vector<std::string>> list_days(int limit) const override;
    [[nodiscard]] Result<std::vector<ConversationId>> list_ids(std::optional<ConversationId> after,
                                                               int limit) const override;
    Result<ConversationRow> merge(const MappedConversation& mapped,
                                  const std::vector<JobSpec>& jobs) override;
    Result<void> put_state(ConversationId id, ConversationState state,
                           std::optional<std::string> reason,
                           const std::vector<JobSpec>& jobs) override;
    Result<void> put_recording(const Recording& recording,
                               const std::vector<JobSpec>& jobs) override;
    Result<bool> put_transcript(ConversationId id, const TranscriptRow& transcript,
                                const std::vector<JobSpec>& jobs) override;
    [[nodiscard]] Result<std::optional<TranscriptRow>> find_transcript(
        ConversationId id) const override;
    Result<void> put_audit(const AuditRow& audit, ConversationState state,
                           std::optional<std::string> reason) override;
    [[nodiscard]] Result<std::vector<AuditRow>> list_audits(ConversationId id) const override;
    [[nodiscard]] Result<std::vector<AuditRow>> list_audit_summaries(
        const std::vector<ConversationId>& ids) const override;
    [[nodiscard]] Result<HeardPage> list_heard(const ConversationFilter& filter,
                                               std::optional<ConversationCursor> after,
                                               const HeardPageLimits& limits) const override;
    [[nodiscard]] Result<std::int64_t> count_heard(const ConversationFilter& filter) const override;

  private:
    Writer& writer_;
    Readers& readers_;
    Seal& seal_;
};

}  // namespace oidor::store::sql

// Replies of speech engines, their ledger and the ends of hearing, as rows.
#pragma once

#include "store/speech_records.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

class SqlSpeechRecords final : public SpeechRecords {
  public:
    SqlSpeechRecords(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

    [[nodiscard]] Result<std::optional<SpeechReplyRow>> find_reply(
        const Sha256& request) const override;
    Result<SpeechStart> begin_call(const SpeechCallRow& call,
                                   const std::optional<SpeechBudget>& budget,
                                   Timestamp abandoned_before) override;
    Result<void> end_call(const SpeechCallEnding& ending,
                          const std::vector<SpeechReplyRow>& replies) override;
    Result<void> withdraw_call(SpeechCallId id) override;
    Result<void> insert_cached(const SpeechCallRow& call) override;
    [[nodiscard]] Result<std::vector<SpeechCallRow>> list_calls(
        ConversationId conversation) const override;
    [[nodiscard]] Result<std::int64_t> sum_spent(const SpeechBudget& budget) const override;
    [[nodiscard]] Result<std::vector<SpeechSpending>> list_spending(
        const SpendingFilter& filter) const override;

    Result<void> put_hearing(const HearingRow& row, const std::vector<JobSpec>& jobs) override;
    Result<bool> end_hearing(const HearingRow& row, std::optional<Timestamp> seen_at) override;
    [[nodiscard]] Result<std::optional<HearingRow>> find_hearing(
        ConversationId conversation) const override;
    [[nodiscard]] Result<std::vector<HearingLine>> list_hearings(
        const HearingFilter& filter, const std::optional<HearingCursor>& after,
        int limit) const override;
    [[nodiscard]] Result<std::vector<HearingCount>> count_hearings() const override;
    [[nodiscard]] Result<void> walk_estimate(
        Timestamp from, Timestamp to,
        const std::function<void(const EstimateCall&)>& take) const override;

  private:
    Writer& writer_;
    Readers& readers_;
};

/// What an erased conversation leaves: its hearing goes, its lines stay without what names it, and
/// replies go unless another conversation has their audio. Called once its recordings are gone;
/// `lock_replies` before that.
Result<void> lock_replies(WriteContext& context, const std::vector<Sha256>& audio);
Result<void> forget_hearing(WriteContext& context, ConversationId id,
                            const std::vector<Sha256>& audio);

}  // namespace oidor::store::sql

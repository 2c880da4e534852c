// Erasure, holds and retention as rows.
#pragma once

#include "store/erasure.hpp"
#include "store/sql/seal.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// Without what a backend does to its own files.
class SqlErasure : public Erasure {
  public:
    SqlErasure(Writer& writer, Readers& readers, Seal& seal, const Clock& clock)
        : writer_(writer), readers_(readers), seal_(seal), clock_(clock) {}

    void use_seal_key(SealKeySource source) override { seal_.use(std::move(source)); }
    [[nodiscard]] Result<SealKeyState> seal_key_state() const override;

    [[nodiscard]] Result<ErasurePlan> plan(const ErasureSubject& subject) const override;
    Result<ErasureId> request(const std::string& customer_key, const std::string& by,
                              Timestamp finish_from) override;
    [[nodiscard]] Result<std::optional<ErasureRow>> find_request(ErasureId id) const override;
    [[nodiscard]] Result<std::vector<ErasureRow>> list_requests() const override;
    Result<void> end_request(ErasureId id) override;
    [[nodiscard]] Result<std::vector<ConversationId>> list_conversations_of(
        const std::string& customer_key, int limit) const override;
    Result<ErasureCounts> erase(ConversationId id, ErasureCause cause,
                                const std::vector<std::string>& job_kinds) override;

    [[nodiscard]] Result<bool> is_erased(const Conversation& conversation) const override;
    [[nodiscard]] Result<std::vector<TombstoneRow>> list_tombstones(
        const std::optional<TombstoneRow>& after, int limit) const override;
    Result<void> put_tombstones(const std::vector<TombstoneRow>& rows) override;

    Result<void> insert_hold(const HoldRow& hold) override;
    [[nodiscard]] Result<std::vector<HoldRow>> list_holds() const override;
    Result<void> delete_hold(HoldId id) override;

    [[nodiscard]] Result<std::vector<ConversationId>> list_overdue(const RetentionRule& rule,
                                                                   int limit) const override;
    Result<std::int64_t> expire_raw_bodies(Timestamp before, int limit) override;

    Result<void> claim_blob(const Sha256& content, const Uuid& owner) override;
    Result<void> release_blob(const Sha256& content, const Uuid& owner) override;
    [[nodiscard]] Result<std::vector<Sha256>> list_unchecked_blobs(int limit) const override;
    Result<bool> begin_removal(const Sha256& content) override;
    Result<void> end_removal(const Sha256& content) override;
    Result<void> put_off_removal(const Sha256& content) override;
    [[nodiscard]] Result<std::int64_t> count_unchecked_blobs() const override;

  protected:
    Writer& writer_;
    Readers& readers_;
    Seal& seal_;
    const Clock& clock_;
};

/// The holds that stand against the erasure of a conversation and its customer.
Result<std::vector<HoldRow>> find_holds(Connection& connection, ConversationId id,
                                        const std::optional<std::string>& customer_key);
/// Those that stand against the erasure of a customer: on the customer or on one of the
/// conversations.
Result<std::vector<HoldRow>> find_holds(Connection& connection, const std::string& customer_key);

}  // namespace oidor::store::sql

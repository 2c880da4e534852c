// The outbox as rows: what other ports note in their transactions, and what deliveries do to it.
#pragma once

#include "store/outbox.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// In the transaction of what changes: the conversation is to be looked at for every sink.
Result<void> note_changed(WriteContext& context, ConversationId conversation);
/// In the transaction that erases it, before or after its rows go: whatever a sink holds of it is
/// to be removed there, also from sinks that are forgotten, should they come back. The rows of
/// `outbox` and `deliveries` stay until that is done; they name ids, days and hashes only.
Result<void> note_removed(WriteContext& context, ConversationId conversation);

class SqlOutbox final : public Outbox {
  public:
    SqlOutbox(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

    Result<void> register_sinks(const std::vector<SinkEntry>& sinks) override;
    [[nodiscard]] Result<std::vector<SinkStatus>> list_sinks() const override;
    [[nodiscard]] Result<std::int64_t> count_held(const std::string& sink) const override;
    [[nodiscard]] Result<SinkGlance> glance(const std::string& sink, int enough) const override;
    Result<std::optional<SinkTurn>> take_turn(const std::string& sink,
                                              std::chrono::milliseconds lease) override;
    Result<void> prolong(const SinkTurn& turn, std::chrono::milliseconds lease) override;
    Result<void> end_turn(const SinkTurn& turn) override;
    Result<bool> backfill(const SinkTurn& turn, int limit) override;
    [[nodiscard]] Result<std::vector<OutboxItem>> list_waiting(const std::string& sink,
                                                               int limit) const override;
    [[nodiscard]] Result<std::optional<Parcel>> find_parcel(ConversationId id) const override;
    Result<void> begin(const SinkTurn& turn, const std::vector<SentRow>& rows) override;
    Result<void> settle(const SinkTurn& turn, const Settled& settled) override;
    Result<void> set_aside(const SinkTurn& turn, const OutboxItem& item, OutboxState state,
                           const Error& error) override;
    Result<int> put_failure(const SinkTurn& turn, const Error& error, Timestamp next_at) override;
    Result<std::int64_t> deliver_again(const std::string& sink,
                                       const std::optional<std::string>& from_day,
                                       const std::optional<std::string>& to_day) override;
    Result<std::int64_t> retry(const std::string& sink) override;
    Result<void> pause(const std::string& sink) override;
    Result<void> resume(const std::string& sink) override;
    Result<void> forget(const std::string& sink) override;
    [[nodiscard]] Result<std::int64_t> count_waiting(ConversationId id) const override;

  private:
    Writer& writer_;
    Readers& readers_;
};

}  // namespace oidor::store::sql

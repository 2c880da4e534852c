#include "store/sqlite/inbox.hpp"

#include "base/failpoint.hpp"
#include "store/sql/blob_references.hpp"
#include "store/sql/conversation_rows.hpp"
#include "store/sql/queue.hpp"

namespace oidor::store::sqlite {
namespace {

constexpr std::string_view kInsertEvent = R"(
INSERT INTO events (id, conversation_id, source, account, external_id, has_own_id, kind, body_sha256,
                    received_at, content_type, normalised, raw)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))";
// Both halves of the events (see the schema): by the conversation of that external id, and by the
// event's own.
constexpr std::string_view kFindEvent = R"(
SELECT e.id, e.conversation_id FROM conversations c JOIN events e ON e.conversation_id = c.id
WHERE c.source = ?1 AND c.account = ?2 AND c.external_id = ?3
    AND e.external_id = ?3 AND e.kind = ?4 AND e.body_sha256 = ?5
UNION ALL
SELECT id, conversation_id FROM events
WHERE has_own_id = 1 AND source = ?1 AND account = ?2 AND external_id = ?3 AND kind = ?4
    AND body_sha256 = ?5
LIMIT 1)";
constexpr std::string_view kFindStored =
    "SELECT 1 FROM recordings WHERE conversation_id = ? AND state = 'stored'";

Result<EventReceipt> keep_one(WriteContext& context, sql::Seal& seal, const NewEvent& event) {
    EventReceipt receipt;
    const auto& key = event.conversation;
    TRY_ASSIGN(receipt.repeated,
               context.connection.first(
                   kFindEvent,
                   [&](const Row& row) {
                       receipt.event = row.id<EventId>(0);
                       receipt.conversation = row.id<ConversationId>(1);
                   },
                   key.source, key.account, event.external_id, event.kind, event.body_sha256));
    bool new_conversation = false;
    if (!receipt.repeated) {
        TRY_ASSIGN(const auto conversation, sql::identify(context, seal, key));
        if (conversation.erased) {
            receipt.erased = true;
            return receipt;
        }
        new_conversation = conversation.made;
        receipt.conversation = conversation.id;
        receipt.event = EventId::make();
        TRY(context.connection.run(
            kInsertEvent, receipt.event, receipt.conversation, key.source, key.account,
            event.external_id, event.external_id != key.external_id, event.kind, event.body_sha256,
            event.received_at, event.content_type, event.normalised, Blob{event.raw}));
        if (event.blob) {
            TRY(sql::keep_event_blob(context, receipt.conversation, event));
        }
        TRY(sql::enqueue_job(context, "map", receipt.conversation.text(), 0, context.now));
        TRY(fail_at<Failpoint::inbox_rows_after>());
    }
    if (!new_conversation) {
        TRY_ASSIGN(receipt.recording_stored,
                   context.connection.first(
                       kFindStored, [](const Row&) {}, receipt.conversation));
    }
    return receipt;
}

class KeepWrite final : public Write {
  public:
    KeepWrite(std::vector<NewEvent> delivery, KeepDone done, sql::Seal& seal)
        : delivery_(std::move(delivery)), done_(std::move(done)), seal_(seal) {
        for (const auto& event : delivery_) {
            size_bytes_ += event.normalised.size() + event.raw.size() + sizeof(event);
        }
    }

    Result<void> run(WriteContext& context) override {
        receipts_.clear();
        receipts_.reserve(delivery_.size());
        for (const auto& event : delivery_) {
            TRY_ASSIGN(auto receipt, keep_one(context, seal_, event));
            receipts_.push_back(receipt);
        }
        return {};
    }
    void done(Result<void> outcome) override {
        if (outcome) {
            done_(std::move(receipts_));
        } else {
            done_(fail(std::move(outcome).error()));
        }
    }
    [[nodiscard]] std::size_t size_bytes() const override { return size_bytes_; }

  private:
    std::vector<NewEvent> delivery_;
    KeepDone done_;
    sql::Seal& seal_;
    std::vector<EventReceipt> receipts_ = {};
    std::size_t size_bytes_ = 0;
};

}  // namespace

void SqliteInbox::keep(std::vector<NewEvent> delivery, KeepDone done) {
    inbox_writer_.submit(std::make_unique<KeepWrite>(std::move(delivery), std::move(done), seal_));
}

}  // namespace oidor::store::sqlite

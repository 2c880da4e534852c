// The inbox' rows in SQLite.
#pragma once

#include "store/inbox.hpp"
#include "store/sqlite/readers.hpp"
#include "store/sqlite/writer.hpp"

namespace oidor::store::sqlite {

/// A conversation's row by its key.
struct Identified {
    ConversationId id = {};
    bool made = false;  ///< It was not there before.
};

/// The row of a key; makes it (state open) when it is new.
Result<Identified> identify(WriteContext& context, const ConversationKey& key);

class SqliteInbox final : public Inbox {
  public:
    SqliteInbox(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

    void keep(std::vector<NewEvent> delivery, KeepDone done) override;
    [[nodiscard]] Result<std::vector<StoredEvent>> list_events_of(
        ConversationId conversation) const override;
    [[nodiscard]] Result<std::vector<StoredEvent>> list_events(const EventFilter& filter,
                                                               std::optional<std::int64_t> before,
                                                               int limit) const override;
    Result<std::int64_t> expire_raw_bodies(Timestamp before) override;

  private:
    Writer& writer_;
    Readers& readers_;
};

}  // namespace oidor::store::sqlite

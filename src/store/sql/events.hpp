// The inbox' rows: what every backend reads and drops alike.
#pragma once

#include "store/inbox.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// The inbox without `keep`.
class SqlInbox : public Inbox {
  public:
    SqlInbox(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

    [[nodiscard]] Result<std::vector<StoredEvent>> list_events_of(
        ConversationId conversation) const override;
    [[nodiscard]] Result<std::vector<StoredEvent>> list_events(const EventFilter& filter,
                                                               std::optional<std::int64_t> before,
                                                               int limit) const override;

  protected:
    Writer& writer_;
    Readers& readers_;
};

}  // namespace oidor::store::sql

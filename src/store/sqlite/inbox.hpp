// The inbox' rows in SQLite.
#pragma once

#include "store/sql/events.hpp"
#include "store/sqlite/readers.hpp"
#include "store/sqlite/writer.hpp"

namespace oidor::store::sqlite {

class SqliteInbox final : public sql::SqlInbox {
  public:
    SqliteInbox(Writer& writer, Readers& readers)
        : SqlInbox(writer, readers), inbox_writer_(writer) {}

    void keep(std::vector<NewEvent> delivery, KeepDone done) override;

  private:
    Writer& inbox_writer_;  ///< Deliveries wait in it without a caller.
};

}  // namespace oidor::store::sqlite

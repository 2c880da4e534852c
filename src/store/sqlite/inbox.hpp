// The inbox' rows in SQLite.
#pragma once

#include "store/sql/events.hpp"
#include "store/sql/seal.hpp"
#include "store/sqlite/readers.hpp"
#include "store/sqlite/writer.hpp"

namespace oidor::store::sqlite {

class SqliteInbox final : public sql::SqlInbox {
  public:
    SqliteInbox(Writer& writer, Readers& readers, sql::Seal& seal)
        : SqlInbox(writer, readers), inbox_writer_(writer), seal_(seal) {}

    void keep(std::vector<NewEvent> delivery, KeepDone done) override;

  private:
    Writer& inbox_writer_;  ///< Deliveries wait in it without a caller.
    sql::Seal& seal_;
};

}  // namespace oidor::store::sqlite

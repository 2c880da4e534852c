#include "store/sqlite/erasure.hpp"

#include <sqlite3.h>

#include "store/sqlite/connection.hpp"

namespace oidor::store::sqlite {
namespace {

/// Moves the whole log into the file and cuts it off; false while somebody is in its old part.
Result<bool> truncate_log(Connection& connection) {
    const int result = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr,
                                                 SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if ((result & 0xFF) == SQLITE_BUSY || (result & 0xFF) == SQLITE_LOCKED) {
        return false;
    }
    if (result != SQLITE_OK) {
        return sqlite_failure(connection.handle(), result, "scrub the store");
    }
    return true;
}

}  // namespace

Result<ScrubOutcome> SqliteErasure::scrub(std::int64_t size_bytes_max) {
    // A connection of its own: what it does cannot stand in a transaction with others.
    TRY_ASSIGN(const auto connection, Connection::open(path_, busy_timeout_, Access::ReadWrite));
    std::int64_t size_bytes = 0;
    TRY(connection->first("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                          [&](const Row& row) { size_bytes = row.int64(0); }));
    // Deleted rows are overwritten as they go (secure_delete). Copies of them stay in pages whose
    // rows were moved about: only a new file is sure to have none.
    const bool anew = size_bytes <= size_bytes_max;
    if (anew) {
        // The copy lies in a nameless file meanwhile: a large one would not fit into memory.
        TRY(connection->execute("PRAGMA temp_store = FILE"));
        const auto written = connection->execute("VACUUM");
        const int code = sqlite3_errcode(connection->handle());
        if (!written && (code == SQLITE_BUSY || code == SQLITE_LOCKED)) {
            return ScrubOutcome::Busy;
        }
        TRY(written);
    }
    TRY_ASSIGN(const bool truncated, truncate_log(*connection));
    if (!truncated) {
        return ScrubOutcome::Busy;
    }
    return anew ? ScrubOutcome::Clean : ScrubOutcome::TooLarge;
}

}  // namespace oidor::store::sqlite

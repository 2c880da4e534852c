// The door of the store: everything durable but audio, behind eleven ports that each backend
// implements.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "store/conversations.hpp"
#include "store/coverage.hpp"
#include "store/directory.hpp"
#include "store/erasure.hpp"
#include "store/inbox.hpp"
#include "store/keyring.hpp"
#include "store/model_records.hpp"
#include "store/outbox.hpp"
#include "store/queue.hpp"
#include "store/reports.hpp"
#include "store/speech_records.hpp"

namespace oidor::store {

/// What `doctor` and `/readyz` show.
struct StoreHealth {
    std::string backend = {};  ///< `sqlite` or `postgres`.
    std::string version = {};  ///< Of the library or server.
    int schema_version = 0;
    std::int64_t size_bytes = 0;  ///< May be a minute old.
    std::int64_t waiting_writes = 0;
};

/// One open store. Safe to call from many threads; closing it finishes what was accepted.
class Store {
  public:
    virtual ~Store() = default;

    virtual Inbox& inbox() = 0;
    virtual Queue& queue() = 0;
    virtual Conversations& conversations() = 0;
    virtual Directory& directory() = 0;
    virtual Keyring& keyring() = 0;
    virtual Outbox& outbox() = 0;
    virtual Coverage& coverage() = 0;
    virtual Erasure& erasure() = 0;
    virtual ModelRecords& model_records() = 0;
    virtual Reports& reports() = 0;
    virtual SpeechRecords& speech_records() = 0;

    [[nodiscard]] virtual Result<StoreHealth> health() const = 0;
    /// Called, from the store's own thread, after jobs were queued in this process: wakes the
    /// worker pool, which sets it in `start` and takes it back in `stop`. It must be quick; null:
    /// nobody. No call is under way once this returns.
    virtual void on_queued(std::function<void()> wake) = 0;
};

/// How much may wait and for how long.
struct SqliteOptions {
    std::filesystem::path path = {};  ///< The folder is made when it is missing.
    std::chrono::milliseconds busy_timeout = std::chrono::seconds(10);
    std::size_t waiting_writes_max = 20'000;
    std::size_t waiting_bytes_max = std::size_t{256} << 20U;  ///< Bodies of waiting deliveries.
    std::int64_t wal_bytes_max = std::int64_t{64} << 20U;
    int readers = 4;
    /// For a restore, which puts right what it filled before anybody is served.
    bool may_be_unfinished = false;
};

/// Which PostgreSQL database, how much may wait and for how long.
struct PostgresOptions {
    Secret url = {};      ///< `postgres://user:password@host:5432/database`.
    int connections = 8;  ///< For everything but the inbox, which has `inbox_writers` more, and one
                          ///< that listens.
    int inbox_writers = 2;
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds statement_timeout = std::chrono::seconds(30);
    std::chrono::milliseconds lock_timeout = std::chrono::seconds(10);
    /// How long a call waits for a free connection, and for a server that went away.
    std::chrono::milliseconds wait_max = std::chrono::seconds(10);
    std::size_t waiting_writes_max = 20'000;
    std::size_t waiting_bytes_max = std::size_t{256} << 20U;  ///< Bodies of waiting deliveries.
    bool may_be_unfinished = false;                           ///< As above.
};

/// Opens a SQLite store and brings its schema up to date. Errors: Unavailable (locked, disk full),
/// Unsupported (the file was made by a newer version), Corrupt, Forbidden (no permission). `clock`
/// outlives the store.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, const Clock& clock);

/// Opens a store in a PostgreSQL database (15 or newer) and brings its schema up to date. Errors:
/// Invalid (no such URL), Unavailable (not reached), Unauthenticated, NotFound (no such database),
/// Forbidden, Unsupported (an older server, a newer schema, fsync off). No error names the
/// password. `clock` outlives the store.
Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& options,
                                                   const Clock& clock);

}  // namespace oidor::store

// The SQLite store: one file, one writer, several readers, behind the door of store.hpp.
#include <algorithm>
#include <system_error>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "store/sql/conversations.hpp"
#include "store/sql/coverage.hpp"
#include "store/sql/directory.hpp"
#include "store/sql/keyring.hpp"
#include "store/sql/model_records.hpp"
#include "store/sql/outbox.hpp"
#include "store/sql/reports.hpp"
#include "store/sql/speech_records.hpp"
#include "store/sql/tables.hpp"
#include "store/sqlite/erasure.hpp"
#include "store/sqlite/inbox.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/queue.hpp"
#include "store/store.hpp"

namespace oidor::store {
namespace {

/// As many as there are threads that ask for keys: two of intake, two of the API.
constexpr int kKeyReaders = 4;

using Connections = std::vector<std::unique_ptr<sqlite::Connection>>;

class SqliteStore final : public Store {
  public:
    SqliteStore(std::unique_ptr<sqlite::Connection> writing,
                std::unique_ptr<sqlite::Connection> checkpointing, Connections reading,
                Connections reading_keys, const SqliteOptions& options, const Clock& clock)
        : readers_(std::move(reading), options.busy_timeout),
          key_readers_(std::move(reading_keys), options.busy_timeout),
          checkpointer_(std::move(checkpointing)),
          writer_(std::move(writing), checkpointer_, clock,
                  {.waiting_max = options.waiting_writes_max,
                   .waiting_bytes_max = options.waiting_bytes_max,
                   .wal_bytes_max = options.wal_bytes_max,
                   .busy_timeout = options.busy_timeout}),
          erasure_(writer_, readers_, seal_, clock, options) {}

    Inbox& inbox() override { return inbox_; }
    Queue& queue() override { return queue_; }
    Conversations& conversations() override { return conversations_; }
    Directory& directory() override { return directory_; }
    Keyring& keyring() override { return keyring_; }
    Outbox& outbox() override { return outbox_; }
    Coverage& coverage() override { return coverage_; }
    Erasure& erasure() override { return erasure_; }
    ModelRecords& model_records() override { return model_records_; }
    SpeechRecords& speech_records() override { return speech_records_; }
    Reports& reports() override { return reports_; }

    [[nodiscard]] Result<StoreHealth> health() const override {
        StoreHealth health;
        health.backend = "sqlite";
        health.version = sqlite3_libversion();
        health.waiting_writes = writer_.waiting();
        const auto read = readers_.with([&](sql::Connection& connection) -> Result<void> {
            TRY_ASSIGN(health.schema_version, sqlite::schema_version(connection));
            TRY(connection.first(
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                [&](const sql::Row& row) { health.size_bytes = row.int64(0); }));
            return {};
        });
        TRY(read);
        return health;
    }

    void on_queued(std::function<void()> wake) override { writer_.on_queued(std::move(wake)); }

  private:
    // The writer goes first: it finishes what was accepted.
    mutable sqlite::Readers readers_;
    sqlite::Readers key_readers_;
    sql::Seal seal_;
    sqlite::Checkpointer checkpointer_;
    sqlite::Writer writer_;
    sqlite::SqliteInbox inbox_{writer_, readers_, seal_};
    sqlite::SqliteQueue queue_{writer_, readers_};
    sql::SqlConversations conversations_{writer_, readers_, seal_};
    sql::SqlDirectory directory_{writer_, readers_};
    sql::SqlCoverage coverage_{writer_, readers_, seal_};
    sql::SqlKeyring keyring_{writer_, readers_, key_readers_};
    sql::SqlOutbox outbox_{writer_, readers_};
    sql::SqlModelRecords model_records_{writer_, readers_};
    sql::SqlSpeechRecords speech_records_{writer_, readers_};
    sql::SqlReports reports_{readers_};
    sqlite::SqliteErasure erasure_;
};

Result<void> check_wal(sqlite::Connection& connection) {
    std::string mode;
    TRY(connection.first("PRAGMA journal_mode",
                         [&](const sqlite::Row& row) { mode = row.text(0); }));
    if (mode != "wal") {
        return fail(ErrorCode::Unavailable,
                    "open the store: this file system cannot share memory between programs; put "
                    "the data folder on a local disk");
    }
    return {};
}

/// Of a store that somebody fills; half of it is not the whole.
Result<void> check_finished(sqlite::Connection& connection, const SqliteOptions& options) {
    TRY_ASSIGN(const bool marked, sqlite::has_table(connection, sql::kUnfinished));
    return sql::check_finished(marked && !options.may_be_unfinished);
}

Result<void> make_folder(const std::filesystem::path& path) {
    std::error_code error;
    const auto folder = path.parent_path();
    if (folder.empty() || std::filesystem::is_directory(folder, error)) {
        return {};
    }
    std::vector<std::filesystem::path> made;
    for (auto missing = std::filesystem::absolute(folder, error);
         !missing.empty() && !std::filesystem::exists(missing, error) &&
         missing != missing.parent_path();
         missing = missing.parent_path()) {
        made.push_back(missing);
    }
    std::filesystem::create_directories(folder, error);
    if (error == std::errc::permission_denied || error == std::errc::read_only_file_system) {
        return fail(ErrorCode::Forbidden, "make the folder {}: {}", folder.string(),
                    error.message());
    }
    if (error) {
        return fail(ErrorCode::Unavailable, "make the folder {}: {}", folder.string(),
                    error.message());
    }
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    // SQLite makes the names in the last folder durable; the folders' own names are ours to sync.
    for (const auto& one : made) {
        const int parent = ::open(one.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const bool synced = parent >= 0 && ::fsync(parent) == 0;
        ::close(parent);
        if (!synced) {
            return fail(ErrorCode::Unavailable, "sync the folder {}", one.parent_path().string());
        }
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, const Clock& clock) {
    using sqlite::Access;
    using sqlite::Connection;
    TRY(make_folder(options.path));
    const auto open = [&](Access access) {
        return Connection::open(options.path, options.busy_timeout, access);
    };
    TRY_ASSIGN(auto writing, open(Access::ReadWrite));
    TRY(check_wal(*writing));
    if (const auto finished = check_finished(*writing, options); !finished) {
        return fail(
            finished.error().within(fmt::format("open the store {}", options.path.string())));
    }
    if (const auto migrated = sqlite::migrate(*writing, sqlite_migrations(), clock.now());
        !migrated) {
        return fail(
            migrated.error().within(fmt::format("open the store {}", options.path.string())));
    }
    TRY_ASSIGN(auto checkpointing, open(Access::ReadWrite));
    const auto open_readers = [&](int count) -> Result<Connections> {
        Connections readers;
        for (int i = 0; i < count; ++i) {
            TRY_ASSIGN(auto reader, open(Access::ReadOnly));
            readers.push_back(std::move(reader));
        }
        return readers;
    };
    TRY_ASSIGN(auto reading, open_readers(std::max(options.readers, 1)));
    TRY_ASSIGN(auto reading_keys, open_readers(kKeyReaders));
    return std::unique_ptr<Store>(
        std::make_unique<SqliteStore>(std::move(writing), std::move(checkpointing),
                                      std::move(reading), std::move(reading_keys), options, clock));
}

}  // namespace oidor::store

#include "store/sqlite/connection.hpp"

#include <cerrno>

#include <sqlite3.h>
#include <unistd.h>

namespace oidor::store::sqlite {
namespace {

constexpr fmt::format_string<std::string> kNoPermission =
    "open the store {}: no permission to write; give this user the data folder and its files";

/// Statements of filters are put together while the program runs; beyond this they are not kept.
constexpr std::size_t kCachedMax = 256;

// Measured with bench/store_bench.cpp. Checkpoints are made by our own threads.
constexpr const char* kSettings =
    "PRAGMA foreign_keys = ON;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA trusted_schema = OFF;"
    // What is deleted is overwritten, whatever the library was built with.
    "PRAGMA secure_delete = ON;"
    "PRAGMA cache_size = -16384;";

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& path,
                                                     std::chrono::milliseconds busy_timeout,
                                                     Access access) {
    // Its count of memory in use, which nobody reads, is one lock for all threads.
    static const int counting_off = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)counting_off;
    sqlite3* database = nullptr;
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int result = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
    auto connection = std::unique_ptr<Connection>(new Connection(database));
    if (result != SQLITE_OK) {
        // SQLite tells what came of its second try, to read only: whether we may write is not said.
        const auto folder = path.has_parent_path() ? path.parent_path() : ".";
        if ((result & 0xFF) == SQLITE_CANTOPEN && ::access(folder.c_str(), W_OK | X_OK) != 0 &&
            (errno == EACCES || errno == EROFS)) {
            return fail(ErrorCode::Forbidden, kNoPermission, path.string());
        }
        return sqlite_failure(database, result, fmt::format("open the store {}", path.string()));
    }
    sqlite3_busy_timeout(database, static_cast<int>(busy_timeout.count()));
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    // Debian's SQLite opens a file that it may not write read-only, without a word.
    if (sqlite3_db_readonly(database, "main") == 1) {
        return fail(ErrorCode::Forbidden, kNoPermission, path.string());
    }
    const auto set = [&]() -> Result<void> {
        if (access == Access::Alone) {
            // Before the log is touched: only then is the whole file locked, and not its shared
            // memory.
            TRY(connection->execute("PRAGMA locking_mode = EXCLUSIVE;"));
        }
        TRY(connection->execute("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"));
        TRY(connection->execute(kSettings));
        if (access == Access::ReadOnly) {
            TRY(connection->execute("PRAGMA query_only = ON;"));
        }
        return {};
    }();
    if (!set) {
        return fail(set.error().within(fmt::format("open the store {}", path.string())));
    }
    return connection;
}

Connection::~Connection() {
    for (auto& [sql, statement] : cache_) {
        sqlite3_finalize(statement);
    }
    sqlite3_close_v2(database_);
}

Result<void> Connection::execute(const std::string& script) {
    const int result = sqlite3_exec(database_, script.c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) {
        return sqlite_failure(database_, result, "store");
    }
    return {};
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

Result<std::int64_t> Connection::query(std::string_view sql, std::span<const sql::Param> params,
                                       Take take, sql::FunctionRef<void(const Row&)> read) {
    const Use use(*this, sql);
    TRY(use.bind(params));
    std::int64_t rows = 0;
    TRY_ASSIGN(bool more, use.step());
    while (more) {
        if (take != Take::None) {
            ++rows;
            read(StatementRow(use.statement));
        }
        if (take == Take::First) {
            return rows;
        }
        TRY_ASSIGN(more, use.step());
    }
    return take == Take::None ? sqlite3_changes64(database_) : rows;
}

Connection::Use::Use(Connection& owner, std::string_view sql) : connection(owner) {
    auto found = owner.cache_.find(sql);
    if (found == owner.cache_.end() && owner.cache_.size() < kCachedMax) {
        found = owner.cache_.emplace(std::string(sql), nullptr).first;
    }
    if (found != owner.cache_.end()) {
        // References to the values of an unordered_map stay good while others are added.
        slot = &found->second;
        statement = std::exchange(*slot, nullptr);
    }
    if (statement == nullptr) {
        prepare_result =
            sqlite3_prepare_v3(owner.database_, sql.data(), static_cast<int>(sql.size()),
                               SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    }
}

Connection::Use::~Use() {
    if (statement == nullptr) {
        return;
    }
    sqlite3_reset(statement);
    if (slot != nullptr && *slot == nullptr) {
        *slot = statement;
    } else {
        sqlite3_finalize(statement);
    }
}

Result<void> Connection::Use::bind(std::span<const sql::Param> params) const {
    const int result = prepare_result != SQLITE_OK ? prepare_result : bind_all(statement, params);
    if (result != SQLITE_OK) {
        return sqlite_failure(connection.database_, result, "store");
    }
    return {};
}

Result<bool> Connection::Use::step() const {
    const int result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        return true;
    }
    if (result == SQLITE_DONE) {
        return false;
    }
    return sqlite_failure(connection.database_, result, "store");
}

Result<Snapshot> Snapshot::open(Connection& connection) {
    TRY(connection.run("BEGIN"));
    return Snapshot(connection);
}

Snapshot::~Snapshot() {
    if (connection_ != nullptr) {
        // Nothing was written: an error here changes nothing.
        (void)connection_->run("ROLLBACK");
    }
}

}  // namespace oidor::store::sqlite

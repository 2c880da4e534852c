#include "store/sqlite/migrations.hpp"

#include <string>

#include "base/failpoint.hpp"
#include "store/sql/migrations.hpp"

namespace oidor::store::sqlite {
namespace {

/// `OIDR`: marks the file as a store of ours.
constexpr int kApplicationId = 0x4F494452;

constexpr const char* kHistory =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

Result<std::int64_t> read_number(sql::Connection& connection, std::string_view sql) {
    std::int64_t number = 0;
    TRY(connection.first(sql, [&](const Row& row) { number = row.int64(0); }));
    return number;
}

/// A file of another program is left as it is.
Result<void> check_owner(Connection& connection) {
    TRY_ASSIGN(const auto application, read_number(connection, "PRAGMA application_id"));
    TRY_ASSIGN(const auto tables, read_number(connection, "SELECT count(*) FROM sqlite_schema"));
    if (application != kApplicationId && (application != 0 || tables != 0)) {
        return fail(ErrorCode::Unsupported,
                    "the file belongs to another program; choose another data folder");
    }
    return {};
}

Result<void> run_one(Connection& connection, const EmbeddedFile& migration, int version,
                     Timestamp now) {
    TRY(connection.execute("BEGIN IMMEDIATE"));
    const auto done = [&]() -> Result<void> {
        // Another process may have run it while we waited for the lock.
        TRY_ASSIGN(const int present, schema_version(connection));
        if (present >= version) {
            return {};
        }
        if (version == 1) {
            TRY(connection.execute(fmt::format("PRAGMA application_id = {}", kApplicationId)));
        }
        TRY(connection.execute(kHistory));
        TRY(connection.execute(std::string(migration.bytes)));
        TRY(
            connection.run("INSERT INTO schema_migrations (version, name, applied_at) "
                           "VALUES (?, ?, ?)",
                           version, migration.name, now));
        TRY(fail_at<Failpoint::store_migration_before>());
        return {};
    }();
    const auto ended = done ? connection.execute("COMMIT") : done;
    if (!ended && connection.in_transaction()) {
        (void)connection.execute("ROLLBACK");
    }
    TRY(ended);
    return fail_at<Failpoint::store_migration_after>();
}

}  // namespace

Result<bool> has_table(sql::Connection& connection, std::string_view name) {
    return connection.first(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", [](const Row&) {}, name);
}

Result<int> schema_version(sql::Connection& connection) {
    TRY_ASSIGN(const bool exists, has_table(connection, "schema_migrations"));
    if (!exists) {
        return 0;
    }
    TRY_ASSIGN(const auto version,
               read_number(connection, "SELECT coalesce(max(version), 0) FROM schema_migrations"));
    return static_cast<int>(version);
}

Result<int> migrate(Connection& connection, std::span<const EmbeddedFile> migrations,
                    Timestamp now) {
    TRY(check_owner(connection));
    TRY_ASSIGN(const int version, schema_version(connection));
    return sql::run_migrations(version, migrations, [&](const EmbeddedFile& migration, int next) {
        return run_one(connection, migration, next, now);
    });
}

}  // namespace oidor::store::sqlite

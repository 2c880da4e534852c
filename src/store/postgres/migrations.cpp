#include "store/postgres/migrations.hpp"

#include <string>

#include "base/failpoint.hpp"
#include "store/postgres/work.hpp"
#include "store/sql/migrations.hpp"

namespace oidor::store::postgres {
namespace {

constexpr const char* kHistory =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "version bigint NOT NULL PRIMARY KEY, name text COLLATE \"C\" NOT NULL, "
    "applied_at bigint NOT NULL)";
/// `OIDR` and the schema: one lock for each store in a database.
constexpr const char* kLock =
    "SELECT pg_advisory_xact_lock(1330201682, hashtext(current_schema()))";

/// Others have tables of this name too (Rails has one); ours has these columns.
Result<void> check_owner(sql::Connection& connection) {
    std::int64_t columns = 0;
    std::int64_t ours = 0;
    TRY(connection.first(
        "SELECT count(*), count(*) FILTER (WHERE column_name IN ('version', 'name', 'applied_at')) "
        "FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = 'schema_migrations'",
        [&](const sql::Row& row) {
            columns = row.int64(0);
            ours = row.int64(1);
        }));
    if (columns != 0 && (columns != 3 || ours != 3)) {
        return fail(ErrorCode::Unsupported,
                    "the schema belongs to another program; choose a database or schema for oidor "
                    "alone");
    }
    return {};
}

Result<void> run_one(Connection& connection, const EmbeddedFile& migration, int version,
                     Timestamp now) {
    const auto ran = run_transaction(connection, now, [&](WriteContext& context) -> Result<void> {
        // It may take as long as it takes, and so may another program's.
        TRY(connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"));
        TRY(context.connection.first(kLock, [](const sql::Row&) {}));
        TRY(connection.execute(kHistory));
        TRY_ASSIGN(const int present, schema_version(context.connection));
        if (present >= version) {
            return {};
        }
        TRY(connection.execute(std::string(migration.bytes)));
        TRY(context.connection.run(
            "INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)", version,
            migration.name, context.now));
        return fail_at<Failpoint::store_migration_before>();
    });
    TRY(ran.outcome);
    return fail_at<Failpoint::store_migration_after>();
}

}  // namespace

Result<bool> has_table(sql::Connection& connection, std::string_view name) {
    return connection.first(
        "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?",
        [](const sql::Row&) {}, name);
}

Result<int> schema_version(sql::Connection& connection) {
    TRY_ASSIGN(const bool exists, has_table(connection, "schema_migrations"));
    std::int64_t version = 0;
    if (exists) {
        TRY(connection.first("SELECT coalesce(max(version), 0) FROM schema_migrations",
                             [&](const sql::Row& row) { version = row.int64(0); }));
    }
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

}  // namespace oidor::store::postgres

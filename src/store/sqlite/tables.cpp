// All tables of a SQLite file: read in one snapshot, or filled by somebody who is alone with it.
#include "store/sql/tables.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include <sqlite3.h>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/migrations.hpp"

namespace oidor::store {
namespace {

using sqlite::Access;
using sqlite::Connection;
using sqlite::Row;

/// Whoever serves holds the file for good; whoever looks something up is gone by then.
constexpr std::chrono::seconds kBusyTimeout{2};

std::optional<ColumnKind> kind_of(std::string_view type) {
    if (type == "INTEGER") {
        return ColumnKind::Integer;
    }
    if (type == "TEXT") {
        return ColumnKind::Text;
    }
    return type == "BLOB" ? std::optional(ColumnKind::Bytes) : std::nullopt;
}

Result<std::vector<std::string>> list_tables(sql::Connection& connection) {
    std::vector<std::string> names;
    TRY(connection.each(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
        "'sqlite\\_%' ESCAPE '\\' AND name NOT IN (?, ?) ORDER BY rowid",
        [&](const Row& row) { names.push_back(row.text(0)); }, sql::kHistory, sql::kUnfinished));
    return names;
}

Result<Table> read_table(sql::Connection& connection, const std::string& name) {
    Table table{.name = name};
    std::string odd;
    std::map<std::int64_t, std::size_t> key;
    TRY(connection.each(
        "SELECT name, type, pk FROM pragma_table_info(?)",
        [&](const Row& row) {
            const auto kind = kind_of(row.view(1));
            odd = kind ? odd : row.text(0);
            if (row.int64(2) > 0) {
                key[row.int64(2)] = table.columns.size();
            }
            table.columns.push_back(
                {.name = row.text(0), .kind = kind.value_or(ColumnKind::Bytes)});
        },
        name));
    if (!odd.empty()) {
        return fail(ErrorCode::Internal,
                    "{}.{} is neither text, nor integer, nor bytes: no copy knows its type", name,
                    odd);
    }
    for (const auto& [order, place] : key) {
        table.key.push_back(place);
    }
    return table;
}

/// The tables that another one refers to.
Result<std::set<std::string>> references_of(sql::Connection& connection, const std::string& name) {
    std::set<std::string> others;
    TRY(connection.each(
        "SELECT \"table\" FROM pragma_foreign_key_list(?)",
        [&](const Row& row) { others.insert(row.text(0)); }, name));
    return others;
}

/// Each table behind those that it refers to, else as they were made.
Result<std::vector<Table>> read_tables(sql::Connection& connection) {
    TRY_ASSIGN(auto waiting, list_tables(connection));
    std::vector<Table> ordered;
    std::set<std::string> placed;
    while (!waiting.empty()) {
        std::vector<std::string> later;
        for (const auto& name : waiting) {
            TRY_ASSIGN(const auto others, references_of(connection, name));
            if (std::ranges::includes(placed, others)) {
                TRY_ASSIGN(auto table, read_table(connection, name));
                ordered.push_back(std::move(table));
                placed.insert(name);
            } else {
                later.push_back(name);
            }
        }
        if (later.size() == waiting.size()) {
            return fail(ErrorCode::Internal,
                        "{} and others refer to each other in a circle: no copy can begin with one",
                        later.front());
        }
        waiting = std::move(later);
    }
    return ordered;
}

class SqliteTables final : public sql::SqlTables {
  public:
    SqliteTables(std::filesystem::path path, std::unique_ptr<Connection> connection)
        : path_(std::move(path)), connection_(std::move(connection)) {}

    [[nodiscard]] std::string name() const override { return "sqlite:" + path_.string(); }

    Result<void> open_snapshot() {
        TRY(connection_->execute("BEGIN"));
        return load();
    }

    Result<void> open_filling() {
        // The file's log must not grow as large as the store.
        return connection_->execute("PRAGMA wal_autocheckpoint = 1000");
    }

  protected:
    sql::Connection& connection() override { return *connection_; }
    Result<void> execute(const std::string& script) override {
        return connection_->execute(script);
    }

    Result<void> transact(sql::FunctionRef<Result<void>()> work) override {
        TRY(execute("BEGIN IMMEDIATE"));
        auto done = work();
        if (done) {
            done = execute("COMMIT");
        }
        if (!done && connection_->in_transaction()) {
            (void)execute("ROLLBACK");
        }
        return done;
    }

    Result<void> stream(const std::string& statement, std::span<const sql::Param> params,
                        sql::FunctionRef<Result<void>(const sql::Row&)> read) override {
        sqlite3_stmt* prepared = nullptr;
        int result =
            sqlite3_prepare_v2(connection_->handle(), statement.c_str(), -1, &prepared, nullptr);
        const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> owner(prepared,
                                                                               &sqlite3_finalize);
        if (result == SQLITE_OK) {
            result = sqlite::bind_all(prepared, params);
        }
        while (result == SQLITE_OK || result == SQLITE_ROW) {
            result = sqlite3_step(prepared);
            if (result == SQLITE_ROW) {
                TRY(read(sqlite::StatementRow(prepared)));
            }
        }
        if (result != SQLITE_DONE) {
            return sqlite::sqlite_failure(connection_->handle(), result, "store");
        }
        return {};
    }

    Result<void> insert(const Table& table, std::span<const Value> values) override {
        const auto width = table.columns.size();
        std::string places = "?";
        for (std::size_t i = 1; i < width; ++i) {
            places += ", ?";
        }
        const auto statement =
            fmt::format("INSERT INTO {} ({}) VALUES ({})", sql::quoted_name(table.name),
                        sql::column_list(table), places);
        std::vector<sql::Param> params(width);
        for (std::size_t at = 0; at < values.size(); at += width) {
            for (std::size_t i = 0; i < width; ++i) {
                params[i] = sql::to_param(values[at + i]);
            }
            TRY(connection_->each_of(statement, params, [](const Row&) {}));
        }
        return {};
    }

    Result<int> read_version() override { return sqlite::schema_version(*connection_); }
    Result<bool> has_table(std::string_view table) override {
        return sqlite::has_table(*connection_, table);
    }

    Result<sql::FoundTables> find_tables() override {
        TRY_ASSIGN(const auto tables, list_tables(*connection_));
        sql::FoundTables found;
        for (const auto& table : tables) {
            auto& columns = found[table];
            TRY(connection_->each(
                "SELECT name, type FROM pragma_table_info(?)",
                [&](const Row& row) { columns[row.text(0)] = kind_of(row.view(1)); }, table));
        }
        return found;
    }

    Result<void> migrate_to(int version, Timestamp now) override {
        TRY(sqlite::migrate(*connection_,
                            sqlite_migrations().first(static_cast<std::size_t>(version)), now));
        return {};
    }

    Result<void> set_triggers(bool on) override {
        sqlite3_db_config(connection_->handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, on ? 1 : 0,
                          nullptr);
        return {};
    }

    /// A row's number is the largest there is and one more.
    Result<void> set_numbers() override { return {}; }

  private:
    std::filesystem::path path_;
    std::unique_ptr<Connection> connection_;
};

Failure in_use(const std::filesystem::path& path, const Error& error) {
    if (error.code != ErrorCode::Unavailable) {
        return fail(error);
    }
    return fail(ErrorCode::Conflict,
                "sqlite:{} cannot be had alone: stop the server and every other program that has "
                "it open ({})",
                path.string(), error.message);
}

Result<std::unique_ptr<Connection>> open_alone(const std::filesystem::path& path) {
    auto connection = Connection::open(path, kBusyTimeout, Access::Alone);
    if (!connection) {
        return in_use(path, connection.error());
    }
    // The lock is taken by the first look into the file.
    if (const auto locked = (*connection)->execute("BEGIN IMMEDIATE; COMMIT"); !locked) {
        return in_use(path, locked.error());
    }
    return connection;
}

}  // namespace

Result<std::vector<Table>> tables_of(int version) {
    if (version < 1 || version > newest_schema_version()) {
        return fail(ErrorCode::Unsupported,
                    "schema {} is not one of the {} that this program knows: use a newer version "
                    "of it",
                    version, newest_schema_version());
    }
    TRY_ASSIGN(const auto connection,
               Connection::open(":memory:", std::chrono::seconds(1), Access::ReadWrite));
    TRY(sqlite::migrate(*connection, sqlite_migrations().first(static_cast<std::size_t>(version)),
                        {}));
    return read_tables(*connection);
}

int newest_schema_version() { return static_cast<int>(sqlite_migrations().size()); }

Result<std::unique_ptr<TableSource>> open_sqlite_source(const std::filesystem::path& path,
                                                        Hold hold) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        return fail(ErrorCode::NotFound, "sqlite:{}: there is no such file", path.string());
    }
    std::unique_ptr<Connection> connection;
    if (hold == Hold::Alone) {
        TRY_ASSIGN(connection, open_alone(path));
    } else {
        TRY_ASSIGN(connection, Connection::open(path, std::chrono::seconds(10), Access::ReadOnly));
    }
    auto tables = std::make_unique<SqliteTables>(path, std::move(connection));
    if (const auto opened = tables->open_snapshot(); !opened) {
        return fail(opened.error().within("sqlite:" + path.string()));
    }
    return std::unique_ptr<TableSource>(std::move(tables));
}

Result<std::unique_ptr<TableTarget>> open_sqlite_target(const std::filesystem::path& path) {
    std::error_code error;
    const auto folder = path.parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
        std::filesystem::create_directories(folder, error);
        if (error) {
            return fail(ErrorCode::Forbidden, "make the folder {}: {}", folder.string(),
                        error.message());
        }
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    }
    TRY_ASSIGN(auto connection, open_alone(path));
    auto tables = std::make_unique<SqliteTables>(path, std::move(connection));
    TRY(tables->open_filling());
    return std::unique_ptr<TableTarget>(std::move(tables));
}

}  // namespace oidor::store

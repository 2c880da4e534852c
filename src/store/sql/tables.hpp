// All tables of a SQL database as one source and target: what both backends share. Statements are
// made from the tables that the migrations make, and the database is held against those.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/sql/connection.hpp"
#include "store/sql/function_ref.hpp"
#include "store/tables.hpp"

namespace oidor::store::sql {

/// The mark of a store that is being filled.
inline constexpr std::string_view kUnfinished = "unfinished_copy";
/// The history of migrations: each database keeps its own.
inline constexpr std::string_view kHistory = "schema_migrations";

/// Fails when the store is marked: it is being filled, and half of it is not the whole.
Result<void> check_finished(bool marked);

/// Columns by table, as a database has them.
using FoundTables = std::map<std::string, std::map<std::string, std::optional<ColumnKind>>>;

/// One caller at a time.
class SqlTables : public TableTarget {
  public:
    [[nodiscard]] int schema_version() const override { return version_; }
    [[nodiscard]] const std::vector<Table>& tables() const override { return tables_; }
    Result<std::int64_t> count_rows(const Table& table) override;
    Result<void> each_row(const Table& table, const TablePosition& from,
                          const RowReader& read) override;

    Result<bool> begin(int version, const std::string& from, const std::vector<Sha256>& shipped,
                       Timestamp now) override;
    Result<TablePosition> position(const Table& table) override;
    Result<void> put_rows(const Table& table, std::span<const Value> values,
                          const TablePosition& reached) override;
    Result<void> start_over() override;
    Result<void> set_complete() override;
    [[nodiscard]] bool is_complete() const override { return complete_; }
    Result<void> migrate_up(Timestamp now) override;
    Result<std::int64_t> put_right(const RestoredOptions& options) override;
    Result<void> finish() override;

  protected:
    SqlTables() = default;
    /// For a source: reads the version and holds the tables against it. Unsupported, Corrupt.
    Result<void> load();

    virtual Connection& connection() = 0;
    virtual Result<void> execute(const std::string& script) = 0;
    virtual Result<void> transact(FunctionRef<Result<void>()> work) = 0;
    /// Rows one by one, without holding them all.
    virtual Result<void> stream(const std::string& statement, std::span<const Param> params,
                                FunctionRef<Result<void>(const Row&)> read) = 0;
    virtual Result<void> insert(const Table& table, std::span<const Value> values) = 0;
    virtual Result<int> read_version() = 0;
    virtual Result<bool> has_table(std::string_view name) = 0;
    virtual Result<FoundTables> find_tables() = 0;
    /// Runs migrations until the schema has this version.
    virtual Result<void> migrate_to(int version, Timestamp now) = 0;
    /// Triggers judge what people do, not what is copied.
    virtual Result<void> set_triggers(bool on) = 0;
    /// New rows are numbered behind those that are there.
    virtual Result<void> set_numbers() = 0;

  private:
    Result<void> load_version(int version);
    Result<void> check_empty(const std::vector<Sha256>& shipped);
    Result<void> make_mark(int version, const std::string& from);
    Result<bool> take_up(int version, const std::string& from, Timestamp now);
    Result<void> delete_rows();
    Result<void> put_state(std::string_view key, const std::string& state);
    Result<std::optional<std::string>> find_state(std::string_view key);

    int version_ = 0;
    bool complete_ = false;
    std::vector<Table> tables_ = {};
};

/// `"name"`, as both databases take it.
std::string quoted_name(std::string_view name);
/// `"a", "b"` of a table's columns.
std::string column_list(const Table& table);
Param to_param(const Value& value);

}  // namespace oidor::store::sql

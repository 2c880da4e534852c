// Whole stores on their way: every table of one, row by row, out of one state and into an empty
// store. Backups, restores and copies between databases are made of this.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"

namespace oidor::store {

/// What a column holds, whatever the database calls it: ids and hashes are bytes.
enum class ColumnKind { Integer, Text, Bytes };

/// `integer`, `text`, `bytes`.
std::string_view format(ColumnKind kind);
std::optional<ColumnKind> parse_column_kind(std::string_view text);

/// One column of a table.
struct Column {
    std::string name = {};
    ColumnKind kind = ColumnKind::Text;
    bool operator==(const Column&) const = default;
};

/// One table as its migrations made it.
struct Table {
    std::string name = {};
    std::vector<Column> columns = {};
    std::vector<std::size_t> key = {};  ///< Places of the primary key's columns; empty without one.
    bool operator==(const Table&) const = default;
};

/// The tables that the first `version` migrations make, in an order in which each row comes behind
/// those that it refers to. The history of migrations is not among them. Unsupported for a version
/// that this program does not know; Internal for a schema that cannot be copied: a type of another
/// kind, or tables that refer to each other in a circle.
Result<std::vector<Table>> tables_of(int version);
/// The newest schema that this program knows.
int newest_schema_version();

/// Bytes that are no text.
struct Bytes {
    std::string_view bytes = {};
};
/// One value of a row; text and bytes are borrowed.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, Bytes>;
using TableRow = std::span<const Value>;
using RowReader = std::function<Result<void>(TableRow)>;

/// Puts values behind `bytes`: for each a byte that tells its kind (0 null, 1 integer, 2 text, 3
/// bytes), then 8 bytes, or 4 bytes of length and the content; little-endian.
void append_row(std::string& bytes, TableRow row);
/// Takes as many values from the front of `bytes` as `row` has places, borrowed from it. Corrupt
/// when they are not there whole.
Result<void> take_row(std::string_view& bytes, std::span<Value> row);

/// What the rows of a table come to, whatever their order: their count, and the sum of their
/// hashes.
class TableDigest {
  public:
    void add(TableRow row);
    [[nodiscard]] std::int64_t rows() const { return rows_; }
    bool operator==(const TableDigest&) const = default;

  private:
    std::int64_t rows_ = 0;
    std::array<std::uint64_t, 4> sum_ = {};
};

/// How far into a table somebody came.
struct TablePosition {
    std::int64_t rows = 0;
    std::string after = {};  ///< The key of the last row, as `append_row` writes it.
    bool done = false;
};

/// All tables of one state. One caller at a time.
class TableSource {
  public:
    virtual ~TableSource() = default;
    /// For people, without a password; the same for the same place.
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual int schema_version() const = 0;
    [[nodiscard]] virtual const std::vector<Table>& tables() const = 0;
    virtual Result<std::int64_t> count_rows(const Table& table) = 0;
    /// Calls `read` with each row behind the position, in the order of the key; a failure of `read`
    /// ends it.
    virtual Result<void> each_row(const Table& table, const TablePosition& from,
                                  const RowReader& read) = 0;
};

/// What is put right in a store that comes from a backup, before anybody may open it.
struct RestoredOptions {
    struct Tombstone {
        std::string kind = {};
        std::string identity_hash = {};  ///< Raw bytes.
        Timestamp erased_at = {};
    };
    std::vector<Tombstone> tombstones = {};  ///< Beside those that it holds.
};

/// A store that is filled. While it is, it holds a mark (the table `unfinished_copy`), and nobody
/// can open it as a store. One caller at a time; closed and opened again, it goes on where it was.
class TableTarget : public TableSource {
  public:
    /// Makes the tables of `version` and the mark; takes up what an earlier call for the same
    /// `from` left. Conflict when the store holds rows already (scorecards with one of the hashes
    /// `shipped` are none), or belongs to another copy. Gives true when it takes up.
    virtual Result<bool> begin(int version, const std::string& from,
                               const std::vector<Sha256>& shipped, Timestamp now) = 0;
    virtual Result<TablePosition> position(const Table& table) = 0;
    /// Puts rows, their values one behind the other, and the position reached, in one transaction.
    virtual Result<void> put_rows(const Table& table, std::span<const Value> values,
                                  const TablePosition& reached) = 0;
    /// Forgets all rows: the copy begins anew.
    virtual Result<void> start_over() = 0;
    /// All rows are in and were compared: numbers go on behind them, and `begin` changes nothing
    /// any more.
    virtual Result<void> set_complete() = 0;
    [[nodiscard]] virtual bool is_complete() const = 0;
    /// Runs the migrations that came since.
    virtual Result<void> migrate_up(Timestamp now) = 0;
    /// Releases the leases of running jobs, ends sessions, adds tombstones. Gives the count of
    /// tombstones that it then holds.
    virtual Result<std::int64_t> put_right(const RestoredOptions& options) = 0;
    /// Takes the mark away: it is a store.
    virtual Result<void> finish() = 0;
};

/// `Snapshot`: others may go on writing, which is not seen. `Alone`: nobody else has it open.
enum class Hold { Snapshot, Alone };

/// The tables of a SQLite store. NotFound; Conflict when somebody has it open and `Alone` is
/// wanted; Unsupported when its schema is newer, Corrupt when it lacks a table.
Result<std::unique_ptr<TableSource>> open_sqlite_source(const std::filesystem::path& path,
                                                        Hold hold);
/// A SQLite file to fill, made when it is missing. Conflict when somebody has it open.
Result<std::unique_ptr<TableTarget>> open_sqlite_target(const std::filesystem::path& path);

/// The same for a PostgreSQL database (the schema of its search path). The errors of
/// `open_postgres_store`, and Conflict as above.
Result<std::unique_ptr<TableSource>> open_postgres_source(const Secret& url, Hold hold);
Result<std::unique_ptr<TableTarget>> open_postgres_target(const Secret& url);

}  // namespace oidor::store

// A prepared statement in use: binding, stepping, reading columns.
#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"
#include "store/sql/values.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace oidor::store::sqlite {

using sql::Blob;
using sql::Row;

/// Why a call of SQLite's failed, as one of our codes with a cure for the operator. `what` is what
/// was tried.
Failure sqlite_failure(sqlite3* database, int result, std::string_view what);

/// The row on which a statement stands.
class StatementRow final : public Row {
  public:
    explicit StatementRow(sqlite3_stmt* statement) : statement_(statement) {}

    [[nodiscard]] bool is_null(int column) const override;
    [[nodiscard]] std::int64_t int64(int column) const override;
    [[nodiscard]] std::string_view view(int column) const override;

  private:
    sqlite3_stmt* statement_;
};

/// Binds values in order. Text and bytes are borrowed until the statement is reset. Gives the first
/// failure, SQLITE_OK without one.
int bind_all(sqlite3_stmt* statement, std::span<const sql::Param> params);

}  // namespace oidor::store::sqlite

// One connection to a database that speaks SQL, as the ports of this folder use it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/sql/function_ref.hpp"
#include "store/sql/values.hpp"

namespace oidor::store::sql {

/// One caller at a time. Statements name their values `?` (each the next one) or `?1`, `?2` …, and
/// keep to what SQLite and PostgreSQL both understand; the column of a row that is being updated
/// by a conflict is named with its table.
class Connection {
  public:
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Runs a statement to its end; gives the count of rows that it changed.
    template <typename... Args>
    Result<std::int64_t> run(std::string_view sql, const Args&... args) {
        const std::array<Param, sizeof...(Args)> params = {to_param(args)...};
        return query(sql, params, Take::None, [](const Row&) {});
    }

    /// Calls `read(const Row&)` with the first row; false when there is none.
    template <typename Read, typename... Args>
    Result<bool> first(std::string_view sql, Read&& read, const Args&... args) {
        const std::array<Param, sizeof...(Args)> params = {to_param(args)...};
        TRY_ASSIGN(const auto count, query(sql, params, Take::First, read));
        return count > 0;
    }

    /// Calls `read(const Row&)` with each row.
    template <typename Read, typename... Args>
    Result<void> each(std::string_view sql, Read&& read, const Args&... args) {
        const std::array<Param, sizeof...(Args)> params = {to_param(args)...};
        return each_of(sql, params, read);
    }

    /// The same with values known only while the program runs.
    template <typename Read>
    Result<void> each_of(std::string_view sql, std::span<const Param> params, Read&& read) {
        TRY(query(sql, params, Take::All, read));
        return {};
    }

    /// What is put behind a SELECT of rows that the same transaction goes on to change: others
    /// that write wait for it. Empty where one thread writes.
    [[nodiscard]] virtual std::string_view lock_clause() const = 0;

  protected:
    Connection() = default;

    /// Which rows are read.
    enum class Take { None, First, All };
    /// Gives the count of rows read, of rows changed with `None`.
    virtual Result<std::int64_t> query(std::string_view sql, std::span<const Param> params,
                                       Take take, FunctionRef<void(const Row&)> read) = 0;
};

}  // namespace oidor::store::sql

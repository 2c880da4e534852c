// One connection to PostgreSQL: opened with our settings, its statements prepared once.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"
#include "store/postgres/target.hpp"
#include "store/sql/connection.hpp"

struct pg_conn;
struct pg_result;

namespace oidor::store::postgres {

/// One caller at a time.
class Connection final : public sql::Connection {
  public:
    /// Connects and checks that the server keeps what it says it has kept. Errors: Unavailable,
    /// Unauthenticated, NotFound (no such database), Forbidden, Unsupported (too old, another
    /// encoding than UTF-8, fsync off).
    static Result<std::unique_ptr<Connection>> open(const Target& target);
    ~Connection() override;

    /// Others that write the row wait; those that only name it as a foreign key do not.
    [[nodiscard]] std::string_view lock_clause() const override { return " FOR NO KEY UPDATE"; }
    /// Runs a script of statements without values.
    Result<void> execute(const std::string& script);
    /// Ends the transaction. Conflict or Internal when the server undid it instead; when the
    /// connection broke under it, nobody knows (`broken` tells).
    Result<void> commit();
    void roll_back();

    /// It is of no use any more.
    [[nodiscard]] bool broken() const;
    [[nodiscard]] bool in_transaction() const;
    /// The newest failure may be gone when the transaction is begun anew.
    [[nodiscard]] bool may_rerun() const;
    [[nodiscard]] pg_conn* handle() const { return handle_; }

  protected:
    Result<std::int64_t> query(std::string_view sql, std::span<const sql::Param> params, Take take,
                               sql::FunctionRef<void(const sql::Row&)> read) override;

  private:
    struct FreeResult {
        void operator()(pg_result* result) const;
    };
    using Answer = std::unique_ptr<pg_result, FreeResult>;
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };

    explicit Connection(pg_conn* handle) : handle_(handle) {}
    Result<void> set_up(const Target& target);
    Result<void> check_server();
    Result<void> check(const Answer& answer);
    /// The name under which the server knows a statement; prepares it when it is new.
    Result<std::string> prepare(std::string_view sql);

    pg_conn* handle_;
    std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> prepared_ = {};
    std::string failed_state_ = {};  ///< SQLSTATE of the newest failure.
};

}  // namespace oidor::store::postgres

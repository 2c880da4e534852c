// One connection to the SQLite file: opened with our settings, its statements prepared once.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/result.hpp"
#include "store/sql/connection.hpp"
#include "store/sqlite/statement.hpp"

namespace oidor::store::sqlite {

/// `ReadOnly` refuses writes by statement; the file itself is opened so that the WAL can be shared.
/// `Alone` writes, and keeps everybody else out as long as it is open.
enum class Access { ReadWrite, ReadOnly, Alone };

/// One caller at a time.
class Connection final : public sql::Connection {
  public:
    /// Errors: Unavailable (locked, disk full), Forbidden, Corrupt.
    static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& path,
                                                    std::chrono::milliseconds busy_timeout,
                                                    Access access);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// One thread writes: nothing is locked row by row.
    [[nodiscard]] std::string_view lock_clause() const override { return ""; }
    /// Runs a script of statements without values.
    Result<void> execute(const std::string& script);
    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] sqlite3* handle() const { return database_; }

  protected:
    Result<std::int64_t> query(std::string_view sql, std::span<const sql::Param> params, Take take,
                               sql::FunctionRef<void(const Row&)> read) override;

  private:
    explicit Connection(sqlite3* database) : database_(database) {}

    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    using Cache = std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>>;

    /// A statement taken out of the cache for one call, and put back reset.
    struct Use {
        Use(Connection& owner, std::string_view sql);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        Result<void> bind(std::span<const sql::Param> params) const;
        Result<bool> step() const;

        Connection& connection;
        sqlite3_stmt* statement = nullptr;
        sqlite3_stmt** slot = nullptr;
        int prepare_result = 0;
    };

    sqlite3* database_;
    Cache cache_ = {};
};

/// A transaction for several reads of one state. Ends when it is dropped.
class Snapshot {
  public:
    static Result<Snapshot> open(Connection& connection);
    ~Snapshot();
    Snapshot(Snapshot&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

  private:
    explicit Snapshot(Connection& connection) : connection_(&connection) {}
    Connection* connection_;
};

}  // namespace oidor::store::sqlite

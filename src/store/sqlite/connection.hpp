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
#include <variant>

#include "base/result.hpp"
#include "domain/conversation.hpp"
#include "store/sqlite/statement.hpp"

namespace oidor::store::sqlite {

/// `ReadOnly` refuses writes by statement; the file itself is opened so that the WAL can be shared.
enum class Access { ReadWrite, ReadOnly };

/// A value of a statement that is put together while the program runs.
using Value = std::variant<std::int64_t, std::string, ConversationId>;

/// One caller at a time.
class Connection {
  public:
    /// Errors: Unavailable (locked, disk full), Forbidden, Corrupt.
    static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& path,
                                                    std::chrono::milliseconds busy_timeout,
                                                    Access access);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Runs a statement to its end; gives the count of rows that it changed.
    template <typename... Args>
    Result<std::int64_t> run(std::string_view sql, const Args&... args) {
        Use use(*this, sql);
        Binder binder(use.statement);
        (binder.bind(args), ...);
        TRY(use.check(binder));
        TRY_ASSIGN(bool more, use.step());
        while (more) {
            TRY_ASSIGN(more, use.step());
        }
        return changes();
    }

    /// Calls `read(const Row&)` with the first row; false when there is none.
    template <typename Read, typename... Args>
    Result<bool> first(std::string_view sql, Read&& read, const Args&... args) {
        Use use(*this, sql);
        Binder binder(use.statement);
        (binder.bind(args), ...);
        TRY(use.check(binder));
        TRY_ASSIGN(const bool found, use.step());
        if (found) {
            read(Row(use.statement));
        }
        return found;
    }

    /// Calls `read(const Row&)` with each row.
    template <typename Read, typename... Args>
    Result<void> each(std::string_view sql, Read&& read, const Args&... args) {
        Use use(*this, sql);
        Binder binder(use.statement);
        (binder.bind(args), ...);
        TRY(use.check(binder));
        return read_all(use, read);
    }

    /// The same with values known only while the program runs.
    template <typename Read>
    Result<void> each_of(std::string_view sql, std::span<const Value> values, Read&& read) {
        Use use(*this, sql);
        Binder binder(use.statement);
        for (const auto& value : values) {
            std::visit([&](const auto& held) { binder.bind(held); }, value);
        }
        TRY(use.check(binder));
        return read_all(use, read);
    }

    /// Runs a script of statements without values.
    Result<void> execute(const std::string& script);
    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] sqlite3* handle() const { return database_; }

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
        Result<void> check(const Binder& binder) const;
        Result<bool> step() const;

        Connection& connection;
        sqlite3_stmt* statement = nullptr;
        sqlite3_stmt** slot = nullptr;
        int prepare_result = 0;
    };

    template <typename Read>
    Result<void> read_all(Use& use, Read& read) {
        TRY_ASSIGN(bool more, use.step());
        while (more) {
            read(Row(use.statement));
            TRY_ASSIGN(more, use.step());
        }
        return {};
    }

    [[nodiscard]] std::int64_t changes() const;

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

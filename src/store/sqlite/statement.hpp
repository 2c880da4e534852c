// A prepared statement in use: binding, stepping, reading columns.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace oidor::store::sqlite {

/// Bytes that are bound as a BLOB; they must outlive the step.
struct Blob {
    std::string_view bytes = {};
};

/// Why a call of SQLite's failed, as one of our codes with a cure for the operator. `what` is what
/// was tried.
Failure sqlite_failure(sqlite3* database, int result, std::string_view what);

/// A row's columns, read by position; lives for one call of a reader. Wrong kinds read as zero or
/// empty: the schema is STRICT.
class Row {
  public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}

    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t int64(int column) const;
    [[nodiscard]] int int32(int column) const { return static_cast<int>(int64(column)); }
    [[nodiscard]] bool boolean(int column) const { return int64(column) != 0; }
    /// Text or BLOB; valid until the next row.
    [[nodiscard]] std::string_view view(int column) const;
    [[nodiscard]] std::string text(int column) const { return std::string(view(column)); }
    [[nodiscard]] std::optional<std::string> optional_text(int column) const;
    [[nodiscard]] std::optional<std::int64_t> optional_int64(int column) const;
    [[nodiscard]] Timestamp time(int column) const;
    [[nodiscard]] std::optional<Timestamp> optional_time(int column) const;
    [[nodiscard]] Uuid uuid(int column) const;
    template <typename IdType>
    [[nodiscard]] IdType id(int column) const {
        return IdType{uuid(column)};
    }
    [[nodiscard]] Sha256 sha256(int column) const;

  private:
    sqlite3_stmt* statement_;
};

/// Binds values by position, from 1. Text and BLOBs are borrowed until the statement is reset.
class Binder {
  public:
    explicit Binder(sqlite3_stmt* statement) : statement_(statement) {}

    void bind(std::nullptr_t);
    void bind(std::int64_t value);
    void bind(int value) { bind(static_cast<std::int64_t>(value)); }
    void bind(bool value) { bind(static_cast<std::int64_t>(value ? 1 : 0)); }
    void bind(std::string_view text);
    void bind(const std::string& text) { bind(std::string_view(text)); }
    void bind(const char* text) { bind(std::string_view(text)); }
    void bind(Blob blob);
    void bind(const Sha256& hash) {
        bind(Blob{{reinterpret_cast<const char*>(hash.data()), hash.size()}});
    }
    void bind(Timestamp time) { bind(std::int64_t{time.time_since_epoch().count()}); }
    template <typename Tag>
    void bind(const Id<Tag>& id) {
        bind(Blob{id.bytes()});
    }
    template <typename T>
    void bind(const std::optional<T>& value) {
        if (value) {
            bind(*value);
        } else {
            bind(nullptr);
        }
    }
    /// The first failure, SQLITE_OK without one.
    [[nodiscard]] int result() const { return result_; }

  private:
    void note(int result);

    sqlite3_stmt* statement_;
    int next_ = 1;
    int result_ = 0;
};

}  // namespace oidor::store::sqlite

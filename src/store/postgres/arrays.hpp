// Columns of values for `unnest`, in PostgreSQL's binary form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "store/sql/values.hpp"

namespace oidor::store::postgres {

/// The kinds of columns; the numbers are PostgreSQL's own (pg_type).
enum class Element : std::uint32_t { Bytes = 17, Int64 = 20, Text = 25, Uuid = 2950 };

/// One array. Source: array_send in src/backend/utils/adt/arrayfuncs.c, PostgreSQL 15.
class Array {
  public:
    explicit Array(Element element);

    void add(std::int64_t value);
    void add(Timestamp time) { add(std::int64_t{time.time_since_epoch().count()}); }
    /// Text is escaped where the server would refuse it; other bytes are taken as they are.
    void add(std::string_view bytes);
    void add(const Sha256& hash) {
        add(std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
    }
    template <typename Tag>
    void add(const Id<Tag>& id) {
        add(id.bytes());
    }
    template <typename T>
    void add(const std::optional<T>& value) {
        if (value) {
            add(*value);
        } else {
            add_null();
        }
    }
    void add_null();

    /// As a value of a statement, cast there to its type; borrowed from this array.
    [[nodiscard]] sql::Blob param() const { return {bytes_}; }
    [[nodiscard]] std::size_t size() const { return count_; }

  private:
    void put32(std::size_t at, std::uint32_t value);
    void append32(std::uint32_t value);
    void count_one();

    Element element_;
    std::uint32_t count_ = 0;
    std::string bytes_ = {};
};

}  // namespace oidor::store::postgres

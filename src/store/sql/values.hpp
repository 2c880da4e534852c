// What goes into a statement and comes out of a row, the same for every SQL backend.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"

namespace oidor::store::sql {

/// Bytes that are no text; they must outlive the statement.
struct Blob {
    std::string_view bytes = {};
};

/// One value of a statement. Text and bytes are borrowed until it has run.
using Param = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob>;

inline Param to_param(std::nullptr_t) { return nullptr; }
inline Param to_param(std::int64_t value) { return value; }
inline Param to_param(int value) { return static_cast<std::int64_t>(value); }
inline Param to_param(bool value) { return static_cast<std::int64_t>(value ? 1 : 0); }
inline Param to_param(std::string_view text) { return text; }
inline Param to_param(const std::string& text) { return std::string_view(text); }
inline Param to_param(const char* text) { return std::string_view(text); }
inline Param to_param(Blob blob) { return blob; }
inline Param to_param(const Sha256& hash) {
    return Blob{{reinterpret_cast<const char*>(hash.data()), hash.size()}};
}
inline Param to_param(Timestamp time) { return std::int64_t{time.time_since_epoch().count()}; }
template <typename Tag>
Param to_param(const Id<Tag>& id) {
    return Blob{id.bytes()};
}
template <typename T>
Param to_param(const std::optional<T>& value) {
    return value ? to_param(*value) : Param(nullptr);
}

/// A row's columns, read by position; lives for one call of a reader. Wrong kinds read as zero or
/// empty: both schemas are strict.
class Row {
  public:
    virtual ~Row() = default;
    [[nodiscard]] virtual bool is_null(int column) const = 0;
    [[nodiscard]] virtual std::int64_t int64(int column) const = 0;
    /// Text or bytes; valid until the next row.
    [[nodiscard]] virtual std::string_view view(int column) const = 0;

    [[nodiscard]] int int32(int column) const { return static_cast<int>(int64(column)); }
    [[nodiscard]] bool boolean(int column) const { return int64(column) != 0; }
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
};

}  // namespace oidor::store::sql

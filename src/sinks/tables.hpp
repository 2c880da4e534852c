// The three tables that leave the house (DESIGN §4.5), their columns and the values in them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"

namespace oidor::sinks {

enum class Table { Recordings, Transcriptions, Audits };
inline constexpr std::size_t kTableCount = 3;

/// `call_recordings`, `call_transcriptions`, `call_audits`.
std::string_view format(Table table);
std::optional<Table> parse_table(std::string_view text);

/// What a column holds, as Databricks names it.
enum class ColumnType { String, Boolean, Int, Float, Timestamp, Strings };

/// One column. All may be null but `row_key`.
struct Column {
    std::string_view name;
    ColumnType type;
};

/// Those of the house's older tables first, ours to the right.
std::span<const Column> columns_of(Table table);
/// Where `row_key` stands.
std::size_t key_column_of(Table table);

/// A cell.
using Value = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Timestamp,
                           std::vector<std::string>>;

/// The day of what has no start.
inline constexpr std::string_view kUndated = "undated";

/// A value as JSON: times as RFC 3339, lists as arrays.
std::string format_json_value(const Value& value);

}  // namespace oidor::sinks

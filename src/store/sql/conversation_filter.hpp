// The conditions of a ConversationFilter, put together with their values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/conversations.hpp"
#include "store/sql/values.hpp"

namespace oidor::store::sql {

/// A statement over `conversations c` that is put together while the program runs. `sql` ends in a
/// WHERE with a condition; every addition is one more.
struct FilterQuery {
    using Value = std::variant<std::int64_t, std::string, ConversationId>;

    std::string sql = {};
    std::vector<Value> values = {};

    void add(std::string_view condition, Value value);
    void add_filter(const ConversationFilter& filter);
    /// Borrows from `values`.
    [[nodiscard]] std::vector<Param> params() const;
};

}  // namespace oidor::store::sql

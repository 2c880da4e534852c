#include "store/sql/values.hpp"

#include <algorithm>

namespace oidor::store::sql {

std::optional<std::string> Row::optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<std::int64_t> Row::optional_int64(int column) const {
    return is_null(column) ? std::nullopt : std::optional(int64(column));
}

Timestamp Row::time(int column) const {
    return Timestamp(std::chrono::microseconds(int64(column)));
}

std::optional<Timestamp> Row::optional_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}

Uuid Row::uuid(int column) const {
    Uuid uuid;
    const auto bytes = view(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), uuid.bytes.size()), uuid.bytes.begin());
    return uuid;
}

Sha256 Row::sha256(int column) const {
    Sha256 hash = {};
    const auto bytes = view(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

}  // namespace oidor::store::sql

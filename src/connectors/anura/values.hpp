// How a rendered value is read by its variable's kind. Pure; every reader gives nothing for what it
// cannot read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "connectors/connector.hpp"

namespace oidor::connectors::anura {

/// White space at both ends cut off.
std::string_view trim(std::string_view text);

/// `A` to `Z` in lower case, the rest as it is.
std::string ascii_lower(std::string_view text);

/// True for what a template renders when a variable has no value: nothing, `null`, `None`,
/// `undefined`, `nil`, or the placeholder itself (`{{ price }}`). `text` is trimmed.
bool is_empty_text(std::string_view text);

/// `120`, `-1`, `007`, `120.0`, `120.9` (truncated).
std::optional<std::int64_t> read_integer(std::string_view text);

/// As `read_integer`, and `00:02:00` or `02:00`; 0 to 30 days.
std::optional<std::int64_t> read_seconds(std::string_view text);

/// `1.5`, `1,50`, `1.234,50`, `1,234.50`; digits behind the sixth place are cut.
std::optional<Decimal> read_price(std::string_view text);

/// `true 1 yes y si sí on` and `false 0 no n off`, in any case.
std::optional<bool> read_flag(std::string_view text);

/// `2026-02-10 10:30:00`, with `T`, a fraction, an offset; `10/02/2026 10:30:00`; seconds (10
/// digits) or milliseconds (13 digits) since the epoch. Without an offset it is local time of the
/// account's zone. Years 1990 to 2199.
std::optional<Timestamp> read_moment(std::string_view text, const AccountContext& account);

}  // namespace oidor::connectors::anura

// How values that other systems wrote as text are read: numbers, flags and moments in the forms
// that telephone exchanges give them. Pure; every reader gives nothing for what it cannot read.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace oidor {

/// White space at both ends cut off.
std::string_view trim(std::string_view text);

/// `A` to `Z` in lower case, the rest as it is.
std::string ascii_lower(std::string_view text);

bool is_all_digits(std::string_view text);

/// `120`, `-1`, `007`, `120.0`, `120.9` (truncated).
std::optional<std::int64_t> read_integer(std::string_view text);

/// As `read_integer`, and `00:02:00` or `02:00`; 0 to 30 days.
std::optional<std::int64_t> read_seconds(std::string_view text);

/// `true 1 yes y si sí on` and `false 0 no n off`, in any case.
std::optional<bool> read_flag(std::string_view text);

/// Local time minus UTC at a local moment.
using UtcOffset = std::function<std::chrono::minutes(std::chrono::local_seconds local)>;

/// `2026-02-10 10:30:00`, with `T`, a fraction, an offset; `10/02/2026 10:30:00`; seconds (10
/// digits) or milliseconds (13 digits) since the epoch. Without an offset it is local time by
/// `utc_offset` (UTC where there is none). Years 1990 to 2199.
std::optional<Timestamp> read_moment(std::string_view text, const UtcOffset& utc_offset);

}  // namespace oidor

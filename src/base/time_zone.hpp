// Time zones by their IANA names, from the system's database.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace oidor {

/// True for a name that the system's database knows: `America/Lima`.
bool is_time_zone(std::string_view name);

/// Local time minus UTC at a local moment; an unknown zone counts as UTC. Of a moment that comes
/// twice (clocks set back) the first; a moment that is skipped counts by the offset before it.
std::chrono::minutes utc_offset(std::string_view time_zone, std::chrono::local_seconds local);

/// The local calendar day of a moment: `2026-02-10`. An unknown zone counts as UTC.
std::string local_day(std::string_view time_zone, Timestamp time);

/// The local time of a moment, for people: `2026-02-10 10:30:00`.
std::string local_time(std::string_view time_zone, Timestamp time);

/// The moment at which a local day (`2026-02-10`) begins: its midnight, or when the clocks jumped
/// over it, the moment of the jump. Nothing for a text that is no day.
std::optional<Timestamp> local_day_start(std::string_view time_zone, std::string_view day);

/// The moment at which the local hour of `time` began. An hour that comes twice (clocks set back)
/// is two hours.
Timestamp local_hour_start(std::string_view time_zone, Timestamp time);

/// The day that lies so many days after this one; `day` itself when it is none.
std::string add_days(std::string_view day, int days);

}  // namespace oidor

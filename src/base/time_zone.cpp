#include "base/time_zone.hpp"

#include <exception>

#define USE_OS_TZDB 1  // as Debian builds the library
#include <date/tz.h>
#include <fmt/format.h>

namespace oidor {
namespace {

const date::time_zone* find_zone(std::string_view name) {
    try {
        return date::locate_zone(std::string(name));
    } catch (const std::exception&) {  // the library's word for an unknown name
        return nullptr;
    }
}

date::local_time<std::chrono::microseconds> to_local(std::string_view zone_name, Timestamp time) {
    const auto* zone = find_zone(zone_name);
    const auto offset = zone != nullptr
                            ? zone->get_info(std::chrono::floor<std::chrono::seconds>(time)).offset
                            : std::chrono::seconds(0);
    return date::local_time<std::chrono::microseconds>(time.time_since_epoch() + offset);
}

}  // namespace

bool is_time_zone(std::string_view name) { return find_zone(name) != nullptr; }

std::chrono::minutes utc_offset(std::string_view time_zone, std::chrono::local_seconds local) {
    const auto* zone = find_zone(time_zone);
    if (zone == nullptr) {
        return std::chrono::minutes(0);
    }
    const auto info = zone->get_info(date::local_seconds(local.time_since_epoch()));
    return std::chrono::duration_cast<std::chrono::minutes>(info.first.offset);
}

std::string local_day(std::string_view time_zone, Timestamp time) {
    return local_time(time_zone, time).substr(0, 10);
}

std::string local_time(std::string_view time_zone, Timestamp time) {
    const auto local = to_local(time_zone, time);
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const date::year_month_day date(day);
    const date::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(local - day));
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

namespace {

/// Midnight in UTC of `2026-02-10`.
std::optional<Timestamp> read_day(std::string_view day) {
    return day.size() == 10 ? parse_rfc3339(fmt::format("{}T00:00:00Z", day)) : std::nullopt;
}

}  // namespace

std::optional<Timestamp> local_day_start(std::string_view time_zone, std::string_view day) {
    const auto midnight = read_day(day);
    if (!midnight) {
        return std::nullopt;
    }
    const std::chrono::local_seconds local(
        std::chrono::floor<std::chrono::seconds>(midnight->time_since_epoch()));
    return *midnight - utc_offset(time_zone, local);
}

Timestamp local_hour_start(std::string_view time_zone, Timestamp time) {
    const auto local = to_local(time_zone, time);
    return time - (local - std::chrono::floor<std::chrono::hours>(local));
}

std::string add_days(std::string_view day, int days) {
    const auto midnight = read_day(day);
    return midnight ? format_rfc3339(*midnight + std::chrono::days(days)).substr(0, 10)
                    : std::string(day);
}

}  // namespace oidor

#include "base/time.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace oidor {
namespace {

using namespace std::chrono;

/// Reads exactly `width` digits at `position` and moves on; nothing when there is another
/// character.
std::optional<int> read_digits(std::string_view text, std::size_t& position, std::size_t width) {
    if (position + width > text.size()) {
        return std::nullopt;
    }
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        const char c = text[position + i];
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    position += width;
    return value;
}

bool read_char(std::string_view text, std::size_t& position, std::string_view allowed) {
    if (position < text.size() && allowed.find(text[position]) != std::string_view::npos) {
        ++position;
        return true;
    }
    return false;
}

std::optional<microseconds> read_fraction(std::string_view text, std::size_t& position) {
    if (!read_char(text, position, ".,")) {
        return 0us;
    }
    const std::size_t start = position;
    std::int64_t value = 0;
    std::int64_t scale = 100'000;
    while (position < text.size() && text[position] >= '0' && text[position] <= '9') {
        value += (text[position] - '0') * scale;
        scale /= 10;
        ++position;
    }
    return position == start ? std::nullopt : std::optional(microseconds(value));
}

std::optional<minutes> read_offset(std::string_view text, std::size_t& position) {
    if (read_char(text, position, "Zz")) {
        return minutes(0);
    }
    const bool negative = position < text.size() && text[position] == '-';
    if (!read_char(text, position, "+-")) {
        return std::nullopt;
    }
    const auto hour = read_digits(text, position, 2);
    read_char(text, position, ":");
    const auto minute = read_digits(text, position, 2);
    if (!hour || !minute || *hour > 23 || *minute > 59) {
        return std::nullopt;
    }
    const minutes offset = hours(*hour) + minutes(*minute);
    return negative ? -offset : offset;
}

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    std::size_t at = 0;
    const auto y = read_digits(text, at, 4);
    if (!y || !read_char(text, at, "-")) {
        return std::nullopt;
    }
    const auto m = read_digits(text, at, 2);
    if (!m || !read_char(text, at, "-")) {
        return std::nullopt;
    }
    const auto d = read_digits(text, at, 2);
    if (!d || !read_char(text, at, "Tt ")) {
        return std::nullopt;
    }
    const auto hour = read_digits(text, at, 2);
    if (!hour || !read_char(text, at, ":")) {
        return std::nullopt;
    }
    const auto minute = read_digits(text, at, 2);
    if (!minute || !read_char(text, at, ":")) {
        return std::nullopt;
    }
    const auto second = read_digits(text, at, 2);
    if (!second || *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    const auto fraction = read_fraction(text, at);
    const auto offset = read_offset(text, at);
    const year_month_day date{year(*y), month(static_cast<unsigned>(*m)),
                              day(static_cast<unsigned>(*d))};
    if (!fraction || !offset || at != text.size() || !date.ok()) {
        return std::nullopt;
    }
    return Timestamp(sys_days(date)) + hours(*hour) + minutes(*minute) +
           seconds(std::min(*second, 59)) + *fraction - *offset;
}

std::string format_rfc3339(Timestamp time) {
    const auto date_part = floor<days>(time);
    const year_month_day date(date_part);
    const hh_mm_ss clock(time - date_part);
    auto text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    clock.hours().count(), clock.minutes().count(), clock.seconds().count());
    const auto fraction = clock.subseconds().count();
    if (fraction % 1000 != 0) {
        text += fmt::format(".{:06}", fraction);
    } else if (fraction != 0) {
        text += fmt::format(".{:03}", fraction / 1000);
    }
    return text + "Z";
}

Timestamp SystemClock::now() const { return floor<microseconds>(system_clock::now()); }

milliseconds Deadline::remaining() const {
    const auto left = at_ - steady_clock::now();
    return std::clamp(duration_cast<milliseconds>(left), milliseconds(0), milliseconds(hours(1)));
}

}  // namespace oidor

#include "base/readings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace oidor {
namespace {

using namespace std::chrono;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::int64_t> parse_int64(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    return result.ec == std::errc() && result.ptr == end ? std::optional(value) : std::nullopt;
}

/// `h:m:s` or `m:s`.
std::optional<std::int64_t> read_clock(std::string_view text) {
    std::int64_t total = 0;
    int parts = 0;
    while (true) {
        const auto colon = text.find(':');
        const auto part = text.substr(0, colon);
        const auto value =
            is_all_digits(part) && part.size() <= 4 ? parse_int64(part) : std::nullopt;
        if (!value || ++parts > 3 || (parts > 1 && *value > 59)) {
            return std::nullopt;
        }
        total = total * 60 + *value;
        if (colon == std::string_view::npos) {
            return parts > 1 ? std::optional(total) : std::nullopt;
        }
        text.remove_prefix(colon + 1);
    }
}

std::optional<Timestamp> read_epoch(std::string_view text) {
    if (!is_all_digits(text) || (text.size() != 10 && text.size() != 13)) {
        return std::nullopt;
    }
    const auto value = parse_int64(text);
    if (!value) {
        return std::nullopt;
    }
    return text.size() == 10 ? Timestamp(seconds(*value)) : Timestamp(milliseconds(*value));
}

/// `10/02/2026 …` as `2026-02-10 …`; anything else as it is.
std::string year_first(std::string_view text) {
    const bool day_first = text.size() >= 10 && text[2] == '/' && text[5] == '/' &&
                           is_all_digits(text.substr(0, 2)) && is_all_digits(text.substr(3, 2)) &&
                           is_all_digits(text.substr(6, 4));
    if (!day_first) {
        return std::string(text);
    }
    std::string turned(text.substr(6, 4));
    turned.append("-").append(text.substr(3, 2)).append("-").append(text.substr(0, 2));
    return turned.append(text.substr(10));
}

}  // namespace

bool is_all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::string ascii_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

std::optional<std::int64_t> read_integer(std::string_view text) {
    const auto point = text.find_first_of(".,");
    if (point != std::string_view::npos) {
        const auto places = text.substr(point + 1);
        if (!places.empty() && !is_all_digits(places)) {
            return std::nullopt;
        }
        text = text.substr(0, point);
    }
    return parse_int64(text);
}

std::optional<std::int64_t> read_seconds(std::string_view text) {
    constexpr std::int64_t kSecondsMax = std::int64_t{30} * 24 * 3600;
    const auto value = text.contains(':') ? read_clock(text) : read_integer(text);
    // "-0.5" truncates to zero, and is no duration either.
    return value && *value >= 0 && *value <= kSecondsMax && !text.starts_with('-') ? value
                                                                                   : std::nullopt;
}

std::optional<bool> read_flag(std::string_view text) {
    constexpr std::array<std::string_view, 10> kYes = {
        "true", "1", "yes", "y", "si", "on", "s\xC3\xAD", "s\xC3\x8D", "si\xCC\x81", "1.0"};
    constexpr std::array<std::string_view, 6> kNo = {"false", "0", "no", "n", "off", "0.0"};
    if (text.size() > 5) {
        return std::nullopt;
    }
    const auto lower = ascii_lower(text);
    if (std::ranges::find(kYes, lower) != kYes.end()) {
        return true;
    }
    return std::ranges::find(kNo, lower) != kNo.end() ? std::optional(false) : std::nullopt;
}

std::optional<Timestamp> read_moment(std::string_view text, const UtcOffset& utc_offset) {
    constexpr std::size_t kLongest = 48;
    if (text.size() > kLongest) {
        return std::nullopt;
    }
    auto moment = read_epoch(text);
    if (!moment) {
        const auto dated = year_first(text);
        moment = parse_rfc3339(dated);
        if (!moment) {
            moment = parse_rfc3339(dated + ":00");  // An offset of whole hours: `-03`.
        }
        if (!moment) {
            moment = parse_rfc3339(dated + "Z");
            if (moment && utc_offset) {
                const local_seconds local(floor<seconds>(*moment).time_since_epoch());
                *moment -= utc_offset(local);
            }
        }
    }
    constexpr Timestamp kFirst = sys_days(year(1990) / 1 / 1);
    constexpr Timestamp kLast = sys_days(year(2200) / 1 / 1);
    return moment && *moment >= kFirst && *moment < kLast ? moment : std::nullopt;
}

}  // namespace oidor

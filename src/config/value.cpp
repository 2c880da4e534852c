#include "config/value.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "base/decimal.hpp"
#include "base/utf8.hpp"
#include "config/audio_price.hpp"

namespace oidor::config {
namespace {

constexpr std::string_view kMask = "********";
constexpr std::size_t kTextBytesMax = 4096;

struct Unit {
    std::string_view name;
    std::int64_t factor;
};
// Largest first: formatting takes the first that divides the value.
constexpr std::array kDurationUnits = {Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                                       Unit{"m", 60'000}, Unit{"s", 1'000}, Unit{"ms", 1}};
constexpr std::array kSizeUnits = {Unit{"GiB", std::int64_t{1} << 30},
                                   Unit{"MiB", std::int64_t{1} << 20},
                                   Unit{"KiB", std::int64_t{1} << 10}, Unit{"", 1}};

template <std::size_t N>
std::optional<std::int64_t> parse_with_unit(std::string_view text,
                                            const std::array<Unit, N>& units) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) {
        return std::nullopt;
    }
    auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (rest.starts_with(' ')) {
        rest.remove_prefix(1);
    }
    const auto* unit = std::ranges::find(units, rest, &Unit::name);
    if (unit == units.end() || number > std::numeric_limits<std::int64_t>::max() / unit->factor) {
        return std::nullopt;
    }
    return number * unit->factor;
}

bool all_of(std::string_view text, bool (*accepts)(char)) {
    return !text.empty() && std::ranges::all_of(text, accepts);
}
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) { return is_lower(c) || is_digit(c) || c == '_'; }
bool is_host_char(char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
}
bool is_host_name(std::string_view text) {
    return all_of(text, is_host_char) && !text.starts_with('.') && !text.ends_with('.') &&
           !text.contains("..");
}
bool is_zone_char(char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '_' || c == '+' || c == '-' ||
           c == '/';
}
bool is_visible(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F;
}

bool is_ip(std::string_view text, int family) {
    std::array<unsigned char, 16> bytes{};
    return text.size() < 64 && inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

std::optional<int> parse_int(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

bool is_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = text.substr(0, slash);
    const bool v4 = is_ip(address, AF_INET);
    if (!v4 && !is_ip(address, AF_INET6)) {
        return false;
    }
    if (slash == std::string_view::npos) {
        return true;
    }
    const auto bits = parse_int(text.substr(slash + 1));
    return bits && *bits >= 0 && *bits <= (v4 ? 32 : 128);
}

bool is_host(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) {
        return is_ip(text.substr(1, text.size() - 2), AF_INET6);
    }
    if (text.starts_with('[') || text.contains(':')) {
        const auto parsed = parse_host_port(text);
        return parsed && parsed->port != 0;
    }
    return is_host_name(text);
}

bool is_host_rule(std::string_view text) {
    return is_host(text.starts_with('.') && !text.contains(':') ? text.substr(1) : text);
}

bool is_url(std::string_view text) {
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (text.starts_with(scheme)) {
            text.remove_prefix(scheme.size());
            const auto host = text.substr(0, text.find('/'));
            return all_of(text, is_visible) && text.find_first_of("?#@\\") == text.npos &&
                   (is_host_name(host) || parse_host_port(host).has_value());
        }
    }
    return false;
}

bool is_s3_url(std::string_view text) {
    if (!text.starts_with("s3://")) {
        return false;
    }
    text.remove_prefix(5);
    const auto bucket = text.substr(0, text.find('/'));
    return bucket.size() >= 3 && bucket.size() <= 63 && all_of(bucket, is_host_char) &&
           all_of(text, is_visible) && !text.contains("..");
}

bool is_time_zone(std::string_view text) {
    if (text.size() > 64 || !all_of(text, is_zone_char) || text.starts_with('/')) {
        return false;
    }
    const std::filesystem::path database = "/usr/share/zoneinfo";
    std::error_code ignored;
    // A machine without the database cannot tell; who reads the zone then says so.
    return !std::filesystem::is_directory(database, ignored) ||
           std::filesystem::is_regular_file(database / text, ignored);
}

bool is_amount(std::string_view text) {
    const auto number = Decimal::parse(text);
    return number && *number >= Decimal();
}

struct Check {
    Format format;
    bool (*accepts)(std::string_view text);
    std::string_view expected;
};

constexpr std::array kChecks = {
    Check{Format::Any, [](std::string_view) { return true; }, ""},
    Check{Format::Path, [](std::string_view text) { return !text.contains('\0'); }, "a path"},
    Check{Format::HostPort, [](std::string_view text) { return parse_host_port(text).has_value(); },
          "host:port, such as 127.0.0.1:8080"},
    Check{Format::Host, is_host, "a host, such as example.com or example.com:8443"},
    Check{Format::HostRule, is_host_rule,
          "a host, such as example.com, .example.com or example.com:8443"},
    Check{Format::Network, is_network, "an IP address or a prefix, such as 10.0.0.0/8"},
    Check{Format::Url, is_url, "an http or https URL without user, query and fragment"},
    Check{Format::StoreUrl,
          [](std::string_view text) {
              return (text.starts_with("sqlite:") && text.size() > 7) ||
                     (text.starts_with("postgres://") && text.size() > 11) ||
                     (text.starts_with("postgresql://") && text.size() > 13);
          },
          "sqlite:PATH or postgres://USER@HOST/DATABASE"},
    Check{Format::BlobsUrl,
          [](std::string_view text) {
              return (text.starts_with("file:") && text.size() > 5) || is_s3_url(text);
          },
          "file:DIR or s3://BUCKET/PREFIX"},
    Check{Format::Language,
          [](std::string_view text) {
              return (text.size() == 2 || text.size() == 3) && all_of(text, is_lower);
          },
          "a language's primary subtag, such as es"},
    Check{Format::Country,
          [](std::string_view text) { return text.size() == 2 && all_of(text, is_upper); },
          "a country's two capital letters, such as AR"},
    Check{Format::TimeZone, is_time_zone,
          "a time zone of the IANA database, such as America/Argentina/Buenos_Aires"},
    Check{Format::Name, [](std::string_view text) { return all_of(text, is_name_char); },
          "a name of a-z, 0-9 and _"},
    Check{Format::Time, [](std::string_view text) { return parse_duration(text).has_value(); },
          "a duration, such as 30s"},
    Check{Format::Size, [](std::string_view text) { return parse_size(text).has_value(); },
          "a size in bytes, such as 4096 or 64 MiB"},
    Check{Format::Amount, is_amount, "a number that is not negative, as text, such as \"2.50\""},
    Check{Format::Currency,
          [](std::string_view text) { return text.size() == 3 && all_of(text, is_upper); },
          "a currency's three capital letters, such as USD"},
    Check{Format::AudioRate,
          [](std::string_view text) { return parse_audio_rate(text).has_value(); },
          "an amount per min or h, such as 0.0025/min"},
    Check{Format::EnginePrice,
          [](std::string_view text) { return parse_engine_price(text).has_value(); },
          "an engine and an amount per min or h, such as azure 1.00/h step=1s"},
};

/// `scheme://user:password@host` with the password masked.
std::string mask_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == url.npos) {
        return std::string(url);
    }
    // The last @: a password may hold one that nobody escaped.
    const auto at = url.rfind('@');
    const auto colon = url.find(':', scheme + 3);
    auto shown = std::string(url);
    if (at != url.npos && colon < at) {
        shown = fmt::format("{}:{}{}", url.substr(0, colon), kMask, url.substr(at));
    }
    // libpq also takes the password as a parameter.
    if (const auto query = shown.find('?'); query != shown.npos) {
        shown = shown.substr(0, query + 1) + std::string(kMask);
    }
    return shown;
}

}  // namespace

bool equal_values(const Value& left, const Value& right) {
    if (left.index() != right.index()) {
        return false;
    }
    if (const auto* secret = std::get_if<Secret>(&left)) {
        return equal_in_constant_time(secret->reveal(), std::get<Secret>(right).reveal());
    }
    if (const auto* text = std::get_if<std::string>(&left)) {
        return *text == std::get<std::string>(right);
    }
    if (const auto* list = std::get_if<std::vector<std::string>>(&left)) {
        return *list == std::get<std::vector<std::string>>(right);
    }
    if (const auto* flag = std::get_if<bool>(&left)) {
        return *flag == std::get<bool>(right);
    }
    return std::get<std::int64_t>(left) == std::get<std::int64_t>(right);
}

std::string format_shown(const Entry& entry) {
    if (const auto* secret = std::get_if<Secret>(&entry.value)) {
        return entry.format == Format::StoreUrl ? mask_url(secret->reveal()) : std::string(kMask);
    }
    if (const auto* list = std::get_if<std::vector<std::string>>(&entry.value)) {
        return fmt::format("{}", fmt::join(*list, ", "));
    }
    if (const auto* flag = std::get_if<bool>(&entry.value)) {
        return *flag ? "true" : "false";
    }
    if (const auto* number = std::get_if<std::int64_t>(&entry.value)) {
        if (entry.kind == Kind::Duration) {
            return format_duration(std::chrono::milliseconds(*number));
        }
        return entry.format == Format::Size ? format_size(*number) : std::to_string(*number);
    }
    return std::get<std::string>(entry.value);
}

std::optional<HostPort> parse_host_port(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) {
        return std::nullopt;
    }
    auto host = text.substr(0, colon);
    const auto port = parse_int(text.substr(colon + 1));
    if (!port || *port < 0 || *port > 65535 || !is_digit(text[colon + 1])) {
        return std::nullopt;
    }
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (!is_ip(host, AF_INET6)) {
            return std::nullopt;
        }
    } else if (!is_host_name(host)) {
        return std::nullopt;
    }
    return HostPort{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto count = parse_with_unit(text, kDurationUnits);
    return count ? std::optional(std::chrono::milliseconds(*count)) : std::nullopt;
}

std::string format_duration(std::chrono::milliseconds duration) {
    if (duration.count() == 0) {
        return "0s";
    }
    for (const auto& unit : kDurationUnits) {
        if (duration.count() % unit.factor == 0) {
            return fmt::format("{}{}", duration.count() / unit.factor, unit.name);
        }
    }
    return {};
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    return parse_with_unit(text, kSizeUnits);
}

std::string format_size(std::int64_t size_bytes) {
    for (const auto& unit : kSizeUnits) {
        if (size_bytes != 0 && size_bytes % unit.factor == 0 && unit.factor > 1) {
            return fmt::format("{} {}", size_bytes / unit.factor, unit.name);
        }
    }
    return std::to_string(size_bytes);
}

Result<void> check_format(std::string_view text, Format format) {
    if (text.size() > kTextBytesMax) {
        return fail(ErrorCode::Invalid, "is longer than {} bytes", kTextBytesMax);
    }
    if (!is_utf8(text)) {
        return fail(ErrorCode::Invalid, "is not UTF-8");
    }
    const auto* check = std::ranges::find(kChecks, format, &Check::format);
    if (check != kChecks.end() && (text.empty() || !check->accepts(text))) {
        return format == Format::Any ? fail(ErrorCode::Invalid, "is empty")
                                     : fail(ErrorCode::Invalid, "must be {}", check->expected);
    }
    return {};
}

}  // namespace oidor::config

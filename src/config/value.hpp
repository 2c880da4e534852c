// One value of a setting, in the few kinds that settings have, and how text becomes one.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace oidor::config {

/// What a setting holds. A List is of texts; a Duration is held in milliseconds.
enum class Kind { Text, Secret, Integer, Boolean, List, Duration };

/// What a text (or each item of a list) must look like beside its kind.
enum class Format {
    Any,
    Path,      ///< A file or folder; a relative one counts from where it is written (see load.hpp).
    HostPort,  ///< `127.0.0.1:8080`, `[::1]:0`, `name:443`.
    Host,      ///< `host` or `host:port`.
    HostRule,  ///< The same, or `.host`: every host below.
    Network,   ///< An IP address or a prefix: `10.0.0.0/8`.
    Url,       ///< `http://` or `https://`, without user, query and fragment.
    StoreUrl,  ///< `sqlite:PATH`, `postgres://…`.
    BlobsUrl,  ///< `file:DIR`, `s3://bucket/prefix`.
    Language,  ///< A primary subtag: `es`.
    Country,   ///< ISO 3166 alpha-2, upper case: `AR`.
    TimeZone,  ///< An IANA name that this machine knows.
    Name,      ///< `[a-z0-9_]+`.
    Time,      ///< A duration: `30s`; of list items, where the kind does not say it.
    Size,      ///< Bytes: an integer, or text such as `64 MiB`.
    Amount,    ///< A decimal number, not negative: `2.50`.
    Currency,  ///< ISO 4217: `USD`.
    AudioRate,    ///< What time costs: `0.006/min` (audio_price.hpp).
    EnginePrice,  ///< What an engine's time costs: `azure 1.00/h`.
};

/// A value as settings hold it.
using Value = std::variant<std::string, Secret, std::int64_t, bool, std::vector<std::string>>;

/// A value and where it came from: `oidor.toml:3`, `OIDOR_LISTEN`, `--listen`, `default`.
struct Entry {
    Value value = {};
    std::string origin = {};
    Kind kind = Kind::Text;
    Format format = Format::Any;
    bool live = false;  ///< May change without a restart.
};

/// Values by the path of their key.
using Values = std::map<std::string, Entry, std::less<>>;

/// True when both hold the same; secrets are compared without telling how far they agree.
bool equal_values(const Value& left, const Value& right);

/// What people see: secrets as `********`, the password of a URL likewise, lists with commas.
std::string format_shown(const Entry& entry);

/// Where to listen, or what to reach.
struct HostPort {
    std::string host = {};  ///< Without brackets.
    std::uint16_t port = 0;
    bool operator==(const HostPort&) const = default;
};
/// Reads `host:port`; an IPv6 address stands in brackets. Nothing for anything else.
std::optional<HostPort> parse_host_port(std::string_view text);

/// `250ms`, `30s`, `5m`, `1h`, `2d`.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The largest unit that divides it: `90s`, `2m`.
std::string format_duration(std::chrono::milliseconds duration);

/// `4096`, `64KiB`, `64 MiB`, `2 GiB`.
std::optional<std::int64_t> parse_size(std::string_view text);
/// The largest unit that divides it: `64 MiB`, `1000`.
std::string format_size(std::int64_t size_bytes);

/// Checks one text; the error says what was expected and never repeats the text.
Result<void> check_format(std::string_view text, Format format);

}  // namespace oidor::config

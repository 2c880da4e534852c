// judge_url: what a URL must look like, and where it may lead, before a name is looked up.
#include <algorithm>
#include <charconv>
#include <memory>

#include <curl/curl.h>

#include "base/readings.hpp"
#include "net/client.hpp"
#include "net/http_parse.hpp"

namespace oidor::net {
namespace {

constexpr std::size_t kUrlBytesMax = 8192;

struct Authority {
    std::string host = {};  // Lower case, without brackets.
    std::optional<std::uint16_t> port = {};
    std::optional<IpAddress> address = {};
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::uint16_t> parse_port(std::string_view digits) {
    std::uint16_t port = 0;
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, port);
    if (error != std::errc() || end != last || port == 0 || digits.starts_with('0')) {
        return std::nullopt;
    }
    return port;
}

bool is_host_name(std::string_view host) {
    if (host.empty() || host.size() > 253) {
        return false;
    }
    while (!host.empty()) {
        const std::size_t end = std::min(host.find('.'), host.size());
        const auto label = host.substr(0, end);
        const bool plain = std::ranges::all_of(label, [](char c) {
            return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
        });
        if (label.empty() || label.size() > 63 || !plain || end + 1 == host.size()) {
            return false;
        }
        host.remove_prefix(std::min(end + 1, host.size()));
    }
    return true;
}

/// Splits `host:port`. An address must be written in its one plain way, because readers differ
/// about the others.
Result<Authority> parse_authority(std::string_view text) {
    if (text.find('@') != std::string_view::npos) {
        return fail(ErrorCode::Forbidden, "credentials in the URL");
    }
    if (std::ranges::any_of(text, [](char c) { return c < 0; })) {
        return fail(ErrorCode::Forbidden, "the host is not ASCII: write it as xn--…");
    }
    Authority result;
    std::string_view host = text;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) {
            return fail(ErrorCode::Forbidden, "the host is no name and no plain address");
        }
        host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
        result.address = IpAddress::parse(host);
        if (!result.address || result.address->is_v4()) {
            return fail(ErrorCode::Forbidden, "the host is no name and no plain address");
        }
        result.host = result.address->to_string();
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        host = text.substr(0, colon);
        rest = text.substr(colon);
        result.host = ascii_lower(host);
        if (!is_host_name(result.host)) {
            return fail(ErrorCode::Forbidden, "the host is no name and no plain address");
        }
        const auto last_label = result.host.substr(result.host.rfind('.') + 1);
        if (is_digit(last_label.front())) {
            result.address = IpAddress::parse(result.host);
            if (!result.address) {
                return fail(ErrorCode::Forbidden, "the host is an oddly written address");
            }
        }
    }
    if (!rest.empty()) {
        result.port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
        if (!result.port) {
            return fail(ErrorCode::Forbidden, "the port is no number from 1 to 65535");
        }
    }
    return result;
}

struct HostEntry {
    std::string host = {};
    std::optional<std::uint16_t> port = {};
};

std::optional<HostEntry> parse_entry(std::string_view entry) {
    HostEntry result;
    std::string_view host = entry;
    if (std::ranges::count(entry, ':') == 1 || entry.starts_with('[')) {
        const std::size_t colon = entry.rfind(':');
        if (colon != std::string_view::npos && entry.find(']', colon) == std::string_view::npos) {
            result.port = parse_port(entry.substr(colon + 1));
            if (!result.port) {
                return std::nullopt;
            }
            host = entry.substr(0, colon);
        }
    }
    if (host.size() >= 2 && host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    const auto address = IpAddress::parse(host);
    result.host = address ? address->to_string() : ascii_lower(host);
    return result;
}

bool is_allowed_by(std::string_view text, std::string_view host, std::uint16_t port) {
    const auto entry = parse_entry(text);
    if (!entry || entry->port.value_or(443) != port) {
        return false;
    }
    if (entry->host == "*") {
        return true;
    }
    // A suffix begins with its dot, so `.example.com` never takes `badexample.com`.
    return entry->host.starts_with('.')
               ? host.size() > entry->host.size() && host.ends_with(entry->host)
               : entry->host == host;
}

bool is_private_by(std::string_view text, std::string_view host, std::uint16_t port) {
    const auto entry = parse_entry(text);
    return entry && entry->host == host && entry->port.value_or(port) == port;
}

struct UrlDeleter {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string get_part(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
        return {};
    }
    std::string result(text);
    curl_free(text);
    return result;
}

/// What the library will fetch, after it has agreed with us about the host.
Result<std::string> normalise(std::string_view url, const Authority& authority) {
    const std::unique_ptr<CURLU, UrlDeleter> parts(curl_url());
    constexpr unsigned kFlags = CURLU_URLENCODE | CURLU_DISALLOW_USER | CURLU_PATH_AS_IS;
    if (!parts ||
        curl_url_set(parts.get(), CURLUPART_URL, std::string(url).c_str(), kFlags) != CURLUE_OK) {
        return fail(ErrorCode::Invalid, "no usable URL");
    }
    auto host = ascii_lower(get_part(parts.get(), CURLUPART_HOST));
    if (host.starts_with('[')) {
        const auto address = IpAddress::parse(std::string_view(host).substr(1, host.size() - 2));
        host = address ? address->to_string() : std::string();
    }
    if (host != authority.host) {
        return fail(ErrorCode::Forbidden, "the host can be read in two ways");
    }
    curl_url_set(parts.get(), CURLUPART_FRAGMENT, nullptr, 0);
    auto result = get_part(parts.get(), CURLUPART_URL);
    if (result.empty()) {
        return fail(ErrorCode::Invalid, "no usable URL");
    }
    return result;
}

}  // namespace

std::string JudgedUrl::origin() const {
    return fmt::format("{}://{}", scheme, format_host_port({.host = host, .port = port}));
}

Result<JudgedUrl> judge_url(std::string_view url, const FetchPolicy& policy) {
    if (url.empty() || url.size() > kUrlBytesMax) {
        return fail(ErrorCode::Invalid, "fetch: no URL of 1 to {} bytes", kUrlBytesMax);
    }
    const bool odd = std::ranges::any_of(
        url, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f' || c == '\\'; });
    if (odd) {
        return fail(ErrorCode::Forbidden, "fetch: control bytes or a backslash in the URL");
    }
    const std::size_t colon = url.find("://");
    JudgedUrl result;
    result.scheme = ascii_lower(url.substr(0, std::min(colon, url.size())));
    if (colon == std::string_view::npos || (result.scheme != "https" && result.scheme != "http")) {
        return fail(ErrorCode::Forbidden, "fetch: the URL does not begin with https://");
    }
    auto rest = url.substr(colon + 3);
    auto authority =
        parse_authority(rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size())));
    if (!authority) {
        return fail(authority.error().within("fetch"));
    }
    result.host = authority->host;
    result.port = authority->port.value_or(result.scheme == "https" ? 443 : 80);
    const auto names_it = [&](auto matches) {
        return [&, matches](const std::string& entry) {
            return matches(entry, result.host, result.port);
        };
    };
    result.is_private_host = std::ranges::any_of(policy.private_hosts, names_it(is_private_by));
    if (!result.is_private_host) {
        if (result.scheme != "https") {
            return fail(ErrorCode::Forbidden, "fetch {}: https alone is allowed", result.origin());
        }
        if (!std::ranges::any_of(policy.allowed_hosts, names_it(is_allowed_by))) {
            return fail(ErrorCode::Forbidden, "fetch {}: host or port is not on the allowed list",
                        result.origin());
        }
        if (authority->address && is_private(*authority->address)) {
            return fail(ErrorCode::Forbidden,
                        "fetch {}: a private address that is not in private_hosts",
                        result.origin());
        }
    }
    auto normalised = normalise(url, authority.value());
    if (!normalised) {
        return fail(normalised.error().within("fetch " + result.origin()));
    }
    result.url = std::move(normalised).value();
    return result;
}

}  // namespace oidor::net

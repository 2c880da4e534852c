#include "net/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>

#include <arpa/inet.h>

namespace oidor::net {
namespace {

struct Range {
    std::array<std::uint8_t, 16> prefix;
    unsigned bits;
};

constexpr std::array kReservedV4 = {
    Range{{0}, 8},              // this network
    Range{{10}, 8},             // private
    Range{{100, 64}, 10},       // shared address space (CGNAT)
    Range{{127}, 8},            // loopback
    Range{{169, 254}, 16},      // link-local, cloud metadata
    Range{{172, 16}, 12},       // private
    Range{{192, 0, 0}, 24},     // protocol assignments
    Range{{192, 0, 2}, 24},     // documentation
    Range{{192, 31, 196}, 24},  // AS112
    Range{{192, 52, 193}, 24},  // AMT
    Range{{192, 88, 99}, 24},   // 6to4 relays
    Range{{192, 168}, 16},      // private
    Range{{192, 175, 48}, 24},  // AS112
    Range{{198, 18}, 15},       // benchmarking
    Range{{198, 51, 100}, 24},  // documentation
    Range{{203, 0, 113}, 24},   // documentation
    Range{{224}, 3},            // multicast, reserved, broadcast
};

/// Inside 2000::/3, the only global unicast space in use.
constexpr std::array kReservedV6 = {
    Range{{0x20, 0x01, 0x00}, 23},              // protocol assignments, Teredo, ORCHID
    Range{{0x20, 0x01, 0x0d, 0xb8}, 32},        // documentation
    Range{{0x20, 0x02}, 16},                    // 6to4
    Range{{0x26, 0x20, 0x00, 0x4f, 0x80}, 48},  // AS112
    Range{{0x3f, 0xff, 0x00}, 20},              // documentation
};

bool lies_in(const std::array<std::uint8_t, 16>& bytes, const Range& range) {
    const std::size_t whole = range.bits / 8;
    const unsigned rest = range.bits % 8;
    if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    range.prefix.begin())) {
        return false;
    }
    return rest == 0 || ((bytes[whole] ^ range.prefix[whole]) >> (8U - rest)) == 0;
}

bool lies_in_any(const std::array<std::uint8_t, 16>& bytes, std::span<const Range> ranges) {
    return std::ranges::any_of(ranges, [&](const Range& range) { return lies_in(bytes, range); });
}

constexpr Range kGlobalUnicastV6{{0x20}, 3};
constexpr Range kMappedV6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};

}  // namespace

IpAddress IpAddress::from_v4(const std::array<std::uint8_t, 4>& bytes) {
    IpAddress address;
    std::ranges::copy(bytes, address.bytes_.begin());
    return address;
}

IpAddress IpAddress::from_v6(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress address;
    address.bytes_ = bytes;
    address.is_v4_ = false;
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string copy(text);
    std::array<std::uint8_t, 4> v4 = {};
    if (inet_pton(AF_INET, copy.c_str(), v4.data()) == 1) {
        return from_v4(v4);
    }
    std::array<std::uint8_t, 16> v6 = {};
    if (inet_pton(AF_INET6, copy.c_str(), v6.data()) == 1) {
        return from_v6(v6);
    }
    return std::nullopt;
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text = {};
    inet_ntop(is_v4_ ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
    return text.data();
}

std::string IpAddress::limit_key() const {
    if (is_v4_) {
        return to_string();
    }
    auto network = bytes_;
    std::fill(network.begin() + 8, network.end(), std::uint8_t{0});
    return from_v6(network).to_string() + "/64";
}

std::optional<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    Network network;
    network.first_ = *address;
    const unsigned bits_max = address->is_v4() ? 32 : 128;
    network.bits_ = bits_max;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto* end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, network.bits_);
        if (read.ec != std::errc() || read.ptr != end || network.bits_ > bits_max) {
            return std::nullopt;
        }
    }
    return network;
}

bool Network::contains(const IpAddress& address) const {
    auto bytes = address.bytes();
    if (first_.is_v4() && !address.is_v4()) {
        if (!lies_in(bytes, kMappedV6)) {
            return false;
        }
        std::copy(bytes.begin() + 12, bytes.end(), bytes.begin());
    } else if (first_.is_v4() != address.is_v4()) {
        return false;
    }
    return lies_in(bytes, {.prefix = first_.bytes(), .bits = bits_});
}

bool is_loopback(const IpAddress& address) {
    const auto& bytes = address.bytes();
    if (address.is_v4()) {
        return bytes[0] == 127;
    }
    if (lies_in(bytes, kMappedV6)) {
        return bytes[12] == 127;
    }
    return std::all_of(bytes.begin(), bytes.end() - 1, [](auto byte) { return byte == 0; }) &&
           bytes[15] == 1;
}

bool is_private(const IpAddress& address) {
    const auto& bytes = address.bytes();
    if (address.is_v4()) {
        return lies_in_any(bytes, kReservedV4);
    }
    return !lies_in(bytes, kGlobalUnicastV6) || lies_in_any(bytes, kReservedV6);
}

Result<HostPort> parse_host_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return fail(ErrorCode::Invalid, "address {}: no port; write HOST:PORT", text);
    }
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    HostPort value;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value.port);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        return fail(ErrorCode::Invalid, "address {}: the port is no number from 0 to 65535", text);
    }
    if (host.starts_with('[') || host.ends_with(']')) {
        if (host.size() < 2 || !host.starts_with('[') || !host.ends_with(']')) {
            return fail(ErrorCode::Invalid, "address {}: unbalanced brackets", text);
        }
        host = host.substr(1, host.size() - 2);
        const auto address = IpAddress::parse(host);
        if (!address || address->is_v4()) {
            return fail(ErrorCode::Invalid, "address {}: no IPv6 address in the brackets", text);
        }
    } else if (host.find(':') != std::string_view::npos) {
        return fail(ErrorCode::Invalid, "address {}: write IPv6 as [ADDRESS]:PORT", text);
    }
    const bool printable =
        std::ranges::all_of(host, [](char c) { return c > ' ' && c < '\x7f' && c != '/'; });
    if (!printable || host.size() > 253) {
        return fail(ErrorCode::Invalid, "listen or connect address: no host name before the port");
    }
    value.host = host.empty() ? "0.0.0.0" : std::string(host);
    return value;
}

std::string format_host_port(const HostPort& value) {
    return value.host.find(':') == std::string::npos
               ? fmt::format("{}:{}", value.host, value.port)
               : fmt::format("[{}]:{}", value.host, value.port);
}

}  // namespace oidor::net

// Network addresses: reading `HOST:PORT`, and telling public addresses from those that lead inside.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace oidor::net {

/// An IPv4 or IPv6 address, without port or zone. A value.
class IpAddress {
  public:
    /// 0.0.0.0.
    IpAddress() = default;
    static IpAddress from_v4(const std::array<std::uint8_t, 4>& bytes);
    static IpAddress from_v6(const std::array<std::uint8_t, 16>& bytes);
    /// Strict: four decimal numbers without leading zeros, or RFC 4291 text without brackets and
    /// zone.
    static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] bool is_v4() const { return is_v4_; }
    /// The bytes in network order; IPv4 uses the first four.
    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    /// `192.0.2.1` or the shortest RFC 5952 form, without brackets.
    [[nodiscard]] std::string to_string() const;
    /// The key under which an address is limited: IPv4 as it is, IPv6 cut to its /64, because one
    /// household owns that many.
    [[nodiscard]] std::string limit_key() const;

    bool operator==(const IpAddress&) const = default;

  private:
    std::array<std::uint8_t, 16> bytes_ = {};
    bool is_v4_ = true;
};

/// The addresses that begin with the same bits: `10.0.0.0/8`; one address is a network of one.
class Network {
  public:
    static std::optional<Network> parse(std::string_view text);
    /// An IPv4 address is found in its IPv6 form (::ffff:0:0/96) too.
    [[nodiscard]] bool contains(const IpAddress& address) const;

  private:
    IpAddress first_ = {};
    unsigned bits_ = 0;
};

/// 127.0.0.0/8, ::1, and the first inside ::ffff:0:0/96.
bool is_loopback(const IpAddress& address);

/// True for every address that is not plainly a public unicast one: private, loopback, link-local,
/// shared (CGNAT), multicast, unspecified, documentation, benchmarking, reserved, and every IPv6
/// form that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
/// Source: IANA special-purpose address registries (RFC 6890 and its updates).
bool is_private(const IpAddress& address);

/// Where to listen or connect.
struct HostPort {
    std::string host = {};  ///< Without brackets.
    std::uint16_t port = 0;
    bool operator==(const HostPort&) const = default;
};

/// Reads `HOST:PORT`, `[V6]:PORT` or `:PORT` (every IPv4 address). Errors: Invalid.
Result<HostPort> parse_host_port(std::string_view text);
/// The same text again, with brackets around IPv6.
std::string format_host_port(const HostPort& value);

}  // namespace oidor::net

// SHA-256, whole or piece by piece, and hexadecimal text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace oidor {

using Sha256 = std::array<std::uint8_t, 32>;

/// The digest of `bytes`.
Sha256 sha256(std::string_view bytes);

/// Lower-case hexadecimal.
std::string to_hex(std::span<const std::uint8_t> bytes);
/// The bytes of hexadecimal text of exactly 64 digits, either case; nothing otherwise.
std::optional<Sha256> parse_sha256(std::string_view hex);

/// `to_hex(sha256(bytes))`.
std::string sha256_hex(std::string_view bytes);

/// A digest of a stream. One caller at a time.
class Sha256Stream {
  public:
    Sha256Stream();
    ~Sha256Stream();
    Sha256Stream(const Sha256Stream&) = delete;
    Sha256Stream& operator=(const Sha256Stream&) = delete;

    void update(std::string_view bytes);
    /// The digest of all that came so far; the stream must not be used afterwards.
    Sha256 finish();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace oidor

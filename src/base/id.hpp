// UUIDv7 identifiers, and one type per kind of thing so that a conversation's id is never passed as
// a recording's.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace oidor {

/// 16 bytes; ordered by time when made by `make_uuid7`.
struct Uuid {
    std::array<std::uint8_t, 16> bytes = {};
    auto operator<=>(const Uuid&) const = default;
};

/// A new UUIDv7 (RFC 9562) from the machine's clock and random bytes; later calls of one process
/// sort later.
Uuid make_uuid7();
/// `01890a5d-ac96-774b-bcce-b302099a8057`, either case; nothing for anything else.
std::optional<Uuid> parse_uuid(std::string_view text);
std::string format_uuid(const Uuid& uuid);

/// The id of one kind of thing; `Tag` is never defined.
template <typename Tag>
struct Id {
    Uuid uuid = {};

    static Id make() { return {make_uuid7()}; }
    static std::optional<Id> parse(std::string_view text) {
        const auto uuid = parse_uuid(text);
        return uuid ? std::optional(Id{*uuid}) : std::nullopt;
    }
    [[nodiscard]] std::string text() const { return format_uuid(uuid); }
    [[nodiscard]] std::string_view bytes() const {
        return {reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size()};
    }
    auto operator<=>(const Id&) const = default;
};

/// `count` bytes from the system's generator.
std::string random_bytes(std::size_t count);
/// Base64url without padding (RFC 4648, section 5).
std::string to_base64url(std::string_view bytes);
/// The bytes again; nothing for a letter or a length that `to_base64url` does not write.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace oidor

template <typename Tag>
struct std::hash<oidor::Id<Tag>> {
    std::size_t operator()(const oidor::Id<Tag>& id) const noexcept {
        return std::hash<std::string_view>()(id.bytes());
    }
};

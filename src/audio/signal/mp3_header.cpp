#include "audio/signal/mp3_header.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace oidor::audio {
namespace {

constexpr std::size_t kId3Head = 10;

bool starts_with(std::span<const std::uint8_t> bytes, std::string_view text) {
    return bytes.size() >= text.size() &&
           std::ranges::equal(bytes.first(text.size()), text, [](std::uint8_t byte, char letter) {
               return byte == static_cast<std::uint8_t>(letter);
           });
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
    return static_cast<std::uint32_t>(bytes[0]) << 24U |
           static_cast<std::uint32_t>(bytes[1]) << 16U |
           static_cast<std::uint32_t>(bytes[2]) << 8U | static_cast<std::uint32_t>(bytes[3]);
}

}  // namespace

std::size_t id3_size(std::span<const std::uint8_t> file) {
    if (!starts_with(file, "ID3") || file.size() < kId3Head) {
        return 0;
    }
    // Seven bits of each byte count.
    const auto bits = [&file](std::size_t i) { return std::size_t{file[i]} & 0x7FU; };
    const bool footer = (file[5] & 0x10U) != 0;
    return kId3Head + (bits(6) << 21U | bits(7) << 14U | bits(8) << 7U | bits(9)) +
           (footer ? kId3Head : 0);
}

std::optional<std::uint32_t> announced_bytes(std::span<const std::uint8_t> frame) {
    constexpr std::size_t kHead = 4;
    constexpr std::uint32_t kHasFrames = 1;
    constexpr std::uint32_t kHasBytes = 2;
    if (frame.size() < kHead || frame[0] != 0xFFU || (frame[1] & 0xE0U) != 0xE0U) {
        return std::nullopt;
    }
    const bool first_version = (frame[1] & 0x18U) == 0x18U;
    const bool mono = (frame[3] & 0xC0U) == 0xC0U;
    const std::size_t side = first_version ? (mono ? 17 : 32) : (mono ? 9 : 17);
    constexpr std::size_t kTagMax = 16;  // Name, flags, frames, bytes.
    if (frame.size() < kHead + side + kTagMax) {
        return std::nullopt;
    }
    const auto tag = frame.subspan(kHead + side, kTagMax);
    if (!starts_with(tag, "Xing") && !starts_with(tag, "Info")) {
        return std::nullopt;
    }
    const auto flags = big_endian(tag.subspan(4));
    if ((flags & kHasBytes) == 0) {
        return std::nullopt;
    }
    return big_endian(tag.subspan((flags & kHasFrames) != 0 ? 12 : 8));
}

}  // namespace oidor::audio

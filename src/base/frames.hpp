// Frames: how a confined child and its parent talk over a pipe. A frame is one letter, the
// payload's size as four bytes (little-endian), and the payload.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace oidor {

inline constexpr std::size_t kFrameHeadSizeBytes = 5;

/// The bytes that stand before a payload.
constexpr std::array<char, kFrameHeadSizeBytes> frame_head(char kind, std::uint32_t size_bytes) {
    return {
        kind, static_cast<char>(size_bytes & 0xFFU), static_cast<char>(size_bytes >> 8U & 0xFFU),
        static_cast<char>(size_bytes >> 16U & 0xFFU), static_cast<char>(size_bytes >> 24U & 0xFFU)};
}

/// The payload's size that a head states; `head` holds kFrameHeadSizeBytes bytes.
constexpr std::uint32_t frame_size(std::string_view head) {
    std::uint32_t size = 0;
    for (std::size_t i = kFrameHeadSizeBytes - 1; i > 0; --i) {
        size = size << 8U | static_cast<std::uint8_t>(head[i]);
    }
    return size;
}

/// Cuts a stream of bytes into frames. One caller at a time.
class FrameReader {
  public:
    using OnFrame = std::function<Result<void>(char kind, std::string_view payload)>;

    /// A frame larger than `size_bytes_max` is Internal: our own children never send one.
    explicit FrameReader(std::size_t size_bytes_max) : size_bytes_max_(size_bytes_max) {}

    /// Hands every frame that is whole by now to `on_frame`; stops at its first error.
    Result<void> feed(std::string_view bytes, const OnFrame& on_frame);
    /// True when no part of a frame waits for its rest.
    [[nodiscard]] bool at_border() const { return pending_.empty(); }

  private:
    std::size_t size_bytes_max_;
    std::string pending_ = {};
};

}  // namespace oidor

// What an MP3 file says about its own size. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace oidor::audio {

/// How long the ID3v2 tag at the start of a file is, its head included; 0 where there is none.
std::size_t id3_size(std::span<const std::uint8_t> file);

/// The bytes that the first frame (`Xing`, `Info`) says the stream has, from that frame on;
/// nothing where it does not say so. `frame` begins with the first frame.
/// Source: as LAME writes it (VbrTag.c) and FFmpeg reads it (mp3dec.c).
std::optional<std::uint32_t> announced_bytes(std::span<const std::uint8_t> frame);

}  // namespace oidor::audio

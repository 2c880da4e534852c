#include "audio/signal/mp3_header.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace oidor::audio {
namespace {

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// A first frame: MPEG 1 or 2, mono or not, flags, frames and bytes.
std::vector<std::uint8_t> frame(bool first_version, bool mono, std::string_view name, char flags) {
    std::string text = "\xFF";
    text += first_version ? '\xFB' : '\xF3';
    text += '\x40';
    text += mono ? '\xC0' : '\x00';
    text += std::string(first_version ? (mono ? 17 : 32) : (mono ? 9 : 17), '\0');
    text += name;
    text += std::string(3, '\0') + flags;
    if ((flags & 1) != 0) {
        text += std::string("\x00\x00\x01\x00", 4);
    }
    text += std::string("\x00\x01\x02\x03", 4);
    return bytes_of(text + std::string(20, '\0'));
}

TEST(Mp3Header, says_how_many_bytes_there_are) {
    for (const bool first_version : {true, false}) {
        for (const bool mono : {true, false}) {
            EXPECT_EQ(announced_bytes(frame(first_version, mono, "Xing", 3)), 0x010203U);
            EXPECT_EQ(announced_bytes(frame(first_version, mono, "Info", 2)), 0x010203U);
        }
    }
}

TEST(Mp3Header, says_nothing_where_there_is_nothing) {
    EXPECT_EQ(announced_bytes({}), std::nullopt);
    EXPECT_EQ(announced_bytes(bytes_of("RIFF")), std::nullopt);
    EXPECT_EQ(announced_bytes(frame(true, true, "Xing", 1)), std::nullopt);
    EXPECT_EQ(announced_bytes(frame(true, true, "LAME", 3)), std::nullopt);
    const auto whole = frame(true, false, "Xing", 3);
    for (std::size_t size = 0; size < 4 + 32 + 16; ++size) {
        EXPECT_EQ(announced_bytes(std::span(whole).first(size)), std::nullopt) << size;
    }
}

TEST(Mp3Header, comes_after_a_tag) {
    EXPECT_EQ(id3_size({}), 0U);
    EXPECT_EQ(id3_size(bytes_of("ID3")), 0U);
    EXPECT_EQ(id3_size(bytes_of(std::string("ID3\x04\x00\x00\x00\x00\x01\x00", 10))), 138U);
    EXPECT_EQ(id3_size(bytes_of(std::string("ID3\x04\x00\x10\x00\x00\x01\x00", 10))), 148U);
    EXPECT_EQ(id3_size(bytes_of(std::string("\xFF\xFB\x40\xC0", 4) + "123456")), 0U);
}

}  // namespace
}  // namespace oidor::audio

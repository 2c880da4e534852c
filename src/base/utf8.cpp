#include "base/utf8.hpp"

#include <array>

namespace oidor {
namespace {

constexpr CodePoint kReplacement = {.value = 0xFFFD, .size_bytes = 1, .valid = false};

bool is_continuation(std::string_view text, std::size_t position) {
    return position < text.size() && (static_cast<std::uint8_t>(text[position]) & 0xC0U) == 0x80U;
}

}  // namespace

CodePoint read_code_point(std::string_view text, std::size_t position) {
    const auto lead = static_cast<std::uint8_t>(text[position]);
    if (lead < 0x80) {
        return {.value = lead, .size_bytes = 1, .valid = true};
    }
    std::size_t size = 0;
    char32_t value = 0;
    char32_t least = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        size = 2;
        value = lead & 0x1FU;
        least = 0x80;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        size = 3;
        value = lead & 0x0FU;
        least = 0x800;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        size = 4;
        value = lead & 0x07U;
        least = 0x10000;
    } else {
        return kReplacement;
    }
    for (std::size_t i = 1; i < size; ++i) {
        if (!is_continuation(text, position + i)) {
            return kReplacement;
        }
        value = (value << 6U) | (static_cast<std::uint8_t>(text[position + i]) & 0x3FU);
    }
    if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return kReplacement;
    }
    return {.value = value, .size_bytes = size, .valid = true};
}

bool is_utf8(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        if (static_cast<std::uint8_t>(bytes[i]) < 0x80) {
            ++i;
            continue;
        }
        const auto point = read_code_point(bytes, i);
        if (!point.valid) {
            return false;
        }
        i += point.size_bytes;
    }
    return true;
}

void append_utf8(std::string& text, char32_t code_point) {
    const auto byte = [&text](char32_t value) { text.push_back(static_cast<char>(value)); };
    if (code_point < 0x80) {
        byte(code_point);
    } else if (code_point < 0x800) {
        byte(0xC0 | (code_point >> 6U));
        byte(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        byte(0xE0 | (code_point >> 12U));
        byte(0x80 | ((code_point >> 6U) & 0x3F));
        byte(0x80 | (code_point & 0x3F));
    } else {
        byte(0xF0 | (code_point >> 18U));
        byte(0x80 | ((code_point >> 12U) & 0x3F));
        byte(0x80 | ((code_point >> 6U) & 0x3F));
        byte(0x80 | (code_point & 0x3F));
    }
}

std::size_t count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); i += read_code_point(text, i).size_bytes) {
        ++count;
    }
    return count;
}

std::string repair_utf8(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size();) {
        const auto point = read_code_point(bytes, i);
        append_utf8(text, point.value);
        i += point.size_bytes;
    }
    return text;
}

std::string windows1252_to_utf8(std::string_view bytes) {
    // 0x80 to 0x9F; the rest equals Latin-1. Source: the WHATWG encoding standard's index, with
    // gaps kept as gaps.
    static constexpr std::array<char32_t, 32> kHigh = {
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 8);
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        append_utf8(text, byte >= 0x80 && byte < 0xA0 ? kHigh[byte - 0x80U] : char32_t{byte});
    }
    return text;
}

}  // namespace oidor

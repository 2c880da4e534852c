#include "store/folding.hpp"

#include "base/utf8.hpp"

namespace oidor::store {
namespace {

/// Lower case by the ranges of Unicode where upper and lower letters stand in pairs.
char32_t to_lower(char32_t c) {
    const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
    if (within(U'A', U'Z') || (within(0xC0, 0xDE) && c != 0xD7) ||
        (within(0x391, 0x3AB) && c != 0x3A2) || within(0x410, 0x42F)) {
        return c + 32;
    }
    if (within(0x400, 0x40F)) {
        return c + 80;
    }
    if (c == 0x178) {
        return 0xFF;
    }
    // Latin Extended-A: pairs begin at even places, in two stretches at odd ones.
    const bool odd_first = within(0x139, 0x148) || within(0x179, 0x17E);
    if (odd_first && c % 2 == 1) {
        return c + 1;
    }
    if (within(0x100, 0x177) && !within(0x138, 0x148) && c != 0x130 && c != 0x131 && c % 2 == 0) {
        return c + 1;
    }
    return c;
}

bool is_space(char32_t c) {
    return c == U' ' || (c >= 0x09 && c <= 0x0D) || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x202F || c == 0x3000;
}

}  // namespace

std::string fold_name(std::string_view value) {
    std::string folded;
    std::size_t end = 0;  // Behind the last character that is no space.
    for (std::size_t at = 0; at < value.size();) {
        const auto point = read_code_point(value, at);
        at += point.size_bytes;
        if (is_space(point.value) && folded.empty()) {
            continue;
        }
        append_utf8(folded, to_lower(point.value));
        if (!is_space(point.value)) {
            end = folded.size();
        }
    }
    folded.resize(end);
    return folded;
}

}  // namespace oidor::store

#include "store/postgres/text.hpp"

#include "base/utf8.hpp"

namespace oidor::store::postgres {
namespace {

constexpr std::string_view kMark = "\xF4\x8F\xBF\xBE";
constexpr char32_t kMarkPoint = 0x10FFFE;
constexpr std::string_view kDigits = "0123456789abcdef";

void append_escaped(std::string& text, std::string_view bytes) {
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += kMark;
        text += kDigits[value >> 4U];
        text += kDigits[value & 0xFU];
    }
}

}  // namespace

std::optional<std::string> escape_text(std::string_view text) {
    if (text.find('\0') == std::string_view::npos && text.find(kMark) == std::string_view::npos &&
        is_utf8(text)) {
        return std::nullopt;
    }
    std::string escaped;
    for (std::size_t at = 0; at < text.size();) {
        const auto point = read_code_point(text, at);
        const auto bytes = text.substr(at, point.size_bytes);
        if (!point.valid || point.value == 0 || point.value == kMarkPoint) {
            append_escaped(escaped, bytes);
        } else {
            escaped += bytes;
        }
        at += point.size_bytes;
    }
    return escaped;
}

std::optional<std::string> unescape_text(std::string_view stored) {
    auto mark = stored.find(kMark);
    if (mark == std::string_view::npos) {
        return std::nullopt;
    }
    std::string text;
    std::size_t at = 0;
    while (mark != std::string_view::npos && mark + kMark.size() + 2 <= stored.size()) {
        const auto high = kDigits.find(stored[mark + kMark.size()]);
        const auto low = kDigits.find(stored[mark + kMark.size() + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            break;
        }
        text += stored.substr(at, mark - at);
        text += static_cast<char>(high * 16 + low);
        at = mark + kMark.size() + 2;
        mark = stored.find(kMark, at);
    }
    text += stored.substr(at);
    return text;
}

}  // namespace oidor::store::postgres

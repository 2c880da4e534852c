#include "connectors/anura/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace oidor::connectors::anura {
namespace {

/// A price's digits with a point for decimals and nothing between thousands.
std::string plain_number(std::string_view text) {
    const auto mark = text.find_last_of(".,");
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == mark) {
            plain.push_back('.');
        } else if (text[i] != '.' && text[i] != ',') {
            plain.push_back(text[i]);
        }
    }
    return plain;
}

}  // namespace

bool is_empty_text(std::string_view text) {
    if (text.empty() || (text.starts_with("{{") && text.ends_with("}}"))) {
        return true;
    }
    constexpr std::array<std::string_view, 4> kWords = {"null", "none", "undefined", "nil"};
    return text.size() <= 9 && std::ranges::find(kWords, ascii_lower(text)) != kWords.end();
}

std::optional<Decimal> read_price(std::string_view text) {
    auto plain = plain_number(text);
    if (const auto point = plain.find('.'); point != std::string::npos) {
        plain.resize(std::min(plain.size(), point + 7));
        if (point == 0) {
            plain = std::string("0").append(plain);
        }
    }
    return Decimal::parse(plain);
}

std::optional<Timestamp> read_moment(std::string_view text, const AccountContext& account) {
    return oidor::read_moment(text, [&account](std::chrono::local_seconds local) {
        return account.utc_offset != nullptr ? account.utc_offset(account.time_zone, local)
                                             : std::chrono::minutes(0);
    });
}

}  // namespace oidor::connectors::anura

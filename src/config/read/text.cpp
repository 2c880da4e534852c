#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "config/read/raw.hpp"

namespace oidor::config {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

/// The value behind `=`; nothing when a quotation does not end on its line.
std::optional<std::string> dotenv_value(std::string_view text) {
    text = trim(text);
    if (text.empty() || (text.front() != '"' && text.front() != '\'')) {
        for (std::size_t i = 1; i < text.size(); ++i) {
            if (text[i] == '#' && is_space(text[i - 1])) {
                return std::string(trim(text.substr(0, i)));
            }
        }
        return text.starts_with('#') ? std::string() : std::string(text);
    }
    const char quote = text.front();
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == quote) {
            const auto rest = trim(text.substr(i + 1));
            return rest.empty() || rest.starts_with('#') ? std::optional(value) : std::nullopt;
        }
        if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
            ++i;
            value += text[i] == 'n' ? '\n' : text[i];
        } else {
            value += text[i];
        }
    }
    return std::nullopt;
}

/// Edit distance that counts two swapped neighbours as one.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::vector<std::size_t>> rows(left.size() + 1,
                                               std::vector<std::size_t>(right.size() + 1));
    for (std::size_t i = 0; i <= left.size(); ++i) {
        rows[i][0] = i;
    }
    std::iota(rows[0].begin(), rows[0].end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t cost = left[i - 1] == right[j - 1] ? 0 : 1;
            rows[i][j] =
                std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
            }
        }
    }
    return rows[left.size()][right.size()];
}

}  // namespace

Given read_dotenv(std::string_view text, std::string_view name) {
    Given given;
    if (!is_utf8(text)) {
        given.faults.push_back(fmt::format("{}: is not UTF-8", name));
        return given;
    }
    std::size_t number = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (line.starts_with("export ")) {
            line = trim(line.substr(7));
        }
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        const auto equals = line.find('=');
        const auto variable = trim(line.substr(0, equals));
        if (equals == line.npos || !is_variable_name(variable)) {
            given.faults.push_back(fmt::format("{}:{}: is not NAME=value", name, number));
            continue;
        }
        auto value = dotenv_value(line.substr(equals + 1));
        if (!value) {
            given.faults.push_back(
                fmt::format("{}:{}: {}: the quotation does not end, or text follows it", name,
                            number, printable(variable)));
            continue;
        }
        given.values.push_back({.path = std::string(variable),
                                .data = std::move(*value),
                                .origin = fmt::format("{}:{}", name, number),
                                .layer = Layer::Dotenv});
    }
    return given;
}

Result<std::string> read_small_file(const std::string& path, std::size_t size_bytes_max) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) {
        return fail(ErrorCode::NotFound, "there is no file {}", printable(path));
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(ErrorCode::Invalid, "{} is not a file", printable(path));
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fail(ErrorCode::Invalid, "{} may not be read", printable(path));
    }
    std::string content(size_bytes_max + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.size() > size_bytes_max) {
        return fail(ErrorCode::TooLarge, "{} is larger than {} bytes", printable(path),
                    size_bytes_max);
    }
    return content;
}

std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates) {
    constexpr std::size_t kWordBytesMax = 128;
    if (word.size() > kWordBytesMax) {
        return std::nullopt;
    }
    // A third of the letters may be wrong; beyond that the suggestion would be a guess.
    std::size_t nearest = std::max<std::size_t>(word.size() / 3, 1) + 1;
    std::optional<std::string> found;
    for (const auto& candidate : candidates) {
        const auto away = distance(word, candidate);
        if (away < nearest) {
            nearest = away;
            found = candidate;
        }
    }
    return found;
}

std::string printable(std::string_view name) {
    constexpr std::size_t kBytesMax = 120;
    std::string out = repair_utf8(name.substr(0, kBytesMax));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            c = '?';
        }
    }
    return name.size() > kBytesMax ? out + "…" : out;
}

}  // namespace oidor::config

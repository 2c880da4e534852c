#include "audit/example.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "audit/folding.hpp"

namespace oidor::audit {
namespace {

constexpr std::array<std::pair<std::string_view, Speaker>, 12> kLabels = {{
    {"agente", Speaker::Agent},
    {"agent", Speaker::Agent},
    {"atendente", Speaker::Agent},
    {"cliente", Speaker::Customer},
    {"customer", Speaker::Customer},
    {"bot", Speaker::Bot},
    {"ivr", Speaker::Ivr},
    {"desconocido", Speaker::Unknown},
    {"desconocida", Speaker::Unknown},
    {"desconhecido", Speaker::Unknown},
    {"unknown", Speaker::Unknown},
    {"?", Speaker::Unknown},
}};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r";
    const auto first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// Takes `Agente:` off the front of a line.
std::optional<Speaker> take_label(std::string_view& line) {
    constexpr std::size_t kLabelBytesMax = 16;
    const auto colon = line.substr(0, kLabelBytesMax).find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto label = lower(trimmed(line.substr(0, colon)));
    for (const auto& [name, speaker] : kLabels) {
        if (name == label) {
            line = trimmed(line.substr(colon + 1));
            return speaker;
        }
    }
    return std::nullopt;
}

constexpr std::int64_t kSecondsMax = 7LL * 24 * 3600;

/// What stands before a line's words: `[1:05]`, `[1:02:03]`. Takes it away.
std::optional<Milliseconds> take_clock(std::string_view& line) {
    if (!line.starts_with('[')) {
        return std::nullopt;
    }
    const auto end = line.find(']');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    std::int64_t seconds = 0;
    std::string_view rest = line.substr(1, end - 1);
    int parts = 0;
    while (!rest.empty()) {
        std::int64_t part = 0;
        const auto [stop, error] =
            std::from_chars(rest.data(), rest.data() + rest.size(), part, 10);
        if (error != std::errc() || part < 0 || part > 100'000 || ++parts > 3) {
            return std::nullopt;
        }
        seconds = seconds * 60 + part;
        rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
        if (rest.empty()) {
            break;
        }
        if (rest.front() != ':' || rest.size() == 1) {
            return std::nullopt;
        }
        rest.remove_prefix(1);
    }
    if (parts < 2 || seconds > kSecondsMax) {
        return std::nullopt;
    }
    line.remove_prefix(end + 1);
    return Milliseconds(seconds * 1000);
}

}  // namespace

Result<Transcript> read_example_text(std::string_view text, std::string_view language) {
    Transcript transcript;
    transcript.language = std::string(language);
    auto& segments = transcript.segments;
    std::size_t lines = 0;
    std::vector<Milliseconds> times;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) {
            continue;
        }
        ++lines;
        if (const auto time = take_clock(line)) {
            times.push_back(*time);
            line = trimmed(line);
        }
        const auto speaker = take_label(line);
        if (!speaker && !segments.empty()) {
            segments.back().text += (segments.back().text.empty() ? "" : " ") + std::string(line);
            continue;
        }
        Segment segment;
        segment.speaker = speaker.value_or(Speaker::Agent);
        segment.text = line;
        if (!times.empty()) {
            segment.start = times.back();
            segment.end = times.back();
        }
        segments.push_back(std::move(segment));
    }
    if (!times.empty() && (times.size() != lines || segments.size() != lines)) {
        return fail(ErrorCode::Invalid,
                    "where one line has a time, every line has one, and a speaker's label");
    }
    if (!std::ranges::is_sorted(times)) {
        return fail(ErrorCode::Invalid, "the times of its lines must not go back");
    }
    std::erase_if(segments, [](const Segment& segment) { return segment.text.empty(); });
    if (segments.empty()) {
        return fail(ErrorCode::Invalid, "expected lines such as `Agente: Buenos días`");
    }
    return transcript;
}

}  // namespace oidor::audit

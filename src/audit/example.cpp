#include "audit/example.hpp"

#include <array>
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

}  // namespace

Result<Transcript> read_example_text(std::string_view text, std::string_view language) {
    Transcript transcript;
    transcript.language = std::string(language);
    auto& segments = transcript.segments;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) {
            continue;
        }
        const auto speaker = take_label(line);
        if (!speaker && !segments.empty()) {
            segments.back().text += (segments.back().text.empty() ? "" : " ") + std::string(line);
            continue;
        }
        Segment segment;
        segment.speaker = speaker.value_or(Speaker::Agent);
        segment.text = line;
        segments.push_back(std::move(segment));
    }
    std::erase_if(segments, [](const Segment& segment) { return segment.text.empty(); });
    if (segments.empty()) {
        return fail(ErrorCode::Invalid, "expected lines such as `Agente: Buenos días`");
    }
    return transcript;
}

}  // namespace oidor::audit

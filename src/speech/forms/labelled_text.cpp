#include <algorithm>
#include <utility>

#include "speech/forms/fields.hpp"
#include "speech/forms/readers.hpp"

namespace oidor::speech::forms {
namespace {

/// The longest label and a name; a colon further on belongs to the sentence.
constexpr std::size_t kLabelMax = 32;

/// How long the `[0:01]` or `[00:00:01]` in front of a turn is; zero without one.
std::size_t clock_size(std::string_view line) {
    const auto end = line.starts_with('[') ? line.find(']') : std::string_view::npos;
    if (end == std::string_view::npos) {
        return 0;
    }
    const auto inside = line.substr(1, end - 1);
    const bool clock = inside.find_first_not_of("0123456789:., ") == std::string_view::npos &&
                       inside.find(':') != std::string_view::npos;
    return clock ? end + 1 : 0;
}

/// Takes the label off the front of `line`: `Agente:`, `Agente Lucía:`.
std::optional<Speaker> take_label(std::string_view& line) {
    const auto colon = line.substr(0, kLabelMax).find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto label = trim(line.substr(0, colon));
    auto speaker = find_speaker_label(label);
    if (!speaker) {
        const auto first = label.substr(0, label.find(' '));
        const auto name = trim(label.substr(first.size()));
        const bool one_name = !name.empty() && name.find(' ') == std::string_view::npos;
        speaker = one_name ? find_speaker_label(first) : std::nullopt;
    }
    if (speaker) {
        line = trim(line.substr(colon + 1));
    }
    return speaker;
}

/// One capitalised word and a colon, as in `Supervisor: …`: somebody else may be speaking.
bool may_be_label(std::string_view line) {
    const auto colon = line.substr(0, kLabelMax).find(':');
    if (colon == std::string_view::npos || colon < 2 || line[0] < 'A' || line[0] > 'Z') {
        return false;
    }
    return std::ranges::all_of(line.substr(0, colon), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               (static_cast<unsigned char>(c) >= 0x80);
    });
}

}  // namespace

bool starts_with_clock(std::string_view text) { return clock_size(text) > 0; }

Result<FormTranscript> read_labelled_text(std::string_view text, const TranscriptLimits& limits) {
    FormTranscript form;
    auto& segments = form.transcript.segments;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = trim(text.substr(0, end));
        // When a turn began in such a file says nothing that is used.
        line = trim(line.substr(clock_size(line)));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) {
            continue;
        }
        if (const auto speaker = take_label(line)) {
            TRY(check_count(segments.size() + 1, limits));
            segments.push_back({.speaker = *speaker, .text = std::string(line)});
        } else if (segments.empty()) {
            return fail(ErrorCode::Invalid,
                        "line {}: a transcript as text begins its turns with Agente:, Cliente:, "
                        "Agent:, Customer: or Atendente:",
                        number);
        } else if (may_be_label(line)) {
            // Nobody else's words are put into the mouth of whoever spoke before.
            TRY(check_count(segments.size() + 1, limits));
            segments.push_back({.speaker = Speaker::Unknown, .text = std::string(line)});
        } else {
            auto& turn = segments.back().text;
            turn += turn.empty() ? "" : " ";
            turn += line;
        }
    }
    std::erase_if(segments, [](const Segment& segment) { return segment.text.empty(); });
    return form;
}

}  // namespace oidor::speech::forms

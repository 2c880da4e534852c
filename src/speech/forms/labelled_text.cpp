#include <utility>

#include "speech/forms/fields.hpp"
#include "speech/forms/readers.hpp"

namespace oidor::speech::forms {
namespace {

/// The longest label and some spaces; a colon further on belongs to the sentence.
constexpr std::size_t kLabelMax = 20;

/// Takes the label off the front of `line`.
std::optional<Speaker> take_label(std::string_view& line) {
    const auto colon = line.substr(0, kLabelMax).find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto speaker = find_speaker_label(line.substr(0, colon));
    if (speaker) {
        line = trim(line.substr(colon + 1));
    }
    return speaker;
}

}  // namespace

Result<FormTranscript> read_labelled_text(std::string_view text, const TranscriptLimits& limits) {
    FormTranscript form;
    auto& segments = form.transcript.segments;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = trim(text.substr(0, end));
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

#include "speech/transcript_forms.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json.hpp>

#include "base/utf8.hpp"
#include "speech/forms/fields.hpp"
#include "speech/forms/readers.hpp"

namespace oidor::speech {
namespace {

Result<void> check_utf8(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto point = read_code_point(bytes, i);
        if (!point.valid) {
            return fail(ErrorCode::Invalid, "not UTF-8 at byte {}", i);
        }
        i += point.size_bytes;
    }
    return {};
}

/// Ours unless it has what only OpenAI's forms have: the whole text, or a task.
bool is_our_form(const json::object& object) {
    const auto* segments = find_array(object, "segments");
    if (segments == nullptr) {
        return false;
    }
    const auto* first = segments->empty() ? nullptr : segments->front().if_object();
    return (first != nullptr && first->contains("start_ms")) ||
           (!object.contains("text") && !object.contains("task"));
}

Result<forms::FormTranscript> read_ours(const json::value& value, const TranscriptLimits& limits) {
    forms::FormTranscript form;
    TRY_ASSIGN(form.transcript, to_transcript(value, limits));
    std::set<int> channels;
    for (const auto& segment : form.transcript.segments) {
        if (segment.channel) {
            channels.insert(*segment.channel);
        }
    }
    form.channels = static_cast<int>(channels.size());
    return form;
}

Result<forms::FormTranscript> read_json_form(std::string_view text,
                                             const TranscriptLimits& limits) {
    TRY_ASSIGN(const auto value, parse_json(text, {.size_bytes_max = limits.size_bytes_max}));
    const auto* object = value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::Invalid, "transcript: expected a JSON object");
    }
    if (object->contains("recognizedPhrases")) {
        return forms::read_azure_batch(*object, limits);
    }
    if (object->contains("phrases")) {
        return forms::read_azure_fast(*object, limits);
    }
    if (is_our_form(*object)) {
        return read_ours(value, limits);
    }
    if (object->contains("text")) {
        return forms::read_openai(*object, limits);
    }
    return fail(ErrorCode::Invalid,
                "transcript: no form that is known: expected one of the lists segments (ours, "
                "OpenAI), phrases or recognizedPhrases (Azure), or the member text");
}

/// Maps channels to speakers where the form tells two channels and no speaker.
void apply_agent_channel(forms::FormTranscript& form, int agent_channel) {
    if (form.channels != 2) {
        return;
    }
    for (auto& segment : form.transcript.segments) {
        if (segment.speaker == Speaker::Unknown && segment.channel) {
            segment.speaker =
                *segment.channel == agent_channel ? Speaker::Agent : Speaker::Customer;
        }
    }
}

}  // namespace

Result<Transcript> read_transcript_form(std::string_view bytes, std::string_view file_name,
                                        const TranscriptFormOptions& options) {
    if (bytes.size() > options.limits.size_bytes_max) {
        return fail(ErrorCode::TooLarge, "transcript of {} bytes, at most {}", bytes.size(),
                    options.limits.size_bytes_max);
    }
    TRY(check_utf8(bytes));
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        bytes.remove_prefix(3);
    }
    const auto text = forms::trim(bytes);
    if (text.empty()) {
        return fail(ErrorCode::Invalid, "the file is empty");
    }
    // `[0:01] Agente: …` is text.
    const bool is_list = text.front() == '[' && !forms::starts_with_clock(text);
    const bool is_json = text.front() == '{' || is_list || file_name.ends_with(".json");
    TRY_ASSIGN(auto form, is_json ? read_json_form(text, options.limits)
                                  : forms::read_labelled_text(bytes, options.limits));
    if (options.agent_channel) {
        apply_agent_channel(form, *options.agent_channel);
    }
    return std::move(form.transcript);
}

}  // namespace oidor::speech

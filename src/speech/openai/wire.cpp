#include "speech/openai/wire.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::speech::openai {
namespace {

/// The model reads the last 224 tokens of a prompt; letters beyond are thrown away by it.
constexpr std::size_t kPromptBytesMax = 600;

bool refuses(const calls::Refusal& refusal, std::string_view word) {
    return refusal.param.find(word) != std::string::npos ||
           refusal.message.find(word) != std::string::npos;
}

/// vLLM states the duration as text.
void take_number_as_text(json::object& object, std::string_view key) {
    auto* value = object.if_contains(key);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr) {
        return;
    }
    double number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size()) {
        *value = number;
    } else {
        object.erase(key);
    }
}

}  // namespace

Dialect dialect_of(std::string_view model) {
    Dialect dialect;
    if (model.find("-diarize") != std::string_view::npos) {
        dialect.form = Dialect::Form::Diarized;
        dialect.prompt = false;
    } else if (model.find("gpt-transcribe") != std::string_view::npos ||
               (model.find("gpt-4o") != std::string_view::npos &&
                model.find("transcribe") != std::string_view::npos)) {
        dialect.form = Dialect::Form::Plain;
    }
    return dialect;
}

std::string transcriptions_url(std::string_view configured) {
    while (configured.ends_with('/')) {
        configured.remove_suffix(1);
    }
    // An address with a path of its own (`…/openai/v1`, `…/v1`) is taken as it is.
    const auto host = configured.find("://");
    const bool has_path =
        host != std::string_view::npos && configured.find('/', host + 3) != std::string_view::npos;
    return fmt::format("{}{}/audio/transcriptions", configured, has_path ? "" : "/v1");
}

std::string make_prompt(const std::vector<std::string>& phrases) {
    std::string prompt;
    for (const auto& phrase : phrases) {
        if (prompt.size() + phrase.size() + 2 > kPromptBytesMax) {
            break;
        }
        prompt += (prompt.empty() ? "" : ", ") + phrase;
    }
    return prompt;
}

std::vector<net::UploadPart> make_fields(const Asked& asked, const Dialect& dialect) {
    std::vector<net::UploadPart> fields;
    const auto add = [&fields](std::string_view name, std::string_view value) {
        fields.push_back({.name = std::string(name), .value = std::string(value)});
    };
    add("model", asked.model);
    if (!asked.language.empty()) {
        add("language", asked.language);
    }
    switch (dialect.form) {
        case Dialect::Form::Verbose: add("response_format", "verbose_json"); break;
        case Dialect::Form::Plain: add("response_format", "json"); break;
        case Dialect::Form::Diarized:
            add("response_format", "diarized_json");
            add("chunking_strategy", "auto");
            break;
    }
    if (dialect.form == Dialect::Form::Verbose && dialect.segment_times) {
        add("timestamp_granularities[]", "segment");
        if (dialect.word_times) {
            add("timestamp_granularities[]", "word");
        }
    }
    if (dialect.temperature && dialect.form != Dialect::Form::Diarized) {
        add("temperature", asked.again ? "0.4" : "0");
    }
    const auto prompt = make_prompt(asked.phrases);
    if (dialect.prompt && !asked.again && !prompt.empty()) {
        add("prompt", prompt);
    }
    return fields;
}

std::optional<Dialect> step_down(const Dialect& dialect, const calls::Refusal& refusal) {
    if (refusal.status != 400 && refusal.status != 422) {
        return std::nullopt;
    }
    auto next = dialect;
    if (dialect.form == Dialect::Form::Verbose && dialect.segment_times &&
        refuses(refusal, "timestamp_granularities")) {
        next.segment_times = dialect.word_times;  // First without words, then without all.
        next.word_times = false;
    } else if (dialect.temperature && refuses(refusal, "temperature")) {
        next.temperature = false;
    } else if (dialect.prompt && refuses(refusal, "prompt")) {
        next.prompt = false;
    } else if (dialect.form != Dialect::Form::Plain &&
               (refuses(refusal, "response_format") || refuses(refusal, "verbose_json") ||
                refuses(refusal, "diarized_json") || refuses(refusal, "chunking_strategy"))) {
        next.form =
            dialect.form == Dialect::Form::Diarized ? Dialect::Form::Verbose : Dialect::Form::Plain;
    } else {
        return std::nullopt;
    }
    return next;
}

Result<forms::FormTranscript> read_reply(std::string_view body) {
    auto value = parse_json(body);
    auto* object = value ? value->if_object() : nullptr;
    if (object == nullptr) {
        return fail(ErrorCode::Unavailable, "the reply is no JSON object");
    }
    if (!object->contains("text") && !object->contains("segments")) {
        return fail(ErrorCode::Unavailable, "a reply without text");
    }
    take_number_as_text(*object, "duration");
    auto form = forms::read_openai(*object, {});
    if (!form) {
        // The reader names the member, never what is in it.
        return fail(ErrorCode::Unavailable, "unreadable reply: {}", form.error().message);
    }
    return form;
}

}  // namespace oidor::speech::openai

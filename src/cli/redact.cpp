#include <algorithm>
#include <cctype>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "cli/audit_inputs.hpp"
#include "cli/commands.hpp"
#include "cli/redaction.hpp"
#include "pipeline/speech_engines.hpp"
#include "redact/json_masking.hpp"

namespace oidor::cli {
namespace {

/// As a turn's label, which `oidor` itself reads again.
std::string label(Message name, UiLanguage language) {
    std::string word(text(name, language));
    word.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(word.front())));
    return word + ": ";
}

std::string label_of(Speaker speaker, UiLanguage language) {
    switch (speaker) {
        case Speaker::Agent: return label(Message::speaker_agent, language);
        case Speaker::Customer: return label(Message::speaker_customer, language);
        case Speaker::Ivr: return "IVR: ";
        case Speaker::Bot: return "Bot: ";
        case Speaker::Unknown: break;
    }
    return "";
}

json::array spans_array(const std::vector<redact::Span>& spans) {
    json::array array;
    for (const auto& span : spans) {
        array.push_back({{"segment", span.segment},
                         {"begin", span.begin},
                         {"end", span.end},
                         {"kind", redact::format(span.kind)},
                         {"sure", redact::format(span.sure)},
                         {"number", span.number}});
    }
    return array;
}

Result<void> redact_one(const Invocation& invocation, const std::string& path,
                        const ReadOptions& reading, pipeline::Hearing& hearing,
                        const redact::Options& options) {
    TRY_ASSIGN(auto input, read_input(path, reading, hearing));
    const auto look = redact::look_at(std::move(input.transcript), options);
    const auto shown = redact::masked(look.transcript, look.spans);
    if (invocation.json) {
        TRY_ASSIGN(auto transcript, parse_json(format_transcript(shown)));
        json::object object = {{"input", path}, {"language", look.options.language}};
        object["spans"] = spans_array(look.spans);
        object["transcript"] = std::move(transcript);
        fmt::print("{}\n", format_json(object));
    } else {
        for (const auto& segment : shown.segments) {
            fmt::print("{}{}\n", label_of(segment.speaker, invocation.language), segment.text);
        }
    }
    std::fflush(stdout);
    return {};
}

Result<int> run_redact(const Invocation& invocation) {
    if (invocation.words.empty()) {
        return fail(ErrorCode::Invalid,
                    "name a file, a folder, or - for standard input: --help shows how");
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    TRY_ASSIGN(const auto options, read_redaction(invocation, settings.installation.language));
    ReadOptions reading;
    reading.language = settings.installation.language;
    if (!settings.installation.speech_engine.empty()) {
        reading.engine = settings.installation.speech_engine;
    }
    reading.agent_channel = settings.installation.agent_channel;
    reading.phrases = settings.installation.speech_phrases;
    if (std::ranges::none_of(invocation.flags,
                             [](const auto& flag) { return flag.first == "language"; })) {
        reading.language_candidates = pipeline::spoken_languages(settings.installation);
    }
    const auto inputs = expand_inputs(invocation.words);
    if (inputs.empty()) {
        return fail(ErrorCode::NotFound, "no file in {}", fmt::join(invocation.words, ", "));
    }
    pipeline::Hearing hearing({}, pipeline::to_engine_options(settings.installation));
    int exit_code = 0;
    for (const auto& path : inputs) {
        if (const auto done = redact_one(invocation, path, reading, hearing, options); !done) {
            print_input_failure(invocation, path, done.error());
            exit_code = exit_code != 0 ? exit_code : faces_of(done.error().code).exit_code;
        }
    }
    return exit_code;
}

}  // namespace

Result<redact::Options> read_redaction(const Invocation& invocation, const std::string& language) {
    redact::Options options;
    options.language = language;
    options.country = invocation.find("country").value_or("");
    const bool letters =
        std::ranges::all_of(options.country, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!options.country.empty() && (options.country.size() != 2 || !letters)) {
        return fail(ErrorCode::Invalid, "--country: expected two capital letters, such as AR");
    }
    return options;
}

Command redact_command() {
    return {.name = "redact",
            .summary = Message::redact_summary,
            .usage = {"redact FILE|DIR|-… [--country AR] [--json]"},
            .examples = {"oidor redact call.json", "oidor redact --country MX --json calls/",
                         "oidor redact - < call.json"},
            .options = {{"country", "AR", Message::redact_option_country}},
            .run = run_redact};
}

}  // namespace oidor::cli

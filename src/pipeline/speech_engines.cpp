#include "pipeline/speech_engines.hpp"

#include <string_view>

namespace oidor::pipeline {
namespace {

/// The installation's key for OpenAI is for OpenAI alone: another server, or a line that others
/// read, never gets it. The configuration's check keeps users and spaces out of addresses.
bool is_openai(std::string_view url) {
    constexpr std::string_view kHome = "https://api.openai.com";
    if (!url.starts_with(kHome)) {
        return false;
    }
    const auto rest = url.substr(kHome.size());
    return rest.empty() || rest.starts_with('/') || rest == ":443" || rest.starts_with(":443/");
}

}  // namespace

speech::EngineOptions to_engine_options(const config::Installation& settings) {
    speech::EngineOptions options;
    options.condense = settings.speech_condense;
    options.azure.key = settings.speech_azure_key;
    options.azure.region = settings.speech_azure_region;
    options.azure.url = settings.speech_azure_url;
    options.azure.locales = settings.speech_azure_locales;
    options.openai.url = settings.speech_openai_url;
    options.openai.model = settings.speech_openai_model;
    options.openai.api_key = settings.speech_openai_api_key;
    if (options.openai.api_key.empty() && is_openai(settings.speech_openai_url)) {
        options.openai.api_key = settings.openai_api_key;
    }
    options.openai.file_bytes_max = settings.speech_openai_file_bytes_max;
    options.whisper_server.program = settings.speech_whisper_server_program;
    options.whisper_server.model = settings.speech_whisper_server_model;
    options.whisper_server.vad_model = settings.speech_whisper_server_vad_model;
    options.whisper_server.threads = settings.speech_whisper_server_threads;
    options.whisper_server.start_max = settings.speech_whisper_server_start_max;
    return options;
}

std::vector<std::string> spoken_languages(const config::Installation& settings) {
    if (!settings.speech_languages.empty()) {
        return settings.speech_languages;
    }
    return settings.speech_detect_language
               ? std::vector<std::string>{std::string(speech::kAutoLanguage)}
               : std::vector<std::string>();
}

}  // namespace oidor::pipeline

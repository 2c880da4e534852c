#include "speech/engine.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/ranges.h>

#include "speech/azure/azure_engine.hpp"
#include "speech/openai/openai_engine.hpp"
#include "speech/pocketsphinx/pocketsphinx_engine.hpp"
#include "speech/whisper_server/whisper_server_engine.hpp"

namespace oidor::speech {

namespace {

using Opener = std::unique_ptr<Engine> (*)(const EngineOptions&);
constexpr std::array<std::pair<std::string_view, Opener>, 5> kEngines = {
    {{"azure", azure::open_fast_engine},
     {"azure_batch", azure::open_batch_engine},
     {"openai", openai::open_engine},
     {"pocketsphinx", pocketsphinx::open_engine},
     {"whisper_server", whisper_server::open_engine}}};

}  // namespace

std::vector<std::string> list_engine_names() {
    std::vector<std::string> names;
    for (const auto& [name, opener] : kEngines) {
        names.emplace_back(name);
    }
    return names;
}

Result<std::unique_ptr<Engine>> open_engine(std::string_view name, const EngineOptions& options) {
    for (const auto& [known, opener] : kEngines) {
        if (known == name) {
            return opener(options);
        }
    }
    return fail(ErrorCode::Invalid, "speech.engine: no engine of that name; there are: {}",
                fmt::join(list_engine_names(), ", "));
}

bool Engine::asks_otherwise(const SpeechRequest& /*request*/) const {
    return capabilities().takes_files && !capabilities().takes_urls;
}

bool takes_urls(std::string_view engine_name) { return engine_name == "azure_batch"; }

bool hears_language(const EngineCapabilities& capabilities, std::string_view language) {
    const auto primary = primary_language(language);
    return primary && (capabilities.languages.empty() ||
                       std::ranges::count(capabilities.languages, *primary) > 0);
}

Result<void> check_request(const EngineCapabilities& capabilities, const SpeechRequest& request) {
    // Whoever hears all languages can tell them apart; the others hear their own.
    const bool detects = capabilities.languages.empty();
    const auto wish = language_wish(request);
    for (const auto& tag : wish.among) {
        if (wish.detect && !primary_language(tag)) {
            return fail(ErrorCode::Invalid, "languages: expected tags such as es or es-AR");
        }
    }
    const auto language = primary_language(request.language);
    if (request.language == kAutoLanguage && !detects) {
        return fail(ErrorCode::Unsupported,
                    "engine {} hears {} and cannot tell languages apart: set language, or "
                    "speech.engine to another engine",
                    capabilities.name, fmt::join(capabilities.languages, ", "));
    }
    if (!language && !(wish.detect && detects)) {
        return fail(ErrorCode::Invalid, "language: expected a tag such as es or es-AR");
    }
    if (!detects && !hears_language(capabilities, request.language)) {
        return fail(ErrorCode::Unsupported,
                    "engine {} hears {}, not {}: set speech.engine to one that does",
                    capabilities.name, fmt::join(capabilities.languages, ", "), *language);
    }
    if (request.analysis.duration > capabilities.duration_max) {
        return fail(ErrorCode::TooLarge, "engine {}: {} s of audio, at most {} s",
                    capabilities.name, request.analysis.duration.count() / 1000,
                    capabilities.duration_max.count() / 1000);
    }
    return {};
}

LanguageWish language_wish(const SpeechRequest& request) {
    LanguageWish wish{.detect = true, .among = request.language_candidates};
    if (std::ranges::count(wish.among, kAutoLanguage) > 0 ||
        (wish.among.empty() && request.language == kAutoLanguage)) {
        wish.among.clear();
    } else if (wish.among.empty()) {
        wish = {.detect = false, .among = {request.language}};
    }
    return wish;
}

Speaker speaker_of(const SpeechRequest& request, int channel) {
    if (request.analysis.channels.size() != 2 || !request.agent_channel) {
        return Speaker::Unknown;
    }
    return channel == *request.agent_channel ? Speaker::Agent : Speaker::Customer;
}

}  // namespace oidor::speech

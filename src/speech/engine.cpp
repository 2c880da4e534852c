#include "speech/engine.hpp"

#include <algorithm>

#include <fmt/ranges.h>

#include "speech/pocketsphinx/pocketsphinx_engine.hpp"

namespace oidor::speech {

std::vector<std::string> list_engine_names() { return {"pocketsphinx"}; }

Result<std::unique_ptr<Engine>> open_engine(std::string_view name, const EngineOptions& options) {
    if (name == "pocketsphinx") {
        return pocketsphinx::open_engine(options);
    }
    return fail(ErrorCode::Invalid, "speech.engine: no engine of that name; there are: {}",
                fmt::join(list_engine_names(), ", "));
}

bool hears_language(const EngineCapabilities& capabilities, std::string_view language) {
    const auto primary = primary_language(language);
    return primary && (capabilities.languages.empty() ||
                       std::ranges::count(capabilities.languages, *primary) > 0);
}

Result<void> check_request(const EngineCapabilities& capabilities, const SpeechRequest& request) {
    const auto language = primary_language(request.language);
    if (!language) {
        return fail(ErrorCode::Invalid, "language: expected a tag such as es or es-AR");
    }
    if (!hears_language(capabilities, request.language)) {
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

Speaker speaker_of(const SpeechRequest& request, int channel) {
    if (request.analysis.channels.size() != 2 || !request.agent_channel) {
        return Speaker::Unknown;
    }
    return channel == *request.agent_channel ? Speaker::Agent : Speaker::Customer;
}

}  // namespace oidor::speech

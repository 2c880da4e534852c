#include "speech/azure/settings.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace oidor::speech::azure {

Result<void> check_settings(const AzureOptions& options, std::string_view engine) {
    if (const auto missing = find_missing(options); !missing.empty()) {
        return fail(ErrorCode::Unsupported, "{}: set {}", engine, missing);
    }
    return {};
}

std::string find_missing(const AzureOptions& options) {
    const bool placed = !options.region.empty() || !options.url.empty();
    return !options.key.empty() && placed
               ? ""
               : "speech.azure.key and speech.azure.region (or speech.azure.url)";
}

std::string options_key(const AzureOptions& options) {
    return fmt::format("locales={}", fmt::join(options.locales, ","));
}

bool has_speech(const SpeechRequest& request) {
    return std::ranges::any_of(request.analysis.channels, [](const ChannelAnalysis& channel) {
        return !channel.speech.empty();
    });
}

Failure explain(const Error& error, const calls::Refusal& refusal) {
    Error explained = error;
    if (refusal.code == "InvalidLocale" || refusal.code == "UnsupportedLanguageCode") {
        explained.code = ErrorCode::Unsupported;
        explained.message +=
            ": the resource's region does not take the locale; set language or "
            "speech.azure.locales to one of `GET /transcriptions/locales`";
    } else if (error.code == ErrorCode::Unauthenticated || error.code == ErrorCode::Forbidden) {
        explained.message +=
            ": check speech.azure.key, and that speech.azure.region is that of the resource";
    }
    return {.error = std::move(explained)};
}

}  // namespace oidor::speech::azure

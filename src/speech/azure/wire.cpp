#include "speech/azure/wire.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace oidor::speech::azure {
namespace {

/// More are not taken by the service's lists.
constexpr std::size_t kPhrasesMax = 500;
constexpr int kVoicesMax = 2;

/// Where a language is asked for without a region, and none is configured.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kUsualLocales = {
    {{"de", "de-DE"},
     {"en", "en-US"},
     {"es", "es-MX"},
     {"fr", "fr-FR"},
     {"it", "it-IT"},
     {"pt", "pt-BR"}}};

std::optional<std::string> find_locale(const AzureOptions& options, std::string_view tag) {
    const auto language = primary_language(tag);
    if (!language) {
        return std::nullopt;
    }
    if (tag.find('-') != std::string_view::npos) {
        return std::string(tag);
    }
    for (const auto& locale : options.locales) {
        if (primary_language(locale) == language) {
            return locale;
        }
    }
    for (const auto& [name, locale] : kUsualLocales) {
        if (name == *language) {
            return std::string(locale);
        }
    }
    return std::nullopt;
}

/// FFmpeg's names of containers that the service lists as decodable.
constexpr std::array<std::pair<std::string_view, FileKind>, 8> kContainers = {
    {{"mp3", {"mp3", "audio/mpeg"}},
     {"ogg", {"ogg", "audio/ogg"}},
     {"flac", {"flac", "audio/flac"}},
     {"mov,mp4,m4a,3gp,3g2,mj2", {"m4a", "audio/mp4"}},
     {"aac", {"aac", "audio/aac"}},
     {"amr", {"amr", "audio/amr"}},
     {"matroska,webm", {"webm", "audio/webm"}},
     {"asf", {"wma", "audio/x-ms-wma"}}}};
constexpr std::array<std::string_view, 3> kWaveCodecs = {"pcm_s16le", "pcm_alaw", "pcm_mulaw"};

using Reader = Result<forms::FormTranscript> (*)(const json::object&, const TranscriptLimits&);

Result<forms::FormTranscript> read_result(std::string_view body, std::string_view list,
                                          Reader reader) {
    TRY_ASSIGN(const auto object, read_answer(body));
    if (find_array(object, list) == nullptr) {
        return fail(ErrorCode::Unavailable, "a reply without {}", list);
    }
    auto form = reader(object, {});
    if (!form) {
        // The reader names the member, never what is in it.
        return fail(ErrorCode::Unavailable, "unreadable reply: {}", form.error().message);
    }
    return form;
}

}  // namespace

std::string make_url(const AzureOptions& options, std::string_view path, std::string_view version) {
    constexpr std::string_view kService = "/speechtotext";
    std::string_view base = options.url;
    while (base.ends_with('/')) {
        base.remove_suffix(1);
    }
    if (base.ends_with(kService)) {
        base.remove_suffix(kService.size());
    }
    const auto host = base.empty()
                          ? fmt::format("https://{}.api.cognitive.microsoft.com", options.region)
                          : std::string(base);
    const auto mark = path.find('?') == std::string_view::npos ? '?' : '&';
    return fmt::format("{}{}/{}{}api-version={}", host, kService, path, mark, version);
}

Result<std::vector<std::string>> choose_locales(const AzureOptions& options,
                                                const SpeechRequest& request) {
    std::vector<std::string> locales;
    for (const auto& tag : language_wish(request).among) {
        auto locale = find_locale(options, tag);
        if (!locale) {
            return fail(ErrorCode::Unsupported,
                        "language {}: name its locale (as in de-AT) in language or in "
                        "speech.azure.locales",
                        primary_language(tag).value_or("?"));
        }
        locales.push_back(*std::move(locale));
    }
    return locales;
}

std::string format_definition(const std::vector<std::string>& locales, Voices voices,
                              const std::vector<std::string>& phrases) {
    json::object definition;
    if (!locales.empty()) {
        definition["locales"] = json::array(locales.begin(), locales.end());
    }
    if (voices == Voices::OnChannels) {
        definition["channels"] = json::array{0, 1};
    } else if (voices == Voices::Mixed) {
        definition["diarization"] = json::object{{"enabled", true}, {"maxSpeakers", kVoicesMax}};
    }
    // Words that must not be said are what an audit looks for.
    definition["profanityFilterMode"] = "None";
    if (!phrases.empty()) {
        const auto count = static_cast<std::ptrdiff_t>(std::min(phrases.size(), kPhrasesMax));
        definition["phraseList"] =
            json::object{{"phrases", json::array(phrases.begin(), phrases.begin() + count)}};
    }
    return format_json(definition);
}

std::optional<FileKind> find_file_kind(const AudioAnalysis& analysis) {
    if (analysis.container == "wav") {
        const bool known = std::ranges::count(kWaveCodecs, analysis.codec) > 0;
        return known ? std::optional(FileKind{"wav", "audio/wav"}) : std::nullopt;
    }
    for (const auto& [container, kind] : kContainers) {
        if (container == analysis.container) {
            return kind;
        }
    }
    return std::nullopt;
}

Result<json::object> read_answer(std::string_view body) {
    auto value = parse_json(body);
    if (!value || !value->is_object()) {
        return fail(ErrorCode::Unavailable, "the reply is no JSON object");
    }
    return std::move(value->get_object());
}

Result<forms::FormTranscript> read_fast_result(std::string_view body) {
    return read_result(body, "phrases", forms::read_azure_fast);
}

Result<forms::FormTranscript> read_batch_result(std::string_view body) {
    return read_result(body, "recognizedPhrases", forms::read_azure_batch);
}

}  // namespace oidor::speech::azure

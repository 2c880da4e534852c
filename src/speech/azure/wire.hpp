// Azure AI Speech on the wire: addresses, locales, definitions, results. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "speech/engine.hpp"
#include "speech/forms/readers.hpp"

namespace oidor::speech::azure {

/// `https://brazilsouth.api.cognitive.microsoft.com/speechtotext/PATH?api-version=V`, or the same
/// below a resource's own address.
std::string make_url(const AzureOptions& options, std::string_view path, std::string_view version);

/// Takes everything that we send but phrases. Source: Azure's specification, stable 2024-11-15.
inline constexpr std::string_view kVersion = "2024-11-15";
/// Takes phrases too; the older one may refuse members that it does not know.
inline constexpr std::string_view kVersionWithPhrases = "2025-10-15";

/// The locales that a request asks for, best first; none: any. `es-AR` stays, `es` becomes the
/// first of `speech.azure.locales` in that language, else a common one. Errors: Unsupported, naming
/// the setting, for a language whose locale we do not know.
Result<std::vector<std::string>> choose_locales(const AzureOptions& options,
                                                const SpeechRequest& request);

/// Two channels of one file; voices that are mixed on one, to be told apart; one side alone.
enum class Voices { OnChannels, Mixed, One };

/// The part `definition` of a fast transcription.
std::string format_definition(const std::vector<std::string>& locales, Voices voices,
                              const std::vector<std::string>& phrases);

/// A file's kind as we send it: `wav`, `audio/wav`; nothing for what the service may not decode.
struct FileKind {
    std::string_view extension = {};
    std::string_view content_type = {};
};
std::optional<FileKind> find_file_kind(const AudioAnalysis& analysis);

/// Errors: Unavailable when it is no result.
Result<forms::FormTranscript> read_fast_result(std::string_view body);
Result<forms::FormTranscript> read_batch_result(std::string_view body);

/// The body of an answer as an object. Errors: Unavailable.
Result<json::object> read_answer(std::string_view body);

}  // namespace oidor::speech::azure

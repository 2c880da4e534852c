// Listening: the audio of a stored recording, whole or by Range.
#pragma once

#include "base/json.hpp"
#include "base/result.hpp"
#include "net/http.hpp"
#include "server/api_routes.hpp"
#include "server/routes.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// The audio of the recording `{id}`, never cached by anybody: a WAV file with a tone over the
/// identifiers that its transcript has, else as it came. NotFound when it is not stored or not for
/// this caller; Forbidden without the scope for `?unmask=true`.
Result<net::Response> answer_recording(const ApiParts& parts, const Call& call);

/// The stored audio of a conversation as a file to save, likewise. NotFound when nothing is stored.
Result<net::Response> answer_recording_file(const ApiParts& parts, const Call& call,
                                            const store::ConversationRow& row);

/// What was measured of the recording `{id}` (domain/audio_analysis.hpp); its peaks only with
/// `?peaks=true`. NotFound when it is not measured yet, or not for this caller.
Result<net::Response> answer_analysis(const ApiParts& parts, const Call& call);

/// The component schema of that answer.
json::object analysis_schemas();

}  // namespace oidor::server

// An engine's reply as it is kept: JSON, and the name that it is found by.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/sha256.hpp"
#include "pipeline/engine_call.hpp"

namespace oidor::pipeline {

/// Canonical JSON.
std::string format_reply(const speech::EngineReply& reply);
/// Reads what `format_reply` wrote. Corrupt for anything else.
Result<speech::EngineReply> parse_reply(std::string_view json_text);

/// The hash of everything that decides about the reply: the audio, engine, model and options,
/// languages, phrases, what was cut out, and whether it is asked for a second time.
Sha256 name_reply(const Sha256& audio, const EngineCall& call);

/// Who speaks where the channels tell: that is said by the settings of now, not of then.
void set_speakers(const speech::SpeechRequest& request, Transcript& transcript);

}  // namespace oidor::pipeline

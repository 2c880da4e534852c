// Any server that speaks OpenAI's `audio/transcriptions`.
#pragma once

#include <memory>

#include "speech/engine.hpp"

namespace oidor::speech::openai {

/// Each channel goes by itself, as WAV, in pieces within the bound of an upload that are cut at
/// silences. Where the server gives no times (models that answer with text alone), pieces are
/// turns of at most half a minute, so that words still have a place.
std::unique_ptr<Engine> open_engine(const EngineOptions& options);

}  // namespace oidor::speech::openai

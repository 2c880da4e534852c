// How a recording is given to an engine: whoever pays for it stands in between.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "speech/engine.hpp"

namespace oidor::pipeline {

/// One recording, or what was kept of it, on its way to an engine.
struct EngineCall {
    const speech::Engine& engine;
    const speech::SpeechRequest& request;
    /// Empty: the whole recording. Else a hash of the stretches that were kept: the reply's times
    /// are those of the shortened audio, so another cut is another reply.
    std::string cut_key = {};
    Milliseconds to_send = {};  ///< How long the audio is that is about to be sent (one channel).
};
/// Asks the engine, or finds its reply where one was paid for already.
using AskEngine = std::function<Result<speech::EngineReply>(const EngineCall&)>;

}  // namespace oidor::pipeline

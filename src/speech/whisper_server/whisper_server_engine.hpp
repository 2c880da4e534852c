// whisper.cpp's `whisper-server` as a neighbour process: words in any language, offline.
#pragma once

#include <memory>

#include "speech/engine.hpp"

namespace oidor::speech::whisper_server {

/// Starts nothing until the first recording. The server hears one recording at a time, so requests
/// queue here. A crash of it is seen as a cut connection: the piece is sent again to the next start
/// of it, three times; then the job is the queue's. One that does not answer is ended.
std::unique_ptr<Engine> open_engine(const EngineOptions& options);

}  // namespace oidor::speech::whisper_server

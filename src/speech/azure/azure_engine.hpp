// Azure AI Speech: fast transcription (`azure`) and batch transcription (`azure_batch`).
#pragma once

#include <memory>

#include "speech/engine.hpp"

namespace oidor::speech::azure {

/// Sends the file (its two channels apart, or the voices of one told apart) and gets the words in
/// the answer. Files that are over a bound of the service, or of a kind that it may not decode, go
/// as WAV, channel by channel, in pieces that are cut at silences.
std::unique_ptr<Engine> open_fast_engine(const EngineOptions& options);

/// Has the service fetch the recording by a URL. One call of `transcribe` waits a minute at most;
/// while the service works it ends with RateLimited and how long to wait, and the next call finds
/// the job again by its name, which is a hash of the audio and what is asked: whatever happens to
/// us, a recording has one job. Results are deleted some minutes after they were read, and by
/// themselves after a day.
std::unique_ptr<Engine> open_batch_engine(const EngineOptions& options);

}  // namespace oidor::speech::azure

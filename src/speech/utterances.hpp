// What an engine is given to hear at a time: stretches of speech, cut at silences. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "domain/audio_analysis.hpp"

namespace oidor::speech {

inline constexpr int kPcmRateHz = 16'000;

/// How speech is cut into utterances.
struct UtteranceRules {
    /// Shorter pauses do not end an utterance: words beside each other help the engine.
    Milliseconds pause_max{700};
    /// Silence kept before and after, as the first and last sounds of a word are soft.
    Milliseconds margin{200};
    /// Bounds memory and time; an utterance without a pause is cut here.
    Milliseconds length_max{20'000};
};

/// The utterances of one channel, in order, never overlapping, inside 0 to `duration`.
std::vector<SpeechInterval> plan_utterances(std::span<const SpeechInterval> speech,
                                            Milliseconds duration,
                                            const UtteranceRules& rules = {});

/// Cuts a channel's samples, as they stream by, into the planned utterances. One caller at a time.
/// Holds one utterance in memory.
class UtteranceCutter {
  public:
    using OnUtterance =
        std::function<Result<void>(std::size_t index, std::span<const std::int16_t> samples)>;

    UtteranceCutter(std::vector<SpeechInterval> plan, OnUtterance on_utterance);

    Result<void> add(std::span<const std::int16_t> samples);
    /// Hands over the last utterance, also when the samples ended before it did.
    Result<void> finish();

  private:
    Result<void> hand_over();

    std::vector<SpeechInterval> plan_;
    OnUtterance on_utterance_;
    std::size_t next_ = 0;
    std::int64_t position_ = 0;
    std::vector<std::int16_t> pending_ = {};
};

}  // namespace oidor::speech

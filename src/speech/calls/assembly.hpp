// What an engine said of a recording's parts, as one reply about the whole. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "speech/doubts.hpp"
#include "speech/engine.hpp"
#include "speech/forms/readers.hpp"
#include "speech/pieces.hpp"

namespace oidor::speech::calls {

/// Measured speech after the last word by which a channel counts as not heard to its end: as
/// DoubtRules has it.
inline constexpr Milliseconds kUnheardMin = DoubtRules{}.unheard_min;
/// Voices beyond are not told apart: a transcript numbers no more.
inline constexpr int kVoicesMax = 256;

/// A reply to another recording, or to a part of this one, is worse than none. Errors: Unavailable
/// when another length than the audio's is stated, or words lie behind its end.
Result<void> check_fits(const Transcript& reply, Milliseconds length);

/// Collects replies. `request` outlives it. One caller at a time.
class Assembly {
  public:
    explicit Assembly(const SpeechRequest& request) : request_(request) {}

    /// A reply about one piece of a channel, of which `length` was sent. Errors: those of
    /// `check_fits`.
    Result<void> add(int channel, const Piece& piece, Milliseconds length,
                     forms::FormTranscript form);
    /// A reply about the whole file. What names no channel is on channel 0.
    Result<void> add_whole(forms::FormTranscript form);

    /// Nothing until a reply tells it.
    [[nodiscard]] const std::optional<std::string>& language() const { return language_; }
    /// Segments in order, each with channel and times; who speaks by the agent's channel.
    EngineReply finish(std::string model);

  private:
    void take(forms::FormTranscript form);

    const SpeechRequest& request_;
    std::optional<std::string> language_ = {};
    std::vector<Segment> segments_ = {};
    std::vector<SegmentSigns> signs_ = {};
    Milliseconds sent_{0};
    int voices_ = 0;
};

}  // namespace oidor::speech::calls

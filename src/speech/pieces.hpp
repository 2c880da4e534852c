// Which parts of a channel an engine is given, and where what it heard lies on the recording. Pure.
#pragma once

#include <span>
#include <vector>

#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"
#include "speech/engine_reply.hpp"
#include "speech/seams.hpp"

namespace oidor::speech {

/// How a channel is cut into pieces, each one request.
struct PieceRules {
    /// Pauses up to this stay as they are; a longer one is not sent, but for its margins.
    Milliseconds pause_max{3'000};
    /// Silence kept before and after speech: soft first and last sounds, and what was measured
    /// too narrowly.
    Milliseconds margin{500};
    /// A piece is no longer; cuts lie in pauses. Speech that goes on for longer without any pause
    /// is the only thing that is cut within, and then every so often.
    Milliseconds length_max{600'000};
    /// The shortest pause that a cut may lie in when a stretch is over `length_max`.
    Milliseconds pause_min{200};
    /// Stretches stand behind each other up to `length_max`; else each is a piece of its own.
    bool joins = true;
};

/// One request's audio: stretches of a channel, in order, that stand behind each other.
struct Piece {
    std::vector<SpeechInterval> stretches = {};
    [[nodiscard]] Milliseconds length() const;
    bool operator==(const Piece&) const = default;
};

/// The pieces of a channel whose `speech` is given in order. Every moment of speech is in exactly
/// one piece; stretches never overlap and lie inside 0 to `duration`. No speech: no pieces.
std::vector<Piece> plan_pieces(std::span<const SpeechInterval> speech, Milliseconds duration,
                               const PieceRules& rules = {});

/// Moves a reply's segments from a piece's time to the recording's (seams.hpp).
void place_on_recording(const Piece& piece, std::vector<Segment>& segments,
                        std::vector<SegmentSigns>& signs);

}  // namespace oidor::speech

// What is made of an engine's reply: machines' voices, what is not believed, who spoke. Pure.
#pragma once

#include <string>
#include <vector>

#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"
#include "speech/doubts.hpp"
#include "speech/engine_reply.hpp"
#include "speech/roles.hpp"

namespace oidor::speech {

/// A reply that was read.
struct Understood {
    /// With labels, doubts, speakers and findings.
    Transcript transcript = {};
    Doubts doubts = {};         ///< Segments by their number in the reply.
    Milliseconds doubted = {};  ///< How long all that is doubted lasts: two replies compared.
    std::size_t segments = 0;   ///< With words.
    Roles roles = {};

    /// The distinct names of the doubts, sorted; empty: all of it is believed.
    [[nodiscard]] std::vector<std::string> doubt_names() const;
    /// For people, beside the transcript: `suspect: 2 of 14 segments (no_speech, repetition)`;
    /// empty: nothing is doubted.
    [[nodiscard]] std::string note() const;
};

/// Reads a reply whose times are those of the recording. Which language decides is the
/// transcript's.
Understood understand(const EngineReply& reply, const AudioAnalysis& analysis,
                      const RoleFacts& facts);

}  // namespace oidor::speech

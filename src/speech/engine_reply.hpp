// What an engine gives back: words, how sure it was of them, and what it did not hear.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/transcript.hpp"

namespace oidor::speech {

/// What an engine says of how sure it was of a segment; null: it does not say.
struct SegmentSigns {
    std::optional<double> no_speech_probability = {};
    std::optional<double> average_log_probability = {};
    std::optional<double> compression_ratio = {};
    bool operator==(const SegmentSigns&) const = default;
};

/// Speech that was measured on a channel after the last word that was heard there.
struct UnheardEnd {
    int channel = 0;
    Milliseconds from = {};    ///< Where the last word ended.
    Milliseconds speech = {};  ///< How much was measured after it.
    bool operator==(const UnheardEnd&) const = default;
};

/// What came back.
struct EngineReply {
    Transcript transcript = {};
    std::vector<SegmentSigns> signs = {};  ///< One a segment, or none.
    std::string model = {};                ///< As the engine names it; else as configured.
    Milliseconds sent = {};  ///< Audio that left for the engine and is paid, all channels together.
    /// Channels whose words end long before their speech does: a doubt, and never a silent cut.
    std::vector<UnheardEnd> unheard = {};
    bool operator==(const EngineReply&) const = default;
};

}  // namespace oidor::speech

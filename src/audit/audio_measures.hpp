// What of an audio's analysis a scorecard may ask for.
#pragma once

#include <span>
#include <string_view>

#include "audit/facts.hpp"
#include "domain/audio_analysis.hpp"

namespace oidor::audit {

/// `silence`, `overtalk` (of the duration); `silence_s`, `longest_silence_s`, `overtalk_s`,
/// `speech_s`.
std::span<const std::string_view> audio_measure_names();

/// Counted by the auditor itself: `turns`, `agent_talk_s`, `customer_talk_s`, `agent_talk`.
std::span<const std::string_view> transcript_measure_names();

/// Adds what the recordings give, taken together; nothing where none has a duration.
void add_audio_measures(std::span<const AudioAnalysis> recordings, Facts& facts);

}  // namespace oidor::audit

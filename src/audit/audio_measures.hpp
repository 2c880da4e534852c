// What of an audio's analysis a scorecard may ask for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/facts.hpp"
#include "domain/audio_analysis.hpp"

namespace oidor::audit {

/// `silence`, `overtalk` (of the duration); `silence_s`, `longest_silence_s`, `overtalk_s`,
/// `speech_s`.
std::span<const std::string_view> audio_measure_names();

/// Counted by the auditor itself: `turns`, `agent_talk_s`, `customer_talk_s`, `agent_talk`.
std::span<const std::string_view> transcript_measure_names();

/// Adds those of `wanted` that the recordings give, taken together. What nobody asks for is left
/// out: facts are hashed.
void add_audio_measures(std::span<const AudioAnalysis> recordings,
                        const std::vector<std::string>& wanted, Facts& facts);

}  // namespace oidor::audit

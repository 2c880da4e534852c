// What of an audio's analysis a scorecard may ask for.
#pragma once

#include <span>
#include <string_view>

#include "audit/facts.hpp"
#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"

namespace oidor::audit {

/// Of the recording as a whole, and for `agent_…` and `customer_…` of their channel alone;
/// docs/guide/scorecards.md says what each is.
std::span<const std::string_view> audio_measure_names();

/// Counted by the auditor itself: `turns`, `agent_talk_s`, `customer_talk_s`, `agent_talk`,
/// `agent_words_per_minute`, `customer_words_per_minute`.
std::span<const std::string_view> transcript_measure_names();

/// Adds what the analysis gives of a conversation's recordings, taken together; nothing where
/// it has no duration. What cannot be known is left out, never 0: overtalk and turns of one channel
/// or of identical ones, what an older analysis did not measure, a side whose channel the
/// transcript does not name.
void add_audio_measures(const AudioAnalysis& analysis, const Transcript& transcript, Facts& facts);

/// Adds `recorded`: how much of the call, as its record states it, was recorded.
void add_recorded_share(const AudioAnalysis& analysis, Milliseconds call, Facts& facts);

}  // namespace oidor::audit

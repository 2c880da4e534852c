// Silence is not paid for: what of a recording is sent, and where its times lie in the whole. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"
#include "speech/engine_reply.hpp"

namespace oidor::speech {

/// What of silence stays. All channels are cut alike, so they stay side by side.
struct CondenseRules {
    /// Kept before and after speech, as the first and last sounds of a word are soft.
    Milliseconds margin{200};
    /// Shorter pauses are not cut: an engine tells sentences by them.
    Milliseconds pause_max{1000};
    /// Where less would be saved the recording goes as it is.
    Milliseconds saved_min{1000};
    bool operator==(const CondenseRules&) const = default;
};

/// Which end of a stretch a time is, as a cut is two moments in the whole: a start lies after it,
/// an end before it.
enum class Edge { Start, End };

/// From times of the shortened audio to those of the whole and back. A value.
class TimeMap {
  public:
    /// Nothing is cut.
    TimeMap() = default;
    /// `kept`: in order, not touching, not empty.
    explicit TimeMap(std::vector<SpeechInterval> kept);

    /// A time beyond the end is the end.
    [[nodiscard]] Milliseconds to_whole(Milliseconds shortened, Edge edge) const;
    /// A time inside what was cut is that of the cut.
    [[nodiscard]] Milliseconds to_shortened(Milliseconds whole) const;
    /// What is left of stretches: their kept parts, joined where they touch.
    [[nodiscard]] std::vector<SpeechInterval> to_shortened(
        std::span<const SpeechInterval> stretches) const;
    [[nodiscard]] const std::vector<SpeechInterval>& kept() const { return kept_; }
    [[nodiscard]] bool cuts() const { return !kept_.empty(); }
    /// How long the shortened audio is; zero where nothing is cut.
    [[nodiscard]] Milliseconds duration() const { return duration_; }
    /// Which cut it is, for the key of kept replies: `0-1840,5200-9000`; empty: none.
    [[nodiscard]] std::string key() const;

  private:
    std::vector<SpeechInterval> kept_ = {};
    std::vector<Milliseconds> starts_ = {};  ///< Of each kept stretch, in the shortened audio.
    Milliseconds duration_ = {};
};

/// What is sent: where any channel speaks or plays music, with margins. Music stays: what takes a
/// voice for music would lose its words unheard. Keys and tones hide no words and do not stay.
/// Nothing is cut where too little would be saved, or where nothing is to be heard.
TimeMap plan_condensed(const AudioAnalysis& analysis, const CondenseRules& rules = {});

/// The measures of the shortened audio, as an engine is given them: a WAV of 16 kHz.
AudioAnalysis condense(const AudioAnalysis& analysis, const TimeMap& map);

/// The measures by which engines choose what they send: music counts as speech, for the same
/// reason.
AudioAnalysis to_hear(const AudioAnalysis& analysis);

/// Moves every time of a reply to the whole recording. A segment that spans a cut is parted there,
/// by its words' times; without them it is stretched over the cut and says how long it is without
/// it (seams.hpp). Segments lie in order of start.
void map_to_whole(const TimeMap& map, EngineReply& reply);

}  // namespace oidor::speech

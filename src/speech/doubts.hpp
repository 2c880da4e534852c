// Words that nobody may have said: what speech engines repeat, invent and leave out. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"
#include "speech/engine_reply.hpp"

namespace oidor::speech {

/// Why words are not believed.
enum class Doubt {
    Compression,        ///< The text repeats itself as no speech does.
    Cut,                ///< Speech goes on for long after the last word of its channel.
    Invention,          ///< A credit or a farewell of videos, known from engines' training.
    NoSpeech,           ///< The engine itself heard no speech, and was unsure of its words.
    Repetition,         ///< The same words in a row, within a segment or over several.
    SpeechOverSilence,  ///< More words than there is speech to hold them.
};

/// `compression`, `cut`, `invention`, `no_speech`, `repetition`, `speech_over_silence`: the closed
/// list `segment_doubts()`, in its order.
std::string_view format(Doubt doubt);

/// The bounds; each has its reason in docs/guide/hearing.md and its false alarms in the tests.
struct DoubtRules {
    /// How often a phrase of 1, 2, 3 to 4, 5 to 9, and more words may not follow itself in one
    /// segment: people do say "sí, sí, sí" and "aló, aló".
    std::array<std::size_t, 5> repeats = {10, 7, 5, 4, 3};
    /// The same over segments of one voice, as who listens says "sí" in each of his.
    std::array<std::size_t, 5> repeats_over_segments = {14, 9, 6, 4, 3};
    /// The same for numbers and single letters, which people do read out.
    std::size_t repeats_of_numbers = 16;
    /// Segments further apart are no loop: who waits hears the same every half minute.
    Milliseconds loop_gap_max{3000};
    double compression_max = 2.4;
    std::size_t compression_bytes_min = 200;  ///< Of our own measure: shorter texts tell nothing.
    double no_speech_min = 0.6;
    double log_probability_max = -1.0;
    /// Nobody says more words a second; words in less speech are invented.
    double words_per_second_max = 12;
    /// Engines' times are this exact.
    Milliseconds time_error{300};
    std::size_t words_over_silence_min = 3;
    /// Fewer words than these are doubted only this far from any speech: a soft "sí" is often
    /// missed.
    Milliseconds alone_in_silence{1000};
    /// Speech after the last word from which on words are missing.
    Milliseconds unheard_min{8000};
};

/// One segment that is not believed.
struct DoubtedSegment {
    std::size_t segment = 0;
    std::vector<Doubt> doubts = {};  ///< In order, distinct.
    bool operator==(const DoubtedSegment&) const = default;
};

/// What is not believed of a reply.
struct Doubts {
    std::vector<DoubtedSegment> segments = {};  ///< In order.
    /// Where speech goes on without words to its end; `from` is where the last word ended.
    std::vector<UnheardEnd> cuts = {};

    [[nodiscard]] bool empty() const { return segments.empty() && cuts.empty(); }
    /// How long all of it lasts, by which two replies are compared.
    [[nodiscard]] Milliseconds extent(const Transcript& transcript) const;
    bool operator==(const Doubts&) const = default;
};

/// Looks for all of it. Times of reply and analysis are on one timeline; without times nothing is
/// compared with the sound. Music counts as speech: a voice may have been taken for it, and nobody
/// may fail on words that were lost under it.
Doubts find_doubts(const EngineReply& reply, const AudioAnalysis& analysis,
                   const DoubtRules& rules = {});

/// Writes doubts into the transcript: names, and a confidence of 0, so that nobody fails on these
/// words. A cut becomes a segment without words over what was not heard.
void mark_doubts(const Doubts& doubts, const AudioAnalysis& analysis, Transcript& transcript);

/// How much shorter a text gets when what occurred before is referred to: about what deflate makes
/// of it, as engines measure it.
double compression_ratio(std::string_view text);

}  // namespace oidor::speech

// Machines' voices: voicemail, menus, and what is played to who waits. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"

namespace oidor::speech {

/// What plays.
enum class MachineKind { Hold, Ivr, Voicemail };
/// `hold`, `ivr`, `voicemail`: the closed list `segment_labels()`, in its order.
std::string_view format(MachineKind kind);

/// When words are a machine's; reasons in docs/guide/hearing.md.
struct LabelRules {
    /// Weights of the phrases that lie together …
    int weight_min = 3;
    /// … and of one of them: welcomes and thanks are also people's.
    int one_weight_min = 2;
    /// Phrases further apart, in words, are not together.
    std::size_t together_words = 30;
    /// A voice's words after a pause are another matter.
    Milliseconds together_pause{6000};
    /// A voicemail's greeting begins what a voice says …
    std::size_t greeting_words_max = 40;
    /// … and is nearly all of it.
    std::size_t after_greeting_words_max = 25;
    /// Phrases that somebody may tell of a voicemail with count where others say no more than this.
    std::size_t others_words_max = 12;
    /// A menu begins what a voice says, or ends it: a survey.
    std::size_t after_survey_words_max = 12;
    /// The same text from the same voice again, each time after such a pause: what is played to
    /// who waits.
    Milliseconds repeated_pause{4000};
    std::size_t repeated_words_min = 6;
    /// What is played to who waits may be said by who transfers; music this near tells them apart.
    Milliseconds music_near{3000};
    /// Words of people that may be left in a call that reached a voicemail alone.
    std::size_t aside_words_max = 5;
};

/// One labelled segment.
struct Label {
    std::size_t segment = 0;
    MachineKind kind = MachineKind::Hold;
    bool operator==(const Label&) const = default;
};

/// The segments that a machine spoke, in order. A segment in which a person speaks too has no
/// label: their words must not be lost.
std::vector<Label> find_labels(const Transcript& transcript, const AudioAnalysis& analysis,
                               const LabelRules& rules = {});

/// Writes labels; adds the finding `voicemail` where nobody but a voicemail's greeting is heard.
void mark_labels(const std::vector<Label>& labels, const LabelRules& rules, Transcript& transcript);

}  // namespace oidor::speech

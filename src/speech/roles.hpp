// Who of the voices is the agent: by the channel that is known to be the agent's, else by what is
// said. Never a guess presented as fact. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "domain/conversation.hpp"
#include "domain/transcript.hpp"

namespace oidor::speech {

/// How the speakers came to their names.
enum class RoleBasis {
    None,     ///< They have none: too little is known.
    Channel,  ///< Which channel is the agent's was configured, or is known of the source.
    Grammar,  ///< By what they say.
};
std::string_view format(RoleBasis basis);

/// What is known before a word is read.
struct RoleFacts {
    int channels = 0;                       ///< Of the recording.
    std::optional<int> agent_channel = {};  ///< As configured; it comes before the source's.
    std::string_view source = {};           ///< `twilio`, …
    Direction direction = Direction::Unknown;
};

/// What is needed to name somebody; reasons in docs/guide/hearing.md.
struct RoleRules {
    /// A name is given from here on: 1 in 20 may be wrong, by the weights of the word lists.
    double confidence_min = 0.95;
    /// A configured channel is contradicted from here on.
    double contradiction_min = 0.99;
    /// One phrase is a coincidence.
    int phrases_min = 2;
    /// From here on the phrases of one side are surely of that side: a channel that has both
    /// carries everybody.
    int both_sides_min = 3;
    /// How much of what each voice says is read, from its start.
    std::size_t words_max = 250;
};

/// A voice that is told apart: a channel, or one of several voices on it.
struct VoiceId {
    std::optional<int> channel = {};
    std::optional<int> voice = {};
    auto operator<=>(const VoiceId&) const = default;
};

/// What a voice's words say of it.
struct VoiceSigns {
    VoiceId id = {};
    int agent = 0;     ///< Weights of the agent's phrases in it.
    int customer = 0;  ///< And of the customer's.
    int phrases = 0;   ///< How many there are of both.
    bool operator==(const VoiceSigns&) const = default;
};

/// Who is who, and how sure that is.
struct Roles {
    RoleBasis basis = RoleBasis::None;
    std::optional<VoiceId> agent = {};     ///< Null: not known.
    std::optional<VoiceId> customer = {};  ///< Null: not known, or there are several others.
    /// By grammar: how likely the two names are right, 0.5 to 1; null where no words tell.
    std::optional<double> confidence = {};
    bool swapped = false;  ///< What is said contradicts the channel that is known.
    std::vector<VoiceSigns> signs = {};
    bool operator==(const Roles&) const = default;
};

/// The channel that is usually the agent's; null: it differs. Twilio's first channel is the leg
/// that the call began with: of an inbound call the customer's. Source: Twilio's documentation of
/// dual-channel recordings, read 2025.
std::optional<int> usual_agent_channel(std::string_view source, Direction direction);

/// Finds out. Segments with a label (labels.hpp) or a doubt (doubts.hpp) say nothing of anybody.
Roles find_roles(const Transcript& transcript, const RoleFacts& facts, const RoleRules& rules = {});

/// Names the speakers of all segments that are not a machine's; `unknown` where they are not
/// known. Of swapped channels nobody gets a name.
void name_speakers(const Roles& roles, const RoleFacts& facts, Transcript& transcript);

}  // namespace oidor::speech

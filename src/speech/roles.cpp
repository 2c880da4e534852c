#include "speech/roles.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "speech/lexicon.hpp"
#include "speech/plain_words.hpp"

namespace oidor::speech {
namespace {

constexpr std::array<Cue, 2> kRoleCues = {Cue::Agent, Cue::Customer};

VoiceId id_of(const Segment& segment) {
    return {.channel = segment.channel, .voice = segment.voice};
}

/// Each voice's own words from its start; what a machine said, or nobody, is left out.
std::map<VoiceId, std::vector<std::string>> words_by_voice(const Transcript& transcript,
                                                           std::size_t words_max) {
    std::map<VoiceId, std::vector<std::string>> voices;
    for (const auto& segment : transcript.segments) {
        if (!segment.label.empty() || !segment.doubts.empty()) {
            continue;
        }
        auto words = plain_words(segment.text);
        if (words.empty()) {
            continue;
        }
        auto& said = voices[id_of(segment)];
        const auto taken = std::min(words.size(), words_max - std::min(words_max, said.size()));
        std::move(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(taken),
                  std::back_inserter(said));
    }
    return voices;
}

VoiceSigns signs_of(const VoiceId& id, const std::vector<std::string>& words,
                    const Lexicon& lexicon) {
    VoiceSigns signs = {.id = id};
    std::set<std::pair<Cue, std::size_t>> counted;
    for (const auto& hit : lexicon.find_cues(kRoleCues, words)) {
        // Said twice is no more a sign than said once.
        if (counted.emplace(hit.cue, hit.phrase).second) {
            (hit.cue == Cue::Agent ? signs.agent : signs.customer) += hit.weight;
            ++signs.phrases;
        }
    }
    return signs;
}

/// How much a voice is the agent's, as a logarithm of odds.
int leaning(const VoiceSigns& signs) { return signs.agent - signs.customer; }

double to_confidence(int margin) { return 1 / (1 + std::exp(-static_cast<double>(margin))); }

/// Whether the voices are told apart: two channels with words, or voices on one.
bool are_apart(const std::map<VoiceId, std::vector<std::string>>& voices, int channels) {
    if (voices.size() < 2) {
        return false;
    }
    return std::ranges::all_of(voices, [channels](const auto& voice) {
        return voice.first.voice || (channels == 2 && voice.first.channel);
    });
}

std::optional<int> known_channel(const RoleFacts& facts) {
    if (facts.channels != 2) {
        return std::nullopt;
    }
    return facts.agent_channel ? facts.agent_channel
                               : usual_agent_channel(facts.source, facts.direction);
}

/// One channel alone has words, and they are of both sides: the recorder mixed them.
bool carries_everybody(const Roles& roles, const RoleRules& rules) {
    return roles.signs.size() == 1 && roles.signs.front().agent >= rules.both_sides_min &&
           roles.signs.front().customer >= rules.both_sides_min;
}

/// Puts the likeliest agent, and the other one where there are just two.
void judge_signs(const RoleRules& rules, Roles& roles) {
    auto ranked = roles.signs;
    std::ranges::stable_sort(ranked, std::ranges::greater(), leaning);
    const auto& first = ranked[0];
    const auto& second = ranked[1];
    const int phrases = first.phrases + second.phrases;
    if (phrases == 0) {
        return;
    }
    roles.confidence = to_confidence(leaning(first) - leaning(second));
    if (phrases < rules.phrases_min || *roles.confidence < rules.confidence_min) {
        return;
    }
    const auto& last = ranked.back();
    if (ranked.size() > 2 && leaning(first) <= 0) {
        return;  // Of several nobody speaks as an agent does.
    }
    roles.basis = RoleBasis::Grammar;
    roles.agent = first.id;
    if (ranked.size() == 2 || (leaning(last) < 0 && leaning(ranked[ranked.size() - 2]) >= 0)) {
        roles.customer = last.id;
    }
}

}  // namespace

std::string_view format(RoleBasis basis) {
    static constexpr std::array<std::string_view, 3> kNames = {"none", "channel", "grammar"};
    return kNames[static_cast<std::size_t>(basis)];
}

std::optional<int> usual_agent_channel(std::string_view source, Direction direction) {
    // Outbound, the first leg may be the agent's (click to call) or the customer's (a dialler's).
    return source == "twilio" && direction == Direction::Inbound ? std::optional(1) : std::nullopt;
}

Roles find_roles(const Transcript& transcript, const RoleFacts& facts, const RoleRules& rules) {
    Roles roles;
    const auto channel = known_channel(facts);
    const auto* lexicon = transcript.language ? Lexicon::find(*transcript.language) : nullptr;
    const auto voices = words_by_voice(transcript, rules.words_max);
    if (lexicon != nullptr) {
        for (const auto& [id, words] : voices) {
            roles.signs.push_back(signs_of(id, words, *lexicon));
        }
    }
    if (lexicon != nullptr && are_apart(voices, facts.channels)) {
        judge_signs(rules, roles);
    }
    if (!channel || carries_everybody(roles, rules)) {
        return roles;
    }
    roles.swapped = roles.agent && roles.agent->channel && *roles.agent->channel != *channel &&
                    voices.size() == 2 && *roles.confidence >= rules.contradiction_min;
    roles.basis = roles.swapped ? RoleBasis::None : RoleBasis::Channel;
    roles.agent =
        roles.swapped ? std::nullopt : std::optional(VoiceId{.channel = channel, .voice = {}});
    roles.customer =
        roles.swapped ? std::nullopt : std::optional(VoiceId{.channel = 1 - *channel, .voice = {}});
    return roles;
}

void name_speakers(const Roles& roles, const RoleFacts& facts, Transcript& transcript) {
    const bool by_channel = roles.basis == RoleBasis::Channel && facts.channels == 2;
    const auto is = [by_channel](const std::optional<VoiceId>& who, const Segment& segment) {
        return who && who->channel == segment.channel &&
               (by_channel || who->voice == segment.voice);
    };
    for (auto& segment : transcript.segments) {
        if (!segment.label.empty()) {
            segment.speaker = Speaker::Ivr;
        } else if (segment.speaker != Speaker::Ivr && segment.speaker != Speaker::Bot) {
            segment.speaker = is(roles.agent, segment)      ? Speaker::Agent
                              : is(roles.customer, segment) ? Speaker::Customer
                                                            : Speaker::Unknown;
        }
    }
    if (roles.swapped) {
        transcript.add_finding(kChannelsSwapped);
    }
}

}  // namespace oidor::speech

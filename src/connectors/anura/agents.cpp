#include "connectors/anura/agents.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "connectors/anura/mapping.hpp"
#include "connectors/anura/values.hpp"

namespace oidor::connectors::anura {
namespace {

using namespace std::chrono;

/// An agent as one event names it.
struct Named {
    std::optional<std::string> extension = {};
    std::optional<std::string> name = {};
};

/// Where an event names its agent.
enum class NamedBy { Queue, Answer };

Named named_in(const CallEvent& call, NamedBy by) {
    if (by == NamedBy::Answer) {
        return {.extension = call.text("answerextension"), .name = {}};
    }
    return {.extension = call.text("queueagentextension"), .name = call.text("queueagentname")};
}

/// The extension that each name stands for; names of several extensions are left out.
std::map<std::string, std::string> extensions_by_name(const std::vector<ReadEvent>& events) {
    std::map<std::string, std::set<std::string>> all;
    for (const auto& event : events) {
        auto named = named_in(event.call, NamedBy::Queue);
        if (named.extension && named.name) {
            all[*named.name].insert(*named.extension);
        }
    }
    std::map<std::string, std::string> single;
    for (const auto& [name, extensions] : all) {
        if (extensions.size() == 1) {
            single[name] = *extensions.begin();
        }
    }
    return single;
}

/// The agents in order of their turn: each one that a TALK names, then the one of the last word
/// (END, else RECORDING). Earlier events only ring a phone, so they count when no other names one.
std::vector<Named> named_in_turn(const std::vector<ReadEvent>& events, NamedBy by) {
    std::vector<Named> turn;
    std::optional<Named> early;
    std::optional<Named> last;
    for (const auto& event : events) {
        auto named = named_in(event.call, by);
        if (!named.extension && !named.name) {
            continue;
        }
        if (event.trigger == Trigger::Talk) {
            turn.push_back(std::move(named));
        } else if (event.trigger > Trigger::Talk) {
            last = std::move(named);
        } else {
            early = std::move(named);
        }
    }
    if (last) {
        turn.push_back(std::move(*last));
    } else if (turn.empty() && early) {
        turn.push_back(std::move(*early));
    }
    return turn;
}

/// One entry per agent, each with all that is known of its name.
std::vector<Named> distinct(std::vector<Named> turn, const std::map<std::string, std::string>& by) {
    std::vector<Named> agents;
    for (auto& named : turn) {
        if (!named.extension) {
            const auto known = by.find(*named.name);
            if (known != by.end()) {
                named.extension = known->second;
            }
        }
        const auto same = std::ranges::find_if(agents, [&named](const Named& agent) {
            return named.extension ? agent.extension == named.extension
                                   : !agent.extension && agent.name == named.name;
        });
        if (same == agents.end()) {
            agents.push_back(std::move(named));
        } else if (named.name) {
            same->name = std::move(named.name);
        }
    }
    return agents;
}

ParticipationDraft to_participation(const Named& named, NamedBy by) {
    ParticipationDraft part;
    part.leg = named.extension ? *named.extension : *named.name;
    part.name = named.name;
    if (by == NamedBy::Queue) {
        part.wanted = agent_id_of(named.extension, named.name);
    }
    if (named.extension) {
        part.lookups.emplace_back("extension", *named.extension);
    }
    if (named.name) {
        part.lookups.emplace_back("agent_name", *named.name);
    }
    return part;
}

/// Where the source told enough; a start that we guessed gives no times.
void set_turns(std::vector<ParticipationDraft>& parts, NamedBy by, const CallEvent& merged,
               const ConversationDraft& call) {
    const auto start = merged.moment("dialtime");
    const auto whole = merged.integer("duration");
    const auto talk = merged.integer("billseconds");
    if (!start || !whole || !talk || *talk > *whole || !call.ended_at ||
        call.outcome != CallOutcome::Answered) {
        return;
    }
    parts.front().from = *start + seconds(*whole - *talk);
    parts.back().to = call.ended_at;
    const auto last_talk = merged.integer("queuetalktime");
    if (parts.size() == 2 && by == NamedBy::Queue && last_talk && *last_talk > 0 &&
        *last_talk < *talk) {
        parts.front().to = *call.ended_at - seconds(*last_talk);
        parts.back().from = parts.front().to;
    }
}

}  // namespace

std::vector<ParticipationDraft> participations_of(const std::vector<ReadEvent>& events,
                                                  const CallEvent& merged,
                                                  const ConversationDraft& call) {
    auto by = NamedBy::Queue;
    auto agents = distinct(named_in_turn(events, by), extensions_by_name(events));
    if (agents.empty()) {
        by = NamedBy::Answer;
        agents = distinct(named_in_turn(events, by), {});
    }
    std::vector<ParticipationDraft> parts;
    for (const auto& agent : agents) {
        parts.push_back(to_participation(agent, by));
    }
    if (parts.empty()) {
        parts.emplace_back();
    }
    // The account's extension says who called only where no queue chose an agent.
    const auto account_extension = merged.text("accountextension");
    if (by == NamedBy::Answer && parts.size() == 1 && account_extension) {
        std::pair<std::string, std::string> lookup("extension", *account_extension);
        if (std::ranges::find(parts.front().lookups, lookup) == parts.front().lookups.end()) {
            parts.front().lookups.push_back(std::move(lookup));
        }
    }
    set_turns(parts, by, merged, call);
    return parts;
}

std::optional<std::string> id_of_digits(std::string_view digits) {
    constexpr std::size_t kDigitsMax = 18;
    const bool only_digits =
        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!only_digits || digits.size() > kDigitsMax) {
        return std::nullopt;
    }
    const auto first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? std::nullopt
                                           : std::optional(std::string(digits.substr(first)));
}

std::optional<std::string> agent_id_of(const std::optional<std::string>& extension,
                                       const std::optional<std::string>& name) {
    if (extension) {
        if (auto id = id_of_digits(*extension)) {
            return id;
        }
    }
    constexpr std::string_view kDigits = "0123456789";
    const auto first = name ? name->find_first_of(kDigits) : std::string::npos;
    if (first == std::string::npos) {
        return std::nullopt;
    }
    const auto end = name->find_first_not_of(kDigits, first);
    return id_of_digits(std::string_view(*name).substr(first, end - first));
}

}  // namespace oidor::connectors::anura

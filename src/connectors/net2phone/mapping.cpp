#include "connectors/net2phone/mapping.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "connectors/net2phone/shapes.hpp"

namespace oidor::connectors::net2phone {
namespace {

using namespace std::chrono;

/// An event as merging needs it. `normalised` borrows from the kept event.
struct ReadEvent {
    EventKind kind = EventKind::Other;
    Timestamp received_at = {};
    std::string_view normalised = {};
    CallEvent call = {};
};

/// For what is said of the recording, `call_recorded` knows more than `call_completed`.
int recording_rank(const ReadEvent& event) {
    return event.kind == EventKind::Recorded ? std::to_underlying(EventKind::Completed) + 1
                                             : std::to_underlying(event.kind);
}

/// The order of equals in rank: the source's own time, then ours, then the bytes.
auto order_of(const ReadEvent& event) {
    return std::tuple(event.call.timestamp.value_or(Timestamp::min()), event.received_at,
                      event.normalised);
}

/// The readable events in the order in which a later one overwrites an earlier one.
std::vector<ReadEvent> read_events(std::span<const KeptEvent> events,
                                   const AccountContext& account) {
    std::vector<ReadEvent> read;
    for (const auto& kept : events) {
        const auto value = parse_json(kept.normalised);
        const auto* item = value ? value->if_object() : nullptr;
        if (item == nullptr) {
            continue;
        }
        auto call = to_call_event(*item, account);
        read.push_back({.kind = kind_of(kept.kind.empty() ? kept_kind(call) : kept.kind),
                        .received_at = kept.received_at,
                        .normalised = kept.normalised,
                        .call = std::move(call)});
    }
    std::ranges::sort(read, {}, [](const ReadEvent& event) {
        return std::tuple_cat(std::tuple(event.kind), order_of(event));
    });
    return read;
}

std::vector<const ReadEvent*> in_recording_order(const std::vector<ReadEvent>& events) {
    std::vector<const ReadEvent*> ordered;
    for (const auto& event : events) {
        ordered.push_back(&event);
    }
    std::ranges::sort(ordered, {}, [](const ReadEvent* event) {
        return std::tuple_cat(std::tuple(recording_rank(*event)), order_of(*event));
    });
    return ordered;
}

template <typename T>
void take(std::optional<T>& known, const std::optional<T>& said) {
    if (said) {
        known = said;
    }
}

CallEvent merge_fields(const std::vector<ReadEvent>& events) {
    CallEvent merged;
    std::set<std::string> warnings;
    for (const auto& [kind, received_at, normalised, call] : events) {
        take(merged.call_id, call.call_id);
        take(merged.direction, call.direction);
        take(merged.duration, call.duration);
        take(merged.originating_number, call.originating_number);
        take(merged.dialed_number, call.dialed_number);
        take(merged.call_source, call.call_source);
        // Who a user is, is one thing: an id of one event and a name of another might be two.
        if (call.user != User{}) {
            merged.user = call.user;
        }
        warnings.insert(call.warnings.begin(), call.warnings.end());
    }
    merged.warnings.assign(warnings.begin(), warnings.end());
    return merged;
}

bool any_of_kind(const std::vector<ReadEvent>& events, EventKind kind) {
    return std::ranges::find(events, kind, &ReadEvent::kind) != events.end();
}

std::optional<Timestamp> earliest_of(const std::vector<ReadEvent>& events, EventKind kind) {
    std::optional<Timestamp> earliest;
    for (const auto& event : events) {
        if (event.kind == kind && event.call.timestamp) {
            earliest = std::min(earliest.value_or(*event.call.timestamp), *event.call.timestamp);
        }
    }
    return earliest;
}

/// The latest word of a kind on when it was.
std::optional<Timestamp> latest_of(const std::vector<ReadEvent>& events, EventKind kind) {
    std::optional<Timestamp> latest;
    for (const auto& event : events) {
        if (event.kind == kind && event.call.timestamp) {
            latest = event.call.timestamp;
        }
    }
    return latest;
}

CallOutcome outcome_of(const CallEvent& call, const std::vector<ReadEvent>& events) {
    if (any_of_kind(events, EventKind::Answered)) {
        return CallOutcome::Answered;
    }
    if (any_of_kind(events, EventKind::Missed)) {
        return CallOutcome::NoAnswer;
    }
    return call.duration.value_or(0) > 0 ? CallOutcome::Answered : CallOutcome::Unknown;
}

void set_times(ConversationDraft& draft, CallEvent& call, const std::vector<ReadEvent>& events) {
    draft.duration_s = call.duration;
    const auto completed = latest_of(events, EventKind::Completed);
    const auto missed = latest_of(events, EventKind::Missed);
    if (draft.ended) {
        draft.ended_at = completed ? completed : missed;
    }
    draft.started_at = earliest_of(events, EventKind::Ringing);
    if (!draft.started_at) {
        draft.started_at = earliest_of(events, EventKind::Answered);
    }
    if (!draft.started_at && draft.ended_at) {
        draft.started_at = *draft.ended_at - seconds(call.duration.value_or(0));
    }
    if (!draft.started_at) {
        // The time of a recording says when it was ready, not when the call was.
        std::optional<Timestamp> received;
        for (const auto& event : events) {
            const auto at = event.call.timestamp.value_or(event.received_at);
            received = std::min(received.value_or(at), at);
        }
        draft.started_at = received;
        call.warnings.emplace_back("started_at: unknown, the time of the first event is taken");
    }
    if (draft.ended_at) {
        draft.started_at = std::min(*draft.started_at, *draft.ended_at);
    }
}

ParticipationDraft participation_of(const User& user, const ConversationDraft& draft,
                                    const std::vector<ReadEvent>& events) {
    ParticipationDraft part;
    for (const auto* leg : {&user.account_id, &user.id, &user.email, &user.name}) {
        if (part.leg.empty() && *leg) {
            part.leg = **leg;
        }
    }
    part.wanted = user.account_id;
    const auto look_up = [&part](std::string_view kind, const std::optional<std::string>& value) {
        if (value) {
            part.lookups.emplace_back(kind, *value);
        }
    };
    look_up("account_id", user.account_id);
    look_up("user_id", user.id);
    look_up("email", user.email);
    look_up("agent_name", user.name);
    part.name = user.name;
    part.from = earliest_of(events, EventKind::Answered);
    if (!part.from && draft.outcome == CallOutcome::Answered && draft.ended_at &&
        draft.duration_s) {
        part.from = *draft.ended_at - seconds(*draft.duration_s);
    }
    part.to = draft.ended_at;
    if (part.from && part.to) {
        part.from = std::min(*part.from, *part.to);
    }
    return part;
}

/// Links that say the same of one audio, the latest word first.
std::vector<std::string> links_of(const std::vector<const ReadEvent*>& by_recording,
                                  std::optional<std::string> CallEvent::*member) {
    constexpr std::size_t kCandidatesMax = 12;
    std::vector<std::string> links;
    for (auto event = by_recording.rbegin(); event != by_recording.rend(); ++event) {
        const auto& link = (*event)->call.*member;
        if (link && links.size() < kCandidatesMax &&
            std::ranges::find(links, *link) == links.end()) {
            links.push_back(*link);
        }
    }
    return links;
}

void set_recordings(ConversationDraft& draft, const std::vector<ReadEvent>& events) {
    const auto ordered = in_recording_order(events);
    auto links = links_of(ordered, &CallEvent::recording_url);
    const bool announced = any_of_kind(events, EventKind::Recorded);
    if (announced || !links.empty()) {
        draft.recorded = true;
        // One that the source says exists is announced even before there is a link to it.
        draft.recordings.push_back({.external_id = "main", .candidate_urls = std::move(links)});
    }
    // What a caller left on the answering machine is an audio of its own.
    auto messages = links_of(ordered, &CallEvent::audio_message_url);
    if (!messages.empty()) {
        draft.recorded = true;
        draft.recordings.push_back(
            {.external_id = "message", .candidate_urls = std::move(messages)});
    }
}

/// What has no place of its own in a conversation, under the source's names.
std::string details(const CallEvent& call) {
    json::object object;
    if (call.call_source) {
        object["call_source"] = *call.call_source;
    }
    if (call.user.email) {
        object["user_email"] = *call.user.email;
    }
    if (!call.warnings.empty()) {
        object["warnings"] = json::array(call.warnings.begin(), call.warnings.end());
    }
    return canonical_json(object);
}

}  // namespace

Result<ConversationDraft> merge(std::span<const KeptEvent> events, const AccountContext& account) {
    const auto read = read_events(events, account);
    if (read.empty()) {
        return fail(ErrorCode::Invalid, "merge: none of {} events can be read", events.size());
    }
    auto call = merge_fields(read);
    ConversationDraft draft;
    draft.kind = ConversationKind::Call;
    draft.direction = direction_of(call.direction.value_or(""));
    draft.outcome = outcome_of(call, read);
    draft.ended = std::ranges::any_of(read, [](const ReadEvent& event) {
        return event.kind == EventKind::Recorded || event.kind == EventKind::Missed ||
               event.kind == EventKind::Completed;
    });
    set_times(draft, call, read);
    draft.address_from = call.originating_number;
    draft.address_to = call.dialed_number;
    // Net2phone names no campaign: the table by the call's source, else the account's default.
    if (call.call_source) {
        draft.campaign_lookups.emplace_back("call_source", *call.call_source);
    }
    draft.participations.push_back(participation_of(call.user, draft, read));
    set_recordings(draft, read);
    draft.details_json = details(call);
    return draft;
}

Direction direction_of(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, Direction>, 7> kWords = {
        {{"in", Direction::Inbound},
         {"inbound", Direction::Inbound},
         {"incoming", Direction::Inbound},
         {"out", Direction::Outbound},
         {"outbound", Direction::Outbound},
         {"outgoing", Direction::Outbound},
         {"internal", Direction::Internal}}};
    const auto* found =
        std::ranges::find(kWords, text, &std::pair<std::string_view, Direction>::first);
    return found != kWords.end() ? found->second : Direction::Unknown;
}

}  // namespace oidor::connectors::net2phone

#include "connectors/anura/mapping.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "connectors/anura/agents.hpp"
#include "connectors/anura/shapes.hpp"
#include "connectors/anura/values.hpp"

namespace oidor::connectors::anura {
namespace {

using namespace std::chrono;
using Fields = std::map<std::string_view, Value>;

constexpr std::array<std::string_view, 3> kFormats = {"wav", "mp3", "ogg"};

bool is_of_recording(std::string_view name) {
    return name == "wasrecorded" || name.starts_with("audio_");
}

/// For what is said of the recording, RECORDING knows more than END.
int recording_rank(const ReadEvent& event) {
    return event.trigger == Trigger::Recording ? std::to_underlying(Trigger::End) + 1
                                               : std::to_underlying(event.trigger);
}

bool recording_order(const ReadEvent* left, const ReadEvent* right) {
    return std::tuple(recording_rank(*left), left->received_at, left->normalised) <
           std::tuple(recording_rank(*right), right->received_at, right->normalised);
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
        const auto trigger = trigger_of(kept.kind.empty() ? kind_of(call) : kept.kind);
        read.push_back({.trigger = trigger,
                        .received_at = kept.received_at,
                        .normalised = kept.normalised,
                        .call = std::move(call)});
    }
    std::ranges::sort(read, {}, [](const ReadEvent& event) {
        return std::tuple(event.trigger, event.received_at, event.normalised);
    });
    return read;
}

std::vector<const ReadEvent*> in_recording_order(const std::vector<ReadEvent>& events) {
    std::vector<const ReadEvent*> ordered;
    for (const auto& event : events) {
        ordered.push_back(&event);
    }
    std::ranges::sort(ordered, recording_order);
    return ordered;
}

/// What all events say, field by field.
CallEvent merge_fields(const std::vector<ReadEvent>& events,
                       const std::vector<const ReadEvent*>& by_recording) {
    CallEvent merged;
    std::set<std::string> warnings;
    for (const auto& event : events) {
        for (const auto& [name, value] : event.call.values) {
            if (!is_of_recording(name)) {
                merged.values.insert_or_assign(name, value);
            }
        }
        warnings.insert(event.call.warnings.begin(), event.call.warnings.end());
    }
    for (const auto* event : by_recording) {
        for (const auto& [name, value] : event->call.values) {
            if (is_of_recording(name)) {
                merged.values.insert_or_assign(name, value);
            }
        }
    }
    merged.warnings.assign(warnings.begin(), warnings.end());
    return merged;
}

/// Without a stated start: the earliest moment that the receipts allow.
std::optional<Timestamp> estimate_start(const std::vector<ReadEvent>& events) {
    std::optional<Timestamp> earliest;
    for (const auto& event : events) {
        auto start = event.received_at;
        if (event.trigger == Trigger::End) {
            start -= seconds(event.call.integer("duration").value_or(0));
        }
        earliest = earliest ? std::min(*earliest, start) : start;
    }
    return earliest;
}

CallOutcome outcome_of_call(const CallEvent& call, const std::vector<ReadEvent>& events) {
    const auto stated = outcome_of(call.text("status").value_or(""));
    if (stated != CallOutcome::Unknown) {
        return stated;
    }
    const bool talked =
        call.integer("billseconds").value_or(0) > 0 ||
        std::ranges::find(events, Trigger::Talk, &ReadEvent::trigger) != events.end();
    return talked ? CallOutcome::Answered : CallOutcome::Unknown;
}

/// RECORDING comes when there is a file, so its silence on `wasrecorded` is a yes.
std::optional<bool> recorded(const CallEvent& call, const std::vector<ReadEvent>& events) {
    const bool announced = std::ranges::any_of(events, [](const ReadEvent& event) {
        return event.trigger == Trigger::Recording && !event.call.flag("wasrecorded");
    });
    return announced ? std::optional(true) : call.flag("wasrecorded");
}

/// Download links before links to a player, then by format, then the latest correction first.
std::vector<std::string> candidate_urls(const std::vector<const ReadEvent*>& by_recording) {
    constexpr std::size_t kCandidatesMax = 12;
    std::vector<std::string> urls;
    for (const auto* kind : {"audio_file_", "audio_play_"}) {
        for (const auto format : kFormats) {
            const auto name = std::string(kind).append(format);
            for (auto event = by_recording.rbegin(); event != by_recording.rend(); ++event) {
                auto url = (*event)->call.text(name);
                if (url && urls.size() < kCandidatesMax &&
                    std::ranges::find(urls, *url) == urls.end()) {
                    urls.push_back(std::move(*url));
                }
            }
        }
    }
    return urls;
}

json::value to_json(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        return json::value(*text);
    }
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return *number;
    }
    if (const auto* decimal = std::get_if<Decimal>(&value)) {
        return json::value(decimal->text());
    }
    if (const auto* flag = std::get_if<bool>(&value)) {
        return *flag;
    }
    return json::value(format_rfc3339(std::get<Timestamp>(value)));
}

/// What has no place of its own in a conversation, under the source's names.
std::string details(const CallEvent& call) {
    static constexpr std::array<std::string_view, 6> kPlaced = {
        "cdrid", "hooktrigger", "dialtime", "direction", "calling", "called"};
    json::object object;
    for (const auto& [name, value] : call.values) {
        if (!is_of_recording(name) && std::ranges::find(kPlaced, name) == kPlaced.end()) {
            object[name] = to_json(value);
        }
    }
    if (!call.warnings.empty()) {
        json::array warnings;
        for (const auto& warning : call.warnings) {
            warnings.emplace_back(warning);
        }
        object["warnings"] = std::move(warnings);
    }
    return canonical_json(object);
}

std::vector<std::string> split_tags(std::string_view text) {
    constexpr std::size_t kTagsMax = 64;
    std::vector<std::string> tags;
    while (!text.empty() && tags.size() < kTagsMax) {
        const auto comma = text.find(',');
        const auto tag = trim(text.substr(0, comma));
        if (!tag.empty()) {
            tags.push_back(ascii_lower(tag));
        }
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return tags;
}

void set_times(ConversationDraft& draft, CallEvent& call, const std::vector<ReadEvent>& events) {
    draft.started_at = call.moment("dialtime");
    if (!draft.started_at) {
        draft.started_at = estimate_start(events);
        call.warnings.emplace_back("dialtime: absent, the time of receipt is taken");
    }
    const auto talk = call.integer("billseconds");
    const auto whole = call.integer("duration");
    if (draft.ended && (whole || talk)) {
        draft.ended_at = *draft.started_at + seconds(whole ? *whole : *talk);
    }
    if (talk) {
        draft.duration_s = talk;
    } else if (draft.outcome == CallOutcome::Answered) {
        draft.duration_s = whole;
    }
}

void set_campaign(ConversationDraft& draft, const CallEvent& call) {
    const auto tags = call.text("accounttags").value_or("");
    draft.campaign_wanted = campaign_of_tags(tags);
    for (auto& tag : split_tags(tags)) {
        draft.campaign_lookups.emplace_back("tag", std::move(tag));
    }
    if (auto queue = call.text("queuename")) {
        draft.campaign_lookups.emplace_back("queue", std::move(*queue));
    }
}

}  // namespace

Result<ConversationDraft> merge(std::span<const KeptEvent> events, const AccountContext& account) {
    const auto read = read_events(events, account);
    if (read.empty()) {
        return fail(ErrorCode::Invalid, "merge: none of {} events can be read", events.size());
    }
    const auto by_recording = in_recording_order(read);
    auto call = merge_fields(read, by_recording);
    ConversationDraft draft;
    draft.kind = ConversationKind::Call;
    draft.direction = direction_of(call.text("direction").value_or(""));
    draft.outcome = outcome_of_call(call, read);
    draft.ended = std::ranges::any_of(read, [](const ReadEvent& event) {
        return event.trigger == Trigger::End || event.trigger == Trigger::Recording;
    });
    draft.recorded = recorded(call, read);
    set_times(draft, call, read);
    draft.address_from = call.text("calling");
    draft.address_to = call.text("called");
    set_campaign(draft, call);
    draft.participations = participations_of(read, call, draft);
    auto urls = candidate_urls(by_recording);
    // A recording that the source says exists is announced even before there is a link to it.
    if (draft.recorded.value_or(!urls.empty())) {
        draft.recordings.push_back({.external_id = "main", .candidate_urls = std::move(urls)});
    }
    draft.details_json = details(call);
    return draft;
}

std::optional<std::string> campaign_of_tags(std::string_view tags) {
    constexpr std::string_view kPrefix = "campaign_";
    for (const auto& tag : split_tags(tags)) {
        std::string_view digits = tag;
        if (digits.starts_with(kPrefix)) {
            digits.remove_prefix(kPrefix.size());
        }
        if (auto id = id_of_digits(digits)) {
            return id;
        }
    }
    return std::nullopt;
}

Direction direction_of(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, Direction>, 11> kWords = {
        {{"in", Direction::Inbound},
         {"inbound", Direction::Inbound},
         {"entrante", Direction::Inbound},
         {"i", Direction::Inbound},
         {"out", Direction::Outbound},
         {"outbound", Direction::Outbound},
         {"saliente", Direction::Outbound},
         {"o", Direction::Outbound},
         {"internal", Direction::Internal},
         {"int", Direction::Internal},
         {"interna", Direction::Internal}}};
    const auto word = ascii_lower(trim(text));
    const auto* found =
        std::ranges::find(kWords, word, [](const auto& entry) { return std::string(entry.first); });
    return found != kWords.end() ? found->second : Direction::Unknown;
}

CallOutcome outcome_of(std::string_view status) {
    std::string word;
    for (const char c : ascii_lower(status)) {
        if (c != ' ' && c != '_' && c != '-') {
            word.push_back(c);
        }
    }
    static constexpr std::array<std::pair<std::string_view, CallOutcome>, 7> kPrefixes = {
        {{"answer", CallOutcome::Answered},
         {"noanswer", CallOutcome::NoAnswer},
         {"busy", CallOutcome::Busy},
         {"cancel", CallOutcome::Cancelled},
         {"fail", CallOutcome::Failed},
         {"congestion", CallOutcome::Failed},
         {"chanunavail", CallOutcome::Failed}}};
    const auto* found = std::ranges::find_if(
        kPrefixes, [&word](const auto& entry) { return word.starts_with(entry.first); });
    return found != kPrefixes.end() ? found->second : CallOutcome::Unknown;
}

}  // namespace oidor::connectors::anura

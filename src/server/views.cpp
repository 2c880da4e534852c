#include "server/views.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

namespace oidor::server {
namespace {

json::object mapped_view(const Mapped& mapped) {
    return {{"id", optional_value(mapped.id)},
            {"state", format(mapped.state)},
            {"wanted", optional_value(mapped.wanted)}};
}

json::object participation_view(const Participation& participation) {
    auto view = mapped_view(participation.agent);
    view["name"] = optional_value(participation.agent_name);
    view["participation"] = participation.id.text();
    view["from"] = optional_value(participation.from);
    view["to"] = optional_value(participation.to);
    return view;
}

json::object recording_view(const Recording& recording) {
    json::object view = {{"id", recording.id.text()},
                         {"external_id", recording.external_id},
                         {"state", format(recording.state)},
                         {"reason", optional_value(recording.reason)},
                         {"sha256", optional_value(recording.sha256)},
                         {"bytes", optional_value(recording.size_bytes)}};
    view["duration_s"] = recording.duration
                             ? json::value(static_cast<double>(recording.duration->count()) / 1000)
                             : json::value(nullptr);
    view["channels"] = recording.channels ? json::value(*recording.channels) : json::value(nullptr);
    return view;
}

json::value agent_of(const store::ConversationRow& row, ParticipationId id) {
    const auto found = std::ranges::find(row.participations, id, &Participation::id);
    return found != row.participations.end() ? optional_value(found->agent.id)
                                             : json::value(nullptr);
}

json::object audit_summary(const store::ConversationRow& row, const store::AuditRow& audit) {
    json::object view = {
        {"id", audit.id.text()},
        {"agent", agent_of(row, audit.participation)},
        {"participation", audit.participation.text()},
        {"scorecard", {{"id", audit.scorecard_id}, {"version", audit.scorecard_version}}},
        {"auditable", audit.auditable},
        {"reason", optional_value(audit.reason)}};
    view["quality_score"] =
        audit.quality_score ? json::value(*audit.quality_score) : json::value(nullptr);
    view["quality_category"] = optional_value(audit.quality_category);
    view["needs_review"] = audit.needs_review;
    view["created_at"] = format_rfc3339(audit.created_at);
    return view;
}

json::value masked(const std::optional<std::string>& address) {
    return address ? json::value(mask_phone(*address)) : json::value(nullptr);
}

/// The members of an audit that carry customers' or agents' words; issues name what was said.
constexpr std::array<std::string_view, 5> kTextMembers = {"quote", "nearest", "phrase",
                                                          "palabras_prohibidas", "issues"};

void blank_text(json::value& value) {  // NOLINT(misc-no-recursion): our own JSON, a few levels deep
    if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            if (std::ranges::find(kTextMembers, std::string_view(member.key())) !=
                kTextMembers.end()) {
                member.value() = nullptr;
            } else {
                blank_text(member.value());
            }
        }
    } else if (auto* array = value.if_array()) {
        for (auto& item : *array) {
            blank_text(item);
        }
    }
}

std::string fold_key(std::string_view key) {
    std::string folded;
    for (const char c : key) {
        if (c != '_') {
            folded.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
        }
    }
    return folded;
}

/// The members of a webhook's body that hold addresses; compared without case and underscores.
bool is_address_member(std::string_view key) {
    static constexpr std::array<std::string_view, 4> kNames = {"calling", "called", "from", "to"};
    return std::ranges::find(kNames, std::string_view(fold_key(key))) != kNames.end();
}

/// Members that date or identify: long runs of digits there are no phones. A closed list: whatever
/// else a template or a custom field is called may hold one.
bool is_plain_member(std::string_view key) {
    static constexpr std::array<std::string_view, 14> kNames = {
        "cdrid",        "hookid",       "hooktemplateid", "accountid",    "queueid",
        "tenantid",     "terminalid",   "dialtime",       "audiofilemp3", "audiofileogg",
        "audiofilewav", "audioplaymp3", "audioplayogg",   "audioplaywav"};
    return std::ranges::find(kNames, std::string_view(fold_key(key))) != kNames.end();
}

bool looks_like_phone(std::string_view text) {
    static constexpr std::ptrdiff_t kDigitsMin = 7;
    return std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; }) >= kDigitsMin;
}

std::string scalar_text(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : format_json(value);
}

/// Addresses wherever a PBX puts them: in their own members, and in names and custom fields that
/// look like one; other identifiers in what is left.
// NOLINTNEXTLINE(misc-no-recursion): JSON of bounded depth
void mask_addresses(json::value& value, const redact::Options& redaction) {
    if (auto* array = value.if_array()) {
        for (auto& item : *array) {
            mask_addresses(item, redaction);
        }
    } else if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            const bool scalar = member.value().is_string() || member.value().is_number();
            if (scalar && is_address_member(member.key())) {
                member.value() = mask_phone(scalar_text(member.value()));
            } else if (!scalar || !is_plain_member(member.key())) {
                mask_addresses(member.value(), redaction);
            }
        }
    } else if (value.is_string() || value.is_number()) {
        const auto text = scalar_text(value);
        if (looks_like_phone(text)) {
            value = mask_phone(text);
        } else if (value.is_string()) {
            value = redact::masked(text, redaction);
        }
    }
}

}  // namespace

json::value optional_value(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::value optional_value(const std::optional<Timestamp>& time) {
    return time ? json::value(format_rfc3339(*time)) : json::value(nullptr);
}

json::value optional_value(const std::optional<std::int64_t>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::object binding_view(const store::Binding& binding) {
    json::object view = {{"scorecard", binding.scorecard_id},
                         {"version", nullptr},
                         {"campaign", optional_value(binding.campaign)},
                         {"channel", optional_value(binding.channel)},
                         {"language", optional_value(binding.language)},
                         {"from", nullptr}};
    if (binding.version) {
        view["version"] = *binding.version;
    }
    if (binding.from != Timestamp{}) {
        view["from"] = format_rfc3339(binding.from);
    }
    return view;
}

json::object conversation_view(const store::ConversationRow& row,
                               const std::vector<store::AuditRow>& audits) {
    const auto& conversation = row.conversation;
    json::object view = {{"id", conversation.id.text()},
                         {"source", conversation.key.source},
                         {"account", conversation.key.account},
                         {"channel", format(conversation.key.channel)},
                         {"external_id", conversation.key.external_id},
                         {"kind", format(conversation.kind)},
                         {"direction", format(conversation.direction)},
                         {"outcome", format(conversation.outcome)},
                         {"started_at", optional_value(conversation.started_at)},
                         {"ended_at", optional_value(conversation.ended_at)},
                         {"day", optional_value(conversation.day)},
                         {"duration_s", optional_value(conversation.duration_s)},
                         {"from", masked(conversation.address_from)},
                         {"to", masked(conversation.address_to)},
                         {"campaign", mapped_view(conversation.campaign)}};
    json::array agents;
    for (const auto& participation : row.participations) {
        // The empty leg is a place for an agent that nobody named yet, not an agent.
        if (!participation.leg.empty() || participation.agent.id || participation.agent.wanted) {
            agents.push_back(participation_view(participation));
        }
    }
    view["agents"] = std::move(agents);
    view["state"] = format(conversation.state);
    view["reason"] = optional_value(conversation.reason);
    json::array recordings;
    for (const auto& recording : row.recordings) {
        recordings.push_back(recording_view(recording));
    }
    view["recordings"] = std::move(recordings);
    json::array summaries;
    for (const auto& audit : audits) {
        if (audit.conversation == conversation.id) {
            summaries.push_back(audit_summary(row, audit));
        }
    }
    view["audits"] = std::move(summaries);
    return view;
}

json::value audit_view(const store::AuditRow& audit, bool content) {
    auto value = parse_json(audit.json);
    if (!value) {
        return {{"error", "Corrupt"}};
    }
    if (!content) {
        blank_text(*value);
    }
    return *std::move(value);
}

json::object conversation_details_view(const store::ConversationRow& row, const Details& details) {
    auto view = conversation_view(row, {});
    json::array audits;
    for (const auto& audit : details.audits) {
        auto whole = audit_view(audit, details.content);
        if (auto* object = whole.if_object()) {
            (*object)["agent"] = agent_of(row, audit.participation);
            (*object)["participation"] = audit.participation.text();
            (*object)["id"] = audit.id.text();
        }
        audits.push_back(std::move(whole));
    }
    view["audits"] = std::move(audits);
    view["transcript"] = nullptr;
    if (details.transcript) {
        json::object transcript = {
            {"sha256", details.transcript->sha256_hex},
            {"origin", details.transcript->origin},
            {"quality_note", optional_value(details.transcript->quality_note)}};
        if (details.content) {
            if (const auto value = parse_json(details.transcript->json);
                value && value->is_object()) {
                for (const auto& member : value->get_object()) {
                    transcript[member.key()] = member.value();
                }
            }
        }
        view["transcript"] = std::move(transcript);
    }
    json::array events;
    json::array history;
    for (const auto& event : details.events) {
        events.push_back(event_view(event, details.content, details.redaction));
        history.push_back(
            {{"at", format_rfc3339(event.received_at)}, {"what", "event"}, {"kind", event.kind}});
    }
    for (const auto& audit : details.audits) {
        history.push_back({{"at", format_rfc3339(audit.created_at)},
                           {"what", "audit"},
                           {"kind", audit.scorecard_id}});
    }
    view["events"] = std::move(events);
    view["history"] = std::move(history);
    if (details.content && row.conversation.details_json) {
        if (auto value = parse_json(*row.conversation.details_json)) {
            mask_addresses(*value, details.redaction);
            view["details"] = *std::move(value);
        }
    }
    return view;
}

json::object event_view(const store::StoredEvent& event, bool content,
                        const redact::Options& redaction) {
    json::object view = {{"id", event.id.text()},
                         {"sequence", event.sequence},
                         {"conversation", event.conversation.text()},
                         {"source", event.source},
                         {"account", event.account},
                         {"external_id", event.external_id},
                         {"kind", event.kind},
                         {"body_sha256", event.body_sha256_hex},
                         {"received_at", format_rfc3339(event.received_at)},
                         {"body", nullptr}};
    if (content) {
        if (auto body = parse_json(event.normalised)) {
            mask_addresses(*body, redaction);
            view["body"] = *std::move(body);
        }
    }
    return view;
}

json::object fate_view(const std::optional<store::ConversationRow>& row,
                       const std::optional<store::JobRow>& job) {
    const bool dead = job && job->state == store::JobState::Dead;
    const bool waiting = job && !dead;
    // Merging always gives a start, if only the time of receipt.
    const bool merged = row && row->conversation.started_at && !waiting && !dead;
    json::object view = {{"state", dead ? "failed" : merged ? "merged" : "waiting"}};
    view["conversation"] =
        row ? json::value(format(row->conversation.state)) : json::value(nullptr);
    view["reason"] = row ? optional_value(row->conversation.reason) : json::value(nullptr);
    view["error"] = dead && job->error_code
                        ? json::value({{"code", *job->error_code},
                                       {"message", optional_value(job->error_message)}})
                        : json::value(nullptr);
    return view;
}

json::object counts_view(const store::ErasureCounts& counts) {
    return {{"conversations", counts.conversations},
            {"events", counts.events},
            {"recordings", counts.recordings},
            {"transcripts", counts.transcripts},
            {"audits", counts.audits},
            {"blobs", counts.blobs}};
}

json::object job_view(const store::JobRow& job) {
    json::object view = {{"id", job.id.text()},
                         {"kind", job.kind},
                         {"key", job.key},
                         {"state", store::format(job.state)},
                         {"attempts", job.attempts},
                         {"priority", job.priority},
                         {"run_at", format_rfc3339(job.run_at)},
                         {"queued_at", format_rfc3339(job.queued_at)},
                         {"finished_at", optional_value(job.finished_at)}};
    view["error"] = job.error_code ? json::value({{"code", *job.error_code},
                                                  {"message", optional_value(job.error_message)}})
                                   : json::value(nullptr);
    return view;
}

}  // namespace oidor::server

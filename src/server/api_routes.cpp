#include "server/api_routes.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/sha256.hpp"
#include "domain/transcript.hpp"
#include "pipeline/steps.hpp"
#include "server/cost_routes.hpp"
#include "server/coverage_routes.hpp"
#include "server/erasure_routes.hpp"
#include "server/health_routes.hpp"
#include "server/hearing_routes.hpp"
#include "server/key_routes.hpp"
#include "server/publishing_routes.hpp"
#include "server/recordings_route.hpp"
#include "server/redaction.hpp"
#include "server/responses.hpp"
#include "server/scorecard_routes.hpp"
#include "server/verification_routes.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr int kPageDefault = 50;
constexpr int kPageMax = 500;

Result<int> read_limit(const Call& call) {
    const auto text = call.query("limit");
    if (!text) {
        return kPageDefault;
    }
    int limit = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc() || end != text->data() + text->size() || limit < 1 ||
        limit > kPageMax) {
        return fail(ErrorCode::Invalid, "limit: expected a number from 1 to {}", kPageMax);
    }
    return limit;
}

Result<std::optional<Timestamp>> read_time(const Call& call, std::string_view name) {
    const auto text = call.query(name);
    if (!text) {
        return std::optional<Timestamp>();
    }
    const auto time = parse_rfc3339(*text);
    const auto day = time ? time : parse_rfc3339(*text + "T00:00:00Z");
    if (!day) {
        return fail(ErrorCode::Invalid, "{}: expected RFC 3339, as in 2026-02-10T00:00:00Z", name);
    }
    return std::optional(*day);
}

std::string format_cursor(const store::ConversationRow& row) {
    const auto at = row.conversation.started_at.value_or(row.conversation.created_at);
    return fmt::format("{}.{}", at.time_since_epoch().count(), row.conversation.id.text());
}

Result<std::optional<store::ConversationCursor>> read_cursor(const Call& call) {
    const auto text = call.query("after");
    if (!text || text->empty()) {
        return std::optional<store::ConversationCursor>();
    }
    const auto dot = std::min(text->find('.'), text->size());
    std::int64_t micros = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + dot, micros);
    const auto id = dot < text->size()
                        ? ConversationId::parse(std::string_view(*text).substr(dot + 1))
                        : std::nullopt;
    if (error != std::errc() || end != text->data() + dot || !id) {
        return fail(ErrorCode::Invalid, "after: expected the `next` of an earlier page");
    }
    return std::optional(
        store::ConversationCursor{.at = Timestamp(std::chrono::microseconds(micros)), .id = *id});
}

Result<store::ConversationFilter> read_filter(const Call& call) {
    store::ConversationFilter filter;
    filter.source = call.query("source");
    filter.account = call.query("account");
    filter.external_id = call.query("external_id");
    filter.campaign = call.query("campaign");
    filter.agent = call.query("agent");
    filter.day = call.query("day");
    filter.campaigns_allowed = call.principal.campaigns;
    TRY_ASSIGN(filter.from, read_time(call, "from"));
    TRY_ASSIGN(filter.to, read_time(call, "to"));
    if (const auto state = call.query("state")) {
        filter.state = parse_conversation_state(*state);
        if (!filter.state) {
            return fail(
                ErrorCode::Invalid,
                "state: expected open, ended, audited, no_recording, not_auditable or failed");
        }
    }
    return filter;
}

Result<net::Response> list_conversations(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto filter, read_filter(call));
    TRY_ASSIGN(const auto after, read_cursor(call));
    TRY_ASSIGN(const int limit, read_limit(call));
    TRY_ASSIGN(const auto rows,
               parts.store.conversations().list_conversations(filter, after, limit));
    std::vector<ConversationId> ids;
    std::ranges::transform(rows, std::back_inserter(ids),
                           [](const auto& row) { return row.conversation.id; });
    TRY_ASSIGN(const auto audits, parts.store.conversations().list_audit_summaries(ids));
    json::array items;
    for (const auto& row : rows) {
        items.push_back(conversation_view(row, audits));
    }
    json::object page = {{"items", std::move(items)}};
    page["next"] =
        static_cast<int>(rows.size()) == limit ? json::value(format_cursor(rows.back())) : nullptr;
    return private_json(page);
}

Result<store::ConversationRow> get_allowed(const Call& call,
                                           const std::optional<store::ConversationRow>& row) {
    if (!row || !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "no such conversation");
    }
    return *row;
}

Result<net::Response> get_conversation(const ApiParts& parts, const Call& call) {
    const auto id = ConversationId::parse(call.path_values.at("id"));
    if (!id) {
        return fail(ErrorCode::NotFound, "no such conversation");
    }
    TRY_ASSIGN(const auto found, parts.store.conversations().find_conversation(*id));
    TRY_ASSIGN(const auto row, get_allowed(call, found));
    Details details;
    TRY_ASSIGN(details.transcript, parts.store.conversations().find_transcript(*id));
    TRY_ASSIGN(details.audits, parts.store.conversations().list_audits(*id));
    TRY_ASSIGN(details.events, parts.store.inbox().list_events_of(*id));
    details.content = call.principal.allows("content:read");
    TRY_ASSIGN(details.unmasked, is_unmasked(call));
    details.redaction = redaction_options(parts, row.conversation.key);
    if (!details.unmasked) {
        redact_rows(details.transcript, details.audits, details.redaction);
    }
    return private_json(conversation_details_view(row, details));
}

/// The merging of conversations that is not done yet, by the conversation's id. At the bound of
/// each state the rest counts as done.
Result<std::map<std::string, store::JobRow>> list_open_merges(const ApiParts& parts) {
    std::map<std::string, store::JobRow> jobs;
    for (const auto state :
         {store::JobState::Dead, store::JobState::Queued, store::JobState::Running}) {
        TRY_ASSIGN(const auto rows,
                   parts.store.queue().list_jobs(state, std::string(pipeline::kMap), std::nullopt,
                                                 kPageMax));
        for (const auto& row : rows) {
            jobs.insert_or_assign(row.key, row);
        }
    }
    return jobs;
}

Result<json::array> event_views(const ApiParts& parts, const Call& call,
                                const std::vector<store::StoredEvent>& events) {
    TRY_ASSIGN(const auto merges, list_open_merges(parts));
    std::map<ConversationId, json::object> fates;
    json::array items;
    for (const auto& event : events) {
        if (!fates.contains(event.conversation)) {
            TRY_ASSIGN(const auto row,
                       parts.store.conversations().find_conversation(event.conversation));
            const auto job = merges.find(event.conversation.text());
            fates[event.conversation] =
                fate_view(row, job != merges.end() ? std::optional(job->second) : std::nullopt);
        }
        const auto key = ConversationKey{.source = event.source, .account = event.account};
        auto view =
            event_view(event, call.principal.allows("content:read"), redaction_options(parts, key));
        view["fate"] = fates.at(event.conversation);
        items.push_back(std::move(view));
    }
    return items;
}

Result<std::optional<std::int64_t>> read_sequence(const Call& call) {
    const auto text = call.query("after");
    if (!text || text->empty()) {
        return std::optional<std::int64_t>();
    }
    std::int64_t sequence = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), sequence);
    if (error != std::errc() || end != text->data() + text->size()) {
        return fail(ErrorCode::Invalid, "after: expected the `next` of an earlier page");
    }
    return std::optional(sequence);
}

/// Deliveries that were not taken, from the access log. It holds other lines too, so a page may end
/// before `limit` after so many of them; `next` goes on.
Result<net::Response> list_rejected(const ApiParts& parts, const Call& call) {
    static constexpr int kPagesMax = 20;
    TRY_ASSIGN(const int limit, read_limit(call));
    TRY_ASSIGN(auto before, read_sequence(call));
    if (!call.principal.campaigns.empty()) {
        return fail(ErrorCode::Forbidden,
                    "a key limited to campaigns does not list received events");
    }
    json::array items;
    bool more = true;
    for (int page = 0; page < kPagesMax && more && std::ssize(items) < limit; ++page) {
        TRY_ASSIGN(const auto entries, parts.store.keyring().list_access(before, kPageMax));
        more = std::ssize(entries) == kPageMax;
        for (const auto& entry : entries) {
            if (std::ssize(items) == limit) {
                more = true;
                break;
            }
            before = entry.sequence;
            if (entry.action == kRejectedDelivery) {
                items.push_back({{"received_at", format_rfc3339(entry.at)},
                                 {"key", entry.key ? json::value(entry.key->text()) : nullptr},
                                 {"address", entry.address},
                                 {"status", entry.status},
                                 {"reason", entry.subject}});
            }
        }
    }
    json::object page = {{"items", std::move(items)}};
    page["next"] = more && before ? json::value(std::to_string(*before)) : json::value(nullptr);
    return private_json(page);
}

Result<net::Response> list_events(const ApiParts& parts, const Call& call) {
    store::EventFilter filter{.source = call.query("source"),
                              .account = call.query("account"),
                              .external_id = call.query("external_id"),
                              .conversation = {}};
    TRY_ASSIGN(const int limit, read_limit(call));
    TRY_ASSIGN(const auto before, read_sequence(call));
    if (!call.principal.campaigns.empty()) {
        return fail(ErrorCode::Forbidden,
                    "a key limited to campaigns does not list received events");
    }
    TRY_ASSIGN(const auto events, parts.store.inbox().list_events(filter, before, limit));
    TRY_ASSIGN(auto items, event_views(parts, call, events));
    json::object page = {{"items", std::move(items)}};
    page["next"] = static_cast<int>(events.size()) == limit
                       ? json::value(std::to_string(events.back().sequence))
                       : nullptr;
    return private_json(page);
}

Result<net::Response> list_jobs(const ApiParts& parts, const Call& call) {
    std::optional<store::JobState> state;
    if (const auto text = call.query("state")) {
        state = store::parse_job_state(*text);
        if (!state) {
            return fail(ErrorCode::Invalid,
                        "state: expected queued, running, done, dead, skipped or discarded");
        }
    }
    std::optional<JobId> after;
    if (const auto text = call.query("after"); text && !text->empty()) {
        after = JobId::parse(*text);
        if (!after) {
            return fail(ErrorCode::Invalid, "after: expected the `next` of an earlier page");
        }
    }
    TRY_ASSIGN(const int limit, read_limit(call));
    TRY_ASSIGN(const auto jobs,
               parts.store.queue().list_jobs(state, call.query("kind"), after, limit));
    json::array items;
    for (const auto& job : jobs) {
        items.push_back(job_view(job));
    }
    json::object page = {{"items", std::move(items)}};
    page["next"] =
        static_cast<int>(jobs.size()) == limit ? json::value(jobs.back().id.text()) : nullptr;
    return private_json(page);
}

Result<ConversationKey> read_key(const Call& call) {
    const auto source = call.query("source");
    const auto external_id = call.query("external_id");
    if (!source || source->empty() || !external_id || external_id->empty()) {
        return fail(ErrorCode::Invalid,
                    "source and external_id are needed, as in ?source=anura&external_id=123");
    }
    if (!is_usable_external_id(*external_id)) {
        return fail(ErrorCode::Invalid,
                    "external_id: at most 255 bytes of UTF-8 without control characters");
    }
    const auto channel = parse_channel(call.query("channel").value_or("voice"));
    if (!channel) {
        return fail(
            ErrorCode::Invalid,
            "channel: expected voice, whatsapp, sms, telegram, messenger, instagram or web");
    }
    const auto account = call.query("account");
    return ConversationKey{
        .source = *source,
        .account = account ? *account : call.principal.only_account(*source).value_or("default"),
        .channel = *channel,
        .external_id = *external_id};
}

Result<net::Response> put_transcript(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto key, read_key(call));
    if (!call.principal.allows(fmt::format("webhook:{}/{}", key.source, key.account))) {
        // What a caller names may be a customer's: it is not repeated.
        return fail(ErrorCode::Forbidden,
                    "the key lacks the scope webhook:SOURCE/ACCOUNT of the account that was named");
    }
    TRY_ASSIGN(const auto transcript, parse_transcript(call.request.body));
    const auto bytes = format_transcript(transcript);
    TRY_ASSIGN(const auto id, parts.store.conversations().identify(key));
    store::TranscriptRow row{.sha256_hex = sha256_hex(bytes),
                             .json = bytes,
                             .origin = "provided",
                             .quality_note = {},
                             .created_at = parts.clock.now()};
    TRY_ASSIGN(const bool fresh,
               parts.store.conversations().put_transcript(id, row,
                                                          {{.kind = std::string(pipeline::kMap),
                                                            .key = id.text(),
                                                            .priority = 0,
                                                            .run_at = {}}}));
    return private_json(
        {{"conversation", id.text()}, {"sha256", row.sha256_hex}, {"stored", fresh}},
        fresh ? 201 : 200);
}

constexpr Parameter kLimit{"limit", "Items of a page, 1 to 500; else 50.", ParameterType::PageSize};
constexpr Parameter kAfter{"after", "The `next` of an earlier page."};
constexpr Parameter kSource{"source", "anura, file …"};
constexpr Parameter kAccount{"account", "An account of the source."};
constexpr Parameter kExternalId{"external_id", "The source's own id."};

/// The same, where it cannot be left out.
constexpr Parameter needed(Parameter parameter) {
    parameter.required = true;
    return parameter;
}

/// Conversations and their recordings.
std::vector<Route> conversation_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    return {
        {.method = "GET",
         .pattern = "/api/v1/conversations",
         .name = "list_conversations",
         .summary = "Conversations, newest first.",
         .scope = "audits:read",
         .schema = "ConversationPage",
         .parameters = {kSource,
                        kAccount,
                        kExternalId,
                        {"campaign", "The house's id."},
                        {"agent", "The house's id."},
                        {"from", "Start at or after this time.", ParameterType::Time},
                        {"to", "Start before this time.", ParameterType::Time},
                        {"day", "A local day, as in 2026-02-10.", ParameterType::Day},
                        {"state", "One state.", ParameterType::ConversationState},
                        kLimit,
                        kAfter},
         .handler = with(list_conversations)},
        {.method = "GET",
         .pattern = "/api/v1/conversations/{id}",
         .name = "get_conversation",
         .summary = "One conversation with transcript, whole audits, events and history.",
         .scope = "audits:read",
         .schema = "ConversationDetails",
         .parameters = {kUnmask},
         .handler = with(get_conversation)},
        {.method = "GET",
         .pattern = "/api/v1/recordings/{id}/audio",
         .name = "listen",
         .summary = "The audio of a recording, with a tone over personal identifiers; takes "
                    "Range.",
         .scope = "recordings:listen",
         .answer = "audio/*",
         .parameters = {kUnmask},
         .handler = with(answer_recording)},
        {.method = "GET",
         .pattern = "/api/v1/recordings/{id}/analysis",
         .name = "get_analysis",
         .summary = "What was measured of a recording: who speaks when, levels, music, keys, "
                    "warnings.",
         .scope = "audits:read",
         .schema = "RecordingAnalysis",
         .parameters = {{"peaks", "`true`: with the peaks of its wave."}},
         .handler = with(answer_analysis)},
    };
}

/// What came in, what is to do, and transcripts on their way in.
std::vector<Route> queue_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    return {
        {.method = "GET",
         .pattern = "/api/v1/events",
         .name = "list_events",
         .summary = "Received webhooks and what became of each, newest first.",
         .scope = "audits:read",
         .schema = "EventPage",
         .parameters = {kSource, kAccount, kExternalId, kLimit, kAfter},
         .handler = with(list_events)},
        {.method = "GET",
         .pattern = "/api/v1/events/rejected",
         .name = "list_rejected_events",
         .summary = "Deliveries with a valid key that were not taken, and why, newest first.",
         .scope = "audits:read",
         .schema = "RejectedEventPage",
         .parameters = {kLimit, kAfter},
         .handler = with(list_rejected)},
        {.method = "GET",
         .pattern = "/api/v1/jobs",
         .name = "list_jobs",
         .summary = "The queue.",
         .scope = "admin",
         .schema = "JobPage",
         .parameters = {{"state", "One state.", ParameterType::JobState},
                        {"kind", "map, fetch …"},
                        kLimit,
                        kAfter},
         .handler = with(list_jobs)},
        {.method = "PUT",
         .pattern = "/api/v1/transcripts",
         .name = "put_transcript",
         .summary = "Stores a transcript for a conversation, once by its hash.",
         .gate = Gate::Webhook,
         .schema = "StoredTranscript",
         .body = "Transcript",
         .creates = true,
         .parameters = {needed(kSource),
                        kAccount,
                        needed(kExternalId),
                        {"channel", "voice when not given.", ParameterType::Channel}},
         .handler = with(put_transcript)},
    };
}

}  // namespace

std::vector<Route> api_routes(const std::shared_ptr<const ApiParts>& parts) {
    auto routes = health_routes(parts);
    for (const auto& more : {conversation_routes(parts), erasure_routes(parts), queue_routes(parts),
                             coverage_routes(parts), key_routes(parts), publishing_routes(parts),
                             scorecard_routes(parts), verification_routes(parts),
                             cost_routes(parts), hearing_routes(parts)}) {
        routes.insert(routes.end(), more.begin(), more.end());
    }
    return routes;
}

}  // namespace oidor::server

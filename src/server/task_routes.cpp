#include "server/task_routes.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "pipeline/upload.hpp"
#include "server/recordings_route.hpp"
#include "server/redaction.hpp"
#include "server/responses.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr int kListDefault = 10;
constexpr int kListMax = 500;
constexpr int kSkipMax = 10'000;

const Recording* stored_recording(const store::ConversationRow& row) {
    const auto found = std::ranges::find(row.recordings, RecordingState::Stored, &Recording::state);
    return found != row.recordings.end() ? &*found : nullptr;
}

/// Why a task failed: what is known of the recording, else of the call.
json::value task_error(const store::ConversationRow& row) {
    if (task_status(row) != "failed") {
        return nullptr;
    }
    for (const auto& recording : row.recordings) {
        if (recording.state != RecordingState::Stored && recording.reason) {
            return json::value(*recording.reason);
        }
    }
    return optional_value(row.conversation.reason);
}

json::object task_metadata(const store::ConversationRow& row) {
    const auto& conversation = row.conversation;
    const auto* stored = stored_recording(row);
    json::object metadata = {{"task_type", "full_process"},
                             {"call_id", conversation.key.external_id},
                             {"source", conversation.key.source},
                             {"account", conversation.key.account},
                             {"state", format(conversation.state)},
                             {"reason", optional_value(conversation.reason)},
                             {"campaign_id", optional_value(conversation.campaign.id)},
                             {"duration", optional_value(conversation.duration_s)},
                             {"created_at", format_rfc3339(conversation.created_at)},
                             {"updated_at", format_rfc3339(conversation.updated_at)}};
    metadata["audio_duration"] =
        stored != nullptr && stored->duration
            ? json::value(static_cast<double>(stored->duration->count()) / 1000)
            : json::value(nullptr);
    metadata["url"] = stored != nullptr ? json::value("/tasks/" + conversation.id.text() + "/audio")
                                        : json::value(nullptr);
    return metadata;
}

/// Newest first, at most `count` of one filter.
Result<std::vector<store::ConversationRow>> list_newest(const store::Conversations& conversations,
                                                        const store::ConversationFilter& filter,
                                                        int count) {
    std::vector<store::ConversationRow> rows;
    std::optional<store::ConversationCursor> after;
    while (std::ssize(rows) < count) {
        const int limit = std::min(count - static_cast<int>(rows.size()), kListMax);
        TRY_ASSIGN(auto page, conversations.list_conversations(filter, after, limit));
        const bool last = std::ssize(page) < limit;
        std::ranges::move(page, std::back_inserter(rows));
        if (last) {
            break;
        }
        const auto& conversation = rows.back().conversation;
        after = {.at = conversation.started_at.value_or(conversation.created_at),
                 .id = conversation.id};
    }
    return rows;
}

Result<net::Response> list_tasks(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto reach, reach_of(call.principal));
    TRY_ASSIGN(const int skip, read_number(call, "skip", 0, 0, kSkipMax));
    TRY_ASSIGN(const int limit, read_number(call, "limit", kListDefault, 1, kListMax));
    store::ConversationFilter filter;
    filter.campaigns_allowed = call.principal.campaigns;
    std::vector<store::ConversationRow> rows;
    if (reach.all) {
        TRY_ASSIGN(rows, list_newest(parts.store.conversations(), filter, skip + limit));
    }
    for (const auto& [source, account] : reach.accounts) {
        filter.source = source;
        filter.account = account;
        TRY_ASSIGN(auto more, list_newest(parts.store.conversations(), filter, skip + limit));
        std::ranges::move(more, std::back_inserter(rows));
    }
    std::ranges::stable_sort(rows, std::greater(), [](const store::ConversationRow& row) {
        return std::pair(row.conversation.started_at.value_or(row.conversation.created_at),
                         row.conversation.id);
    });
    json::array tasks;
    for (int i = skip; i < std::min(skip + limit, static_cast<int>(rows.size())); ++i) {
        const auto& row = rows[static_cast<std::size_t>(i)];
        tasks.push_back({{"task_id", row.conversation.id.text()},
                         {"status", task_status(row)},
                         {"metadata", task_metadata(row)},
                         {"error", task_error(row)}});
    }
    return private_json({{"tasks", std::move(tasks)}, {"skip", skip}, {"limit", limit}});
}

/// A task that the caller may not see is like one that is not there.
Result<store::ConversationRow> get_task_row(const ApiParts& parts, const Call& call,
                                            const Reach& reach) {
    const auto id = ConversationId::parse(call.path_values.at("id"));
    TRY_ASSIGN(const auto row, id ? parts.store.conversations().find_conversation(*id)
                                  : Result<std::optional<store::ConversationRow>>(std::nullopt));
    if (!row || !reach.covers(row->conversation.key.source, row->conversation.key.account) ||
        !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "Task not found");
    }
    return *row;
}

/// What a completed task gives: the transcript for keys that may read it, and the audits' figures.
Result<json::value> task_result(const ApiParts& parts, const Call& call,
                                const store::ConversationRow& row) {
    if (task_status(row) != "completed") {
        return json::value(nullptr);
    }
    const auto id = row.conversation.id;
    TRY_ASSIGN(const auto audits, parts.store.conversations().list_audit_summaries({id}));
    json::object result = {{"language", nullptr}, {"segments", nullptr}};
    TRY_ASSIGN(auto transcript, parts.store.conversations().find_transcript(id));
    TRY_ASSIGN(const bool unmasked, is_unmasked(call));
    if (!unmasked) {
        std::vector<store::AuditRow> none;
        redact_rows(transcript, none, redaction_options(parts, row.conversation.key));
    }
    const auto value =
        transcript ? parse_json(transcript->json) : Result<json::value>(json::value(nullptr));
    if (value && value->is_object()) {
        const auto& object = value->get_object();
        result["language"] = object.contains("language") ? object.at("language") : nullptr;
        if (call.principal.allows("content:read") && object.contains("segments")) {
            result["segments"] = object.at("segments");
        }
    }
    result["audits"] = conversation_view(row, audits).at("audits");
    return json::value(std::move(result));
}

Result<net::Response> get_task(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto reach, reach_of(call.principal));
    TRY_ASSIGN(const auto row, get_task_row(parts, call, reach));
    TRY_ASSIGN(auto result, task_result(parts, call, row));
    return private_json({{"status", task_status(row)},
                         {"result", std::move(result)},
                         {"metadata", task_metadata(row)},
                         {"error", task_error(row)}});
}

/// Everything of the task goes, its audio too. For who may do anything, and for who handed it in.
Result<net::Response> delete_task(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto reach, call.principal.allows("admin")
                                     ? Result<Reach>(Reach{.all = true, .accounts = {}})
                                     : reach_of(call.principal));
    TRY_ASSIGN(const auto row, get_task_row(parts, call, reach));
    const auto& key = row.conversation.key;
    const bool own =
        key.source == pipeline::kFileSource &&
        call.principal.allows(fmt::format("webhook:{}/{}", pipeline::kFileSource, key.account));
    if (!own && !call.principal.allows("admin")) {
        return fail(ErrorCode::Forbidden, "The key lacks the scope admin");
    }
    TRY(parts.erase(row.conversation.id));
    return net::make_response(204, "application/json", "");
}

Result<net::Response> get_task_audio(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto row, get_task_row(parts, call, {.all = true, .accounts = {}}));
    return answer_recording_file(parts, call, row);
}

}  // namespace

std::string_view task_status(const store::ConversationRow& row) {
    return task_status(row.conversation.state, row.conversation.reason,
                       stored_recording(row) != nullptr);
}

std::string_view task_status(ConversationState state, const std::optional<std::string>& reason,
                             bool recording_stored) {
    switch (state) {
        case ConversationState::Open: return "pending";
        case ConversationState::Ended: return recording_stored ? "processing" : "pending";
        case ConversationState::Audited:
        case ConversationState::NotAuditable: return "completed";
        case ConversationState::NoRecording:
            // A call that was not recorded is done; one whose recording is lost has failed.
            return reason == "recording_missing" || reason == "recording_failed" ? "failed"
                                                                                 : "completed";
        case ConversationState::Failed: return "failed";
    }
    return "failed";
}

Result<int> read_number(const Call& call, std::string_view name, int fallback, int min, int max) {
    const auto text = call.query(name);
    if (!text) {
        return fallback;
    }
    int number = 0;
    const auto* const last = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), last, number);
    if (error != std::errc() || end != last || number < min || number > max) {
        return fail(ErrorCode::Invalid, "{}: expected a number from {} to {}", name, min, max);
    }
    return number;
}

std::vector<Route> task_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    std::vector<Route> routes = {
        {.method = "GET",
         .pattern = "/tasks",
         .name = "list_tasks",
         .summary = "Conversations as tasks, newest first.",
         .gate = Gate::Reader,
         .parameters = {{"skip", "How many to leave out, 0 to 10,000."},
                        {"limit", "How many to give, 1 to 500; 10 when not given."}},
         .failures = Failures::Detail,
         .handler = with(list_tasks)},
        {.method = "GET",
         .pattern = "/tasks/{id}",
         .name = "get_task",
         .summary = "One conversation as a task: status, result, metadata, error.",
         .gate = Gate::Reader,
         .parameters = {kUnmask},
         .failures = Failures::Detail,
         .handler = with(get_task)},
        {.method = "GET",
         .pattern = "/tasks/{id}/audio",
         .name = "get_task_audio",
         .summary = "The audio of a task as a file.",
         .scope = "recordings:listen",
         .answer = "audio/*",
         .parameters = {kUnmask},
         .failures = Failures::Detail,
         .handler = with(get_task_audio)}};
    // What cannot erase does not say that it did: without a way to erase there is no such path.
    if (parts == nullptr || parts->erase) {
        routes.push_back({.method = "DELETE",
                          .pattern = "/tasks/{id}",
                          .name = "delete_task",
                          .summary = "Erases a task with everything that belongs to it, its audio "
                                     "too: for `admin`, and of uploads for the key's own account.",
                          .gate = Gate::Reader,
                          .failures = Failures::Detail,
                          .handler = with(delete_task)});
    }
    return routes;
}

}  // namespace oidor::server

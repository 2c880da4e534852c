#include "server/model_routes.hpp"

#include <utility>

#include <boost/json.hpp>

#include "pipeline/model_chat.hpp"
#include "server/model_views.hpp"
#include "server/redaction.hpp"
#include "server/responses.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

/// A conversation that the caller may not see is like one that is not there.
Result<store::ConversationRow> get_row(const ApiParts& parts, const Call& call,
                                       std::string_view text) {
    const auto id = ConversationId::parse(text);
    TRY_ASSIGN(const auto row, id ? parts.store.conversations().find_conversation(*id)
                                  : Result<std::optional<store::ConversationRow>>(std::nullopt));
    if (!row || !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "Task not found");
    }
    return *row;
}

Result<store::ConversationRow> get_row(const ApiParts& parts, const Call& call) {
    return get_row(parts, call, call.path_values.at("id"));
}

Result<json::object> read_object_body(const Call& call) {
    TRY_ASSIGN(auto value, parse_json(call.request.body));
    if (!value.is_object()) {
        return fail(ErrorCode::Invalid, "body: expected an object");
    }
    return std::move(value.as_object());
}

/// The value as this caller may read it. Forbidden without the scope for `?unmask=true`.
Result<json::value> shown(const ApiParts& parts, const Call& call, const Conversation& conversation,
                          json::value value) {
    TRY_ASSIGN(const bool unmasked, is_unmasked(call));
    if (unmasked) {
        return value;
    }
    TRY_ASSIGN(const auto look, look_at_stored(parts.store, conversation.id,
                                               redaction_options(parts, conversation.key)));
    mask_said(value, look);
    return value;
}

Result<net::Response> list_chat(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto row, get_row(parts, call));
    TRY_ASSIGN(const auto entries, pipeline::list_chat(parts.store, row.conversation.id));
    json::array history;
    for (const auto& entry : entries) {
        history.push_back(chat_view(entry));
    }
    TRY_ASSIGN(auto readable, shown(parts, call, row.conversation, std::move(history)));
    return private_json(
        {{"task_id", row.conversation.id.text()}, {"history", std::move(readable)}});
}

Result<net::Response> ask_chat(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto row, get_row(parts, call));
    TRY_ASSIGN(const auto body, read_object_body(call));
    auto question = find_string(body, "question");
    if (!question) {
        question = find_string(body, "message");
    }
    if (!question || question->empty()) {
        return fail(ErrorCode::Invalid, "question: missing");
    }
    if (!parts.ask_model) {
        return fail(ErrorCode::Unavailable,
                    "no model is configured: set models.url and models.model");
    }
    TRY_ASSIGN(const auto entry,
               parts.ask_model(row.conversation.id, *question, call.principal.name));
    TRY_ASSIGN(auto view, shown(parts, call, row.conversation, chat_view(entry)));
    view.as_object()["task_id"] = row.conversation.id.text();
    return private_json(view);
}

Result<net::Response> get_answers(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto row, get_row(parts, call));
    TRY_ASSIGN(auto answers, find_answers(parts.store, row.conversation.id));
    if (answers.is_null()) {
        return fail(ErrorCode::NotFound, "no model was asked about conversation {}",
                    row.conversation.id.text());
    }
    TRY_ASSIGN(const auto readable, shown(parts, call, row.conversation, std::move(answers)));
    return private_json(readable);
}

/// The fields of the newest answers, as this caller may read them; null where none were asked for.
Result<json::value> find_fields(const ApiParts& parts, const Call& call,
                                const Conversation& conversation) {
    TRY_ASSIGN(const auto answers, find_answers(parts.store, conversation.id));
    return shown(parts, call, conversation,
                 answers.is_null() ? json::value(nullptr) : answers.as_object().at("fields"));
}

Result<net::Response> get_tags(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto row, get_row(parts, call));
    TRY_ASSIGN(const auto fields, find_fields(parts, call, row.conversation));
    json::array tags;
    if (const auto* const object = fields.if_object()) {
        for (const auto& tag : object->at("tags").as_array()) {
            tags.push_back(tag.as_object().at("value"));
        }
    }
    return private_json({{"task_id", row.conversation.id.text()},
                         {"tags", std::move(tags)},
                         {"extra_tags", json::array()}});
}

Result<net::Response> identify_agent(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto row, get_row(parts, call));
    TRY_ASSIGN(const auto fields, find_fields(parts, call, row.conversation));
    json::value channel = nullptr;
    json::value evidence = nullptr;
    if (const auto* const object = fields.if_object()) {
        channel = object->at("agent_channel");
        evidence = object->at("agent_evidence");
    }
    return private_json({{"task_id", row.conversation.id.text()},
                         {"agent_channel", std::move(channel)},
                         {"evidence", std::move(evidence)}});
}

/// One audit of a task: what is stored; there is nothing that two requests could pay for twice.
Result<net::Response> generate_audit(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto body, read_object_body(call));
    const auto task = find_string(body, "task_uuid");
    if (!task) {
        return fail(ErrorCode::Invalid, "task_uuid: missing");
    }
    TRY_ASSIGN(const auto row, get_row(parts, call, *task));
    TRY_ASSIGN(auto audits, parts.store.conversations().list_audits(row.conversation.id));
    TRY_ASSIGN(const bool unmasked, is_unmasked(call));
    if (!unmasked) {
        TRY_ASSIGN(auto transcript,
                   parts.store.conversations().find_transcript(row.conversation.id));
        redact_rows(transcript, audits, redaction_options(parts, row.conversation.key));
    }
    if (audits.empty()) {
        return fail(ErrorCode::Conflict,
                    "The task has not been audited yet (state: {}). Ask again when GET /tasks/{} "
                    "says completed; oidor jobs list shows what it waits for, and a call without a "
                    "recording needs its transcript (PUT /api/v1/transcripts)",
                    format(row.conversation.state), row.conversation.id.text());
    }
    TRY_ASSIGN(const auto view,
               criteria_audits_view(parts.store, row, audits, find_string(body, "agent")));
    return private_json(view);
}

}  // namespace

std::vector<Route> model_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto content = [parts](std::string_view method, std::string_view pattern,
                                 std::string_view name, std::string_view summary, auto function) {
        return Route{
            .method = method,
            .pattern = pattern,
            .name = name,
            .summary = summary,
            .scope = "content:read",
            .failures = Failures::Detail,
            .handler = [parts, function](const Call& call) { return function(*parts, call); }};
    };
    std::vector<Route> routes = {
        content("POST", "/tasks/{id}/chat", "ask_task",
                "A question about a conversation in free words, answered by the configured model; "
                "an answer whose quotes do not stand in the transcript is null.",
                ask_chat),
        content("GET", "/tasks/{id}/chat", "list_task_chat",
                "What was asked about a conversation, oldest first.", list_chat),
        content("GET", "/tags/{id}", "get_tags", "The tags of a conversation, at most five.",
                get_tags),
        content("GET", "/agent-identification/{id}", "identify_agent",
                "Which channel a model takes for the agent's, and the words that say so.",
                identify_agent),
        content("POST", "/audit/generate", "generate_audit",
                "The audit of a task by criteria, in the predecessor's form: what is stored.",
                generate_audit),
        content("GET", "/api/v1/conversations/{id}/answers", "get_answers",
                "A model's newest answers about a conversation, each with its quotes.",
                get_answers)};
    routes.back().failures = Failures::Problem;
    routes.back().schema = "ModelAnswers";
    return routes;
}

}  // namespace oidor::server

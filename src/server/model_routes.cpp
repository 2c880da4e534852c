#include "server/model_routes.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "audit/criteria_score.hpp"
#include "audit/scorecard.hpp"
#include "base/decimal.hpp"
#include "models/question.hpp"
#include "pipeline/model_chat.hpp"
#include "server/redaction.hpp"
#include "server/source_routes.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr int kApprovedFrom = 70;
/// Behind every score: of an audit that has none.
constexpr double kNoScore = 101;

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

json::array quotes_view(const std::vector<models::Citation>& quotes) {
    json::array list;
    for (const auto& quote : quotes) {
        list.push_back({{"segment", quote.segment}, {"quote", quote.quote}});
    }
    return list;
}

json::object chat_view(const pipeline::ChatEntry& entry) {
    return {{"question", entry.question},
            {"answer", optional_value(entry.answer)},
            {"quotes", quotes_view(entry.quotes)},
            {"asked_by", entry.asked_by},
            {"created_at", format_rfc3339(entry.asked_at)}};
}

/// Masks what was said and what was written about it: quotes as their segments are.
void mask_said(json::value& value, const redact::Look& look) {
    if (auto* const array = value.if_array()) {
        for (auto& item : *array) {
            mask_said(item, look);
        }
        return;
    }
    auto* const object = value.if_object();
    if (object == nullptr) {
        return;
    }
    const auto segment = find_int64(*object, "segment");
    for (auto& member : *object) {
        const auto key = member.key();
        auto* const words = member.value().if_string();
        if (words == nullptr) {
            mask_said(member.value(), look);
        } else if (key == "quote" && segment && *segment >= 0) {
            *words = redact::mask_quote(look, static_cast<std::size_t>(*segment), *words);
        } else if (key == "quote" || key == "value" || key == "question" || key == "answer") {
            *words = redact::masked(std::string_view(*words), look.options);
        }
    }
}

/// The value as this caller may read it. Forbidden without the scope for `?unmask=true`.
Result<json::value> shown(const ApiParts& parts, const Call& call, const Conversation& conversation,
                          json::value value) {
    TRY_ASSIGN(const bool unmasked, is_unmasked(call));
    if (unmasked) {
        return value;
    }
    TRY_ASSIGN(const auto stored, parts.store.conversations().find_transcript(conversation.id));
    auto transcript = stored ? parse_transcript(stored->json) : Result<Transcript>(Transcript{});
    TRY(transcript);
    mask_said(value,
              redact::look_at(std::move(*transcript), redaction_options(parts, conversation.key)));
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

/// The newest answers about a conversation; null where no model was asked.
Result<json::value> find_answers(const ApiParts& parts, ConversationId id) {
    TRY_ASSIGN(const auto stored, parts.store.model_records().find_newest_answers(id));
    if (!stored) {
        return json::value(nullptr);
    }
    TRY_ASSIGN(auto value, parse_json(stored->json));
    value.as_object()["scorecard"] =
        json::object{{"id", stored->scorecard_id}, {"version", stored->scorecard_version}};
    value.as_object()["answered_at"] = format_rfc3339(stored->updated_at);
    return value;
}

Result<net::Response> get_answers(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto row, get_row(parts, call));
    TRY_ASSIGN(auto answers, find_answers(parts, row.conversation.id));
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
    TRY_ASSIGN(const auto answers, find_answers(parts, conversation.id));
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

Result<int> approval_of(const ApiParts& parts, const Conversation& conversation) {
    if (!conversation.campaign.id) {
        return kApprovedFrom;
    }
    TRY_ASSIGN(const auto campaign,
               parts.store.directory().find_campaign(*conversation.campaign.id));
    const int own = campaign ? campaign->approval_score.value_or(0) : 0;
    return own > 0 ? own : kApprovedFrom;
}

/// What the criteria of a published version ask: their question, else their title.
Result<QuestionTexts> read_questions(const ApiParts& parts, const store::AuditRow& audit) {
    QuestionTexts texts;
    TRY_ASSIGN(const auto stored,
               parts.store.directory().find_scorecard(audit.scorecard_id, audit.scorecard_version));
    if (!stored) {
        return texts;
    }
    TRY_ASSIGN(const auto scorecard, audit::parse_scorecard(stored->toml, stored->id));
    for (const auto& criterion : scorecard.criteria) {
        const auto& text =
            criterion.question.text.empty() ? criterion.title : criterion.question.text;
        if (!text.empty()) {
            texts.emplace(criterion.id, text);
        }
    }
    return texts;
}

/// The current audits of a task, each with the agent it judges; without those of other agents than
/// `agent` where one is named.
Result<json::array> list_criteria_audits(const ApiParts& parts, const store::ConversationRow& row,
                                         const std::vector<store::AuditRow>& audits,
                                         const std::optional<std::string>& agent) {
    TRY_ASSIGN(const auto approval, approval_of(parts, row.conversation));
    json::array list;
    for (const auto& audit : audits) {
        const auto part =
            std::ranges::find(row.participations, audit.participation, &Participation::id);
        const auto of = part != row.participations.end() ? part->agent.id : std::nullopt;
        if (agent && of != agent) {
            continue;
        }
        TRY_ASSIGN(const auto value, parse_json(audit.json));
        TRY_ASSIGN(const auto questions, read_questions(parts, audit));
        auto view = criteria_audit_view(value.as_object(), questions, approval);
        view["agent"] = optional_value(of);
        view["participation"] = audit.participation.text();
        view["scorecard"] =
            json::object{{"id", audit.scorecard_id}, {"version", audit.scorecard_version}};
        view["created_at"] = format_rfc3339(audit.created_at);
        list.push_back(std::move(view));
    }
    return list;
}

/// Of several agents' audits the lowest: a task fails when one of them does. One without a score
/// stands for the task only where none has one.
std::size_t lowest_of(const json::array& audits) {
    const auto score = [&](std::size_t i) {
        return find_double(audits[i].as_object(), "score").value_or(kNoScore);
    };
    std::size_t lowest = 0;
    for (std::size_t i = 1; i < audits.size(); ++i) {
        lowest = score(i) < score(lowest) ? i : lowest;
    }
    return lowest;
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
    TRY_ASSIGN(auto list, list_criteria_audits(parts, row, audits, find_string(body, "agent")));
    if (list.empty()) {
        return fail(ErrorCode::NotFound, "agent: no audit of this task is theirs");
    }
    auto view = list[lowest_of(list)].as_object();
    view["task_uuid"] = row.conversation.id.text();
    if (list.size() > 1) {
        view["audits"] = std::move(list);
    }
    return private_json(view);
}

Decimal number_of(const json::object& object, std::string_view key) {
    const auto number = find_double(object, key);
    if (number) {
        return Decimal::from_double(*number);
    }
    return Decimal::from_int(find_int64(object, key).value_or(0));
}

/// The words behind an outcome, as the predecessor's sentence about it.
std::string observations_of(const json::object& criterion) {
    std::string words;
    if (const auto* const evidence = find_array(criterion, "evidence")) {
        for (const auto& item : *evidence) {
            const auto* const object = item.if_object();
            const auto quote = object != nullptr ? find_string(*object, "quote") : std::nullopt;
            if (quote) {
                words += fmt::format("{}«{}»", words.empty() ? "" : "; ", *quote);
            }
        }
    }
    return words;
}

}  // namespace

json::object criteria_audit_view(const json::object& audit, const QuestionTexts& questions,
                                 int approval_score) {
    json::array criteria;
    audit::CriteriaScore sum;
    std::int64_t unknown = 0;
    const auto* const given = find_array(audit, "criteria");
    for (const auto& item : given != nullptr ? *given : json::array()) {
        const auto& criterion = item.as_object();
        const auto target = number_of(criterion, "points_max");
        const auto* const points = criterion.if_contains("points");
        const bool judged = points != nullptr && !points->is_null();
        const auto id = find_string(criterion, "id").value_or("");
        json::value score = nullptr;
        const bool bonus = find_bool(criterion, "bonus").value_or(false);
        if (judged) {
            sum.add(number_of(criterion, "points"), target, bonus);
            score = *points;
        } else {
            unknown += find_string(criterion, "outcome") == "unknown" ? 1 : 0;
        }
        const auto asked = questions.find(id);
        criteria.push_back(json::object{{"id", id},
                                        {"question", asked != questions.end() ? asked->second : id},
                                        {"criterion", id},
                                        {"target_score", target.to_double()},
                                        {"score", std::move(score)},
                                        {"bonus", bonus},
                                        {"outcome", criterion.at("outcome")},
                                        {"observations", observations_of(criterion)}});
    }
    if (const auto* const zeroed_by = find_array(audit, "zeroed_by");
        zeroed_by != nullptr && !zeroed_by->empty()) {
        sum.zero();
    }
    json::value score = nullptr;
    json::value failure = nullptr;
    const bool scored = find_int64(audit, "quality_score").has_value();
    if (const auto hundredths = scored ? sum.hundredths() : std::nullopt) {
        // Two places before it is compared: what is shown decides.
        score = static_cast<double>(*hundredths) / 100;
        failure = *hundredths < std::int64_t{approval_score} * 100;
    }
    return {{"score", std::move(score)},
            {"approval_score", approval_score},
            {"failure", std::move(failure)},
            {"unknown", unknown},
            {"criteria", std::move(criteria)}};
}

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

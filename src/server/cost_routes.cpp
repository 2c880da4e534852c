#include "server/cost_routes.hpp"

#include <boost/json.hpp>

#include "base/time_zone.hpp"
#include "server/cost_sources.hpp"
#include "server/report_sources.hpp"
#include "server/responses.hpp"

namespace oidor::server {
namespace {

constexpr int kCostDaysDefault = 7;

/// The days that are asked for; the last seven, today included, when none are.
std::pair<std::string, std::string> read_days(const ApiParts& parts, const Call& call) {
    const auto today = report_today(parts.accounts, parts.clock.now());
    auto to = call.query("to").value_or(add_days(today, 1));
    auto from = call.query("from").value_or(add_days(to, -kCostDaysDefault));
    return {std::move(from), std::move(to)};
}

Result<net::Response> get_costs(const ApiParts& parts, const Call& call) {
    const auto by = costs::parse_by(call.query("by").value_or("engine"));
    if (!by) {
        return fail(ErrorCode::Invalid, "by: expected engine, day, campaign or account");
    }
    costs::Question question;
    std::tie(question.from, question.to) = read_days(parts, call);
    question.by = *by;
    question.source = call.query("source");
    question.account = call.query("account");
    question.campaigns_allowed = call.principal.campaigns;
    TRY_ASSIGN(const auto statement, costs::make_statement(parts.store.speech_records(), question));
    auto view = statement_view(statement, *by);
    view["from"] = question.from;
    view["to"] = question.to;
    return private_json(view);
}

Result<net::Response> get_budget(const ApiParts& parts, const Call& call) {
    if (!call.principal.campaigns.empty()) {
        return fail(ErrorCode::Forbidden,
                    "a key limited to campaigns sees no budget: it is the installation's");
    }
    TRY_ASSIGN(const auto state, read_budget(parts.store, parts.costs.speech, parts.clock.now()));
    return private_json(budget_view(state));
}

Result<net::Response> get_estimate(const ApiParts& parts, const Call& call) {
    if (!call.principal.campaigns.empty()) {
        return fail(ErrorCode::Forbidden,
                    "a key limited to campaigns sees no estimate: calls that are only announced "
                    "have no campaign");
    }
    const auto [from, to] = read_days(parts, call);
    TRY_ASSIGN(const auto sources, estimate_sources(parts.store, parts.accounts, parts.costs,
                                                    parts.clock.now(), call.query("engine")));
    TRY_ASSIGN(const auto estimate,
               costs::estimate(parts.store.speech_records(), from, to, sources));
    auto view = estimate_view(estimate);
    view["from"] = from;
    view["to"] = to;
    return private_json(view);
}

Result<net::Response> list_calls(const ApiParts& parts, const Call& call) {
    const auto id = ConversationId::parse(call.path_values.at("id"));
    TRY_ASSIGN(const auto row, id ? parts.store.conversations().find_conversation(*id)
                                  : Result<std::optional<store::ConversationRow>>(std::nullopt));
    if (!row || !call.principal.allows_campaign(row->conversation.campaign.id)) {
        return fail(ErrorCode::NotFound, "no such conversation");
    }
    TRY_ASSIGN(const auto calls, parts.store.speech_records().list_calls(*id));
    json::array items;
    for (const auto& each : calls) {
        items.push_back(speech_call_view(each));
    }
    return private_json({{"items", std::move(items)}});
}

}  // namespace

std::vector<Route> cost_routes(const std::shared_ptr<const ApiParts>& parts) {
    constexpr Parameter kFrom{"from", "The first day; seven before `to` when not given.",
                              ParameterType::Day};
    constexpr Parameter kTo{"to", "The day behind the last one; tomorrow when not given.",
                            ParameterType::Day};
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    return {{.method = "GET",
             .pattern = "/api/v1/costs",
             .name = "get_costs",
             .summary = "Seconds and money of speech engines, from the ledger; at most 366 days.",
             .scope = "audits:read",
             .schema = "Costs",
             .parameters = {kFrom,
                            kTo,
                            {"by", "engine, day, campaign or account; engine when not given."},
                            {"source", "anura, file …"},
                            {"account", "An account of the source."}},
             .handler = with(get_costs)},
            {.method = "GET",
             .pattern = "/api/v1/costs/budget",
             .name = "get_budget",
             .summary = "What hearing may still cost today, and until when it is paused.",
             .scope = "audits:read",
             .schema = "SpeechBudget",
             .handler = with(get_budget)},
            {.method = "GET",
             .pattern = "/api/v1/estimate",
             .name = "get_estimate",
             .summary = "What hearing and judging some days will cost; unknown parts are null.",
             .scope = "audits:read",
             .schema = "Estimate",
             .parameters = {kFrom, kTo, {"engine", "That one hears every call."}},
             .handler = with(get_estimate)},
            {.method = "GET",
             .pattern = "/api/v1/conversations/{id}/costs",
             .name = "list_speech_calls",
             .summary = "Every call of an engine about a conversation, oldest first.",
             .scope = "audits:read",
             .schema = "SpeechCalls",
             .handler = with(list_calls)}};
}

}  // namespace oidor::server

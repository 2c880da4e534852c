#include "server/cost_sources.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include <boost/json.hpp>

#include "base/time_zone.hpp"
#include "pipeline/model_endpoint.hpp"
#include "pipeline/transcribe_step.hpp"
#include "server/report_sources.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

/// How far back a model's calls tell what one costs.
constexpr int kModelDays = 30;

std::optional<costs::EngineChoice> describe(const std::string& name,
                                            const speech::EngineOptions& options) {
    const auto engine = speech::open_engine(name, options);
    if (!engine) {
        return std::nullopt;
    }
    const auto& capabilities = (*engine)->capabilities();
    return costs::EngineChoice{
        .name = capabilities.name, .model = capabilities.model, .offline = capabilities.offline};
}

/// As Hearing chooses where nobody did: one that hears the language and sends nothing anywhere.
std::optional<costs::EngineChoice> find_offline(const std::string& language,
                                                const speech::EngineOptions& options) {
    for (const auto& name : speech::list_engine_names()) {
        const auto engine = speech::open_engine(name, options);
        if (engine && (*engine)->capabilities().missing.empty() &&
            (*engine)->capabilities().offline &&
            speech::hears_language((*engine)->capabilities(), language)) {
            return describe(name, options);
        }
    }
    return std::nullopt;
}

Result<costs::ModelHistory> read_models(const store::ModelRecords& records, bool configured,
                                        Timestamp now) {
    costs::ModelHistory history;
    history.configured = configured;
    const auto today = pipeline::spending_day(now);
    for (int back = 0; configured && back < kModelDays; ++back) {
        TRY_ASSIGN(const auto spent, records.sum_spending(add_days(today, -back)));
        history.calls += spent.calls - spent.calls_failed - spent.calls_unpriced;
        history.cost_micros += spent.cost_micros;
    }
    // Prices that nobody set are no prices.
    if (history.cost_micros == 0) {
        history.calls = 0;
    }
    return history;
}

json::value money(const std::optional<std::int64_t>& micros) {
    return micros ? json::value(static_cast<double>(*micros) / 1'000'000) : json::value(nullptr);
}

double seconds(std::int64_t ms) { return static_cast<double>(ms) / 1000; }

json::object line_view(const costs::Line& line) {
    json::object view = {{"name", optional_value(line.name)},
                         {"model", optional_value(line.model)},
                         {"currency", line.currency},
                         {"calls", line.calls},
                         {"cached", line.cached},
                         {"failed", line.failed},
                         {"open", line.open},
                         {"unconfirmed", line.unconfirmed},
                         {"unpriced", line.unpriced},
                         {"audio_s", seconds(line.audio_ms)},
                         {"sent_s", seconds(line.sent_ms)},
                         {"billed_s", seconds(line.billed_ms)}};
    // Where no call has a price the sum is not nought, it is not known.
    const bool known = line.calls == 0 || line.unpriced < line.calls;
    view["cost"] = money(known ? std::optional(line.cost_micros) : std::nullopt);
    view["unconfirmed_cost"] = money(line.unconfirmed_micros);
    return view;
}

json::object part_view(const costs::Part& part) {
    return {{"cost", money(part.cost_micros)},
            {"basis", costs::format(part.basis)},
            {"calls_not_counted", part.not_counted}};
}

json::object estimate_line_view(const costs::EstimateLine& line) {
    return {{"source", line.source},
            {"account", line.account},
            {"campaign", optional_value(line.campaign)},
            {"engine", optional_value(line.engine)},
            {"model", line.model},
            {"calls", line.calls},
            {"announced_only", line.announced},
            {"transcribed", line.transcribed},
            {"not_recorded", line.not_recorded},
            {"audio_s", seconds(line.audio_ms)},
            {"measured", line.measured},
            {"length_unknown", line.length_unknown},
            {"recording", part_view(line.recording)},
            {"speech", part_view(line.speech)},
            {"model_questions", part_view(line.model_questions)}};
}

}  // namespace

Result<costs::EstimateSources> estimate_sources(store::Store& store,
                                                const pipeline::AccountLookup& accounts,
                                                const HouseCosts& house, Timestamp now,
                                                const std::optional<std::string>& engine) {
    costs::EstimateSources sources;
    sources.zone = [&accounts](const std::string& source, const std::string& account) {
        return accounts(source, account).time_zone;
    };
    std::optional<costs::EngineChoice> chosen;
    if (engine) {
        chosen = describe(*engine, house.engines);
        if (!chosen) {
            return fail(ErrorCode::Invalid, "engine: there is none of that name");
        }
    }
    sources.engine = [&store, &accounts, &house, chosen](const store::EstimateCall& call) {
        if (chosen) {
            return chosen;
        }
        Conversation conversation;
        conversation.campaign.id = call.campaign;
        const auto choice = pipeline::choose_hearing(store.directory(), conversation,
                                                     accounts(call.source, call.account));
        if (!choice) {
            return std::optional<costs::EngineChoice>();
        }
        return choice->engine ? describe(*choice->engine, house.engines)
                              : find_offline(choice->language, house.engines);
    };
    sources.recording_rate = [&accounts](const std::string& source, const std::string& account) {
        return accounts(source, account).recording_price;
    };
    TRY_ASSIGN(sources.share,
               costs::read_shares(store.speech_records(), report_today(accounts, now)));
    sources.prices = house.speech.prices;
    sources.currency = house.speech.currency;
    TRY_ASSIGN(sources.models, read_models(store.model_records(), house.model_configured, now));
    return sources;
}

Result<BudgetState> read_budget(store::Store& store, const pipeline::SpeechCosts& costs,
                                Timestamp now) {
    BudgetState state;
    state.currency = costs.currency;
    state.budget = pipeline::budget_of_day(costs, now);
    if (state.budget) {
        TRY_ASSIGN(state.spent_micros, store.speech_records().sum_spent(*state.budget));
    }
    return state;
}

json::object budget_view(const BudgetState& state) {
    json::object view = {{"currency", state.currency},
                         {"budget", nullptr},
                         {"spent", nullptr},
                         {"left", nullptr},
                         {"from", nullptr},
                         {"to", nullptr},
                         {"paused_until", nullptr}};
    if (state.budget) {
        view["budget"] = money(state.budget->cost_micros);
        view["spent"] = money(state.spent_micros);
        view["left"] = money(state.left_micros());
        view["from"] = format_rfc3339(state.budget->from);
        view["to"] = format_rfc3339(state.budget->to);
        if (state.used_up()) {
            view["paused_until"] = format_rfc3339(state.budget->to);
        }
    }
    return view;
}

json::object statement_view(const costs::Statement& statement, costs::By by) {
    json::array items;
    for (const auto& line : statement.lines) {
        items.push_back(line_view(line));
    }
    json::array totals;
    for (const auto& line : statement.totals) {
        totals.push_back(line_view(line));
    }
    return {{"by", costs::format(by)}, {"items", std::move(items)}, {"totals", std::move(totals)}};
}

json::object estimate_view(const costs::Estimate& estimate) {
    json::array items;
    for (const auto& line : estimate.lines) {
        items.push_back(estimate_line_view(line));
    }
    return {{"currency", estimate.currency},
            {"items", std::move(items)},
            {"calls", estimate.calls},
            {"audio_s", seconds(estimate.audio_ms)},
            {"recording", money(estimate.recording_micros)},
            {"speech", money(estimate.speech_micros)},
            {"model_questions", money(estimate.model_micros)},
            {"model_currency", estimate.model_currency},
            {"whole", estimate.whole}};
}

json::object speech_call_view(const store::SpeechCallRow& call) {
    return {{"id", call.id.text()},
            {"engine", call.engine},
            {"model", call.model},
            {"day", call.day},
            {"state", store::format(call.state)},
            {"audio_s", seconds(call.audio_ms)},
            {"sent_s", seconds(call.sent_ms)},
            {"billed_s", seconds(call.billed_ms)},
            {"cost", money(call.cost_micros)},
            {"currency", call.currency},
            {"error_code", optional_value(call.error_code)},
            {"started_at", format_rfc3339(call.started_at)},
            {"ended_at",
             call.ended_at ? json::value(format_rfc3339(*call.ended_at)) : json::value(nullptr)}};
}

json::object hearing_view(const store::HearingLine& line) {
    const auto& hearing = line.hearing;
    json::array reasons;
    std::string_view rest = hearing.reason ? std::string_view(*hearing.reason) : "";
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        reasons.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return {{"conversation", hearing.conversation.text()},
            {"source", line.source},
            {"account", line.account},
            {"external_id", line.external_id},
            {"campaign", optional_value(line.campaign)},
            {"started_at", format_rfc3339(line.listed_at)},
            {"state", store::format(hearing.state)},
            {"reasons", std::move(reasons)},
            {"engine", optional_value(hearing.engine)},
            {"wanted_engine", optional_value(hearing.wanted_engine)},
            {"updated_at", format_rfc3339(hearing.updated_at)}};
}

}  // namespace oidor::server

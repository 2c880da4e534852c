#include "server/report_routes.hpp"

#include <map>
#include <utility>

#include <boost/json.hpp>

#include "server/responses.hpp"
#include "server/source_routes.hpp"
#include "server/task_routes.hpp"

namespace oidor::server {
namespace {

constexpr int kDaysDefault = 30;
constexpr int kDaysMax = 366;
/// What the predecessor takes for a failed audit where a campaign says nothing else.
constexpr int kApprovalScore = 70;

/// A filter for each account that the caller may see; one for all with `audits:read`.
Result<std::vector<store::ConversationFilter>> filters_of(const ApiParts& parts, const Call& call,
                                                          int days) {
    TRY_ASSIGN(const auto reach, reach_of(call.principal));
    store::ConversationFilter filter;
    filter.campaigns_allowed = call.principal.campaigns;
    filter.from = parts.clock.now() - std::chrono::days(days);
    std::vector<store::ConversationFilter> filters;
    if (reach.all) {
        filters.push_back(filter);
    }
    for (const auto& [source, account] : reach.accounts) {
        filter.source = source;
        filter.account = account;
        filters.push_back(filter);
    }
    return filters;
}

Result<json::object> count_tasks(const ApiParts& parts, const Call& call, int days) {
    TRY_ASSIGN(const auto filters, filters_of(parts, call, days));
    std::map<std::string_view, std::int64_t> by_status = {
        {"pending", 0}, {"processing", 0}, {"completed", 0}, {"failed", 0}};
    std::int64_t total = 0;
    for (const auto& filter : filters) {
        TRY_ASSIGN(const auto counts, parts.store.conversations().count_conversations(filter));
        for (const auto& count : counts) {
            total += count.count;
            by_status[task_status(count.state, count.reason, count.recording_stored)] +=
                count.count;
        }
    }
    json::object figures = {{"total", total}};
    for (const auto& [status, count] : by_status) {
        figures[status] = count;
    }
    figures["period_days"] = days;
    return figures;
}

/// `numerator / denominator` with two decimals, half away from nought; nought of nothing.
double to_two_places(std::int64_t numerator, std::int64_t denominator) {
    if (denominator == 0) {
        return 0;
    }
    const auto hundredths = (numerator * 100 * 2 + denominator) / (2 * denominator);
    return static_cast<double>(hundredths) / 100;
}

Result<json::object> sum_audits(const ApiParts& parts, const Call& call, int days) {
    TRY_ASSIGN(const auto filters, filters_of(parts, call, days));
    store::AuditFigures sum;
    for (const auto& filter : filters) {
        TRY_ASSIGN(const auto figures,
                   parts.store.conversations().sum_audits(filter, kApprovalScore));
        sum.audits += figures.audits;
        sum.hundredths_sum += figures.hundredths_sum;
        sum.below += figures.below;
    }
    return json::object{{"total_audits", sum.audits},
                        {"average_score", to_two_places(sum.hundredths_sum, sum.audits * 100)},
                        {"failure_count", sum.below},
                        {"failure_rate", to_two_places(sum.below, sum.audits)},
                        {"period_days", days}};
}

Result<net::Response> list_campaigns(const ApiParts& parts, const Call& call) {
    TRY(reach_of(call.principal));
    return show_campaigns(parts, call, Tags::Without);
}

Result<net::Response> report_tasks(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const int days, read_number(call, "days", kDaysDefault, 1, kDaysMax));
    TRY_ASSIGN(const auto figures, count_tasks(parts, call, days));
    return private_json(figures);
}

Result<net::Response> report_audits(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const int days, read_number(call, "days", kDaysDefault, 1, kDaysMax));
    TRY_ASSIGN(const auto figures, sum_audits(parts, call, days));
    return private_json(figures);
}

Result<net::Response> report_summary(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(auto tasks, count_tasks(parts, call, kDaysDefault));
    TRY_ASSIGN(auto audits, sum_audits(parts, call, kDaysDefault));
    return private_json({{"tasks", std::move(tasks)},
                         {"audits", std::move(audits)},
                         {"generated_at", format_rfc3339(parts.clock.now())}});
}

}  // namespace

std::vector<Route> report_routes(const std::shared_ptr<const ApiParts>& parts) {
    const auto with = [parts](auto function) {
        return [parts, function](const Call& call) { return function(*parts, call); };
    };
    const auto reader = [](std::string_view pattern, std::string_view name,
                           std::string_view summary, std::vector<Parameter> parameters,
                           std::function<Result<net::Response>(const Call&)> handler) {
        return Route{.method = "GET",
                     .pattern = pattern,
                     .name = name,
                     .summary = summary,
                     .gate = Gate::Reader,
                     .parameters = std::move(parameters),
                     .failures = Failures::Detail,
                     .handler = std::move(handler)};
    };
    constexpr Parameter kDays{"days", "How far back calls began, 1 to 366; 30 when not given."};
    return {reader("/campaigns", "campaigns", "The campaigns that the key may see.", {},
                   with(list_campaigns)),
            reader("/reports/tasks", "report_tasks", "Tasks by status; each in exactly one.",
                   {kDays}, with(report_tasks)),
            reader("/reports/audits", "report_audits",
                   "Current audits with a score: how many, their mean, how many under their "
                   "campaign's approval score (70 where it has none); each counts by what its "
                   "criteria reached, as POST /audit/generate shows it.",
                   {kDays}, with(report_audits)),
            reader("/reports/summary", "report_summary", "Both, of the last 30 days.", {},
                   with(report_summary)),
            {.method = "GET",
             .pattern = "/health",
             .name = "health",
             .summary = "The process answers.",
             .gate = Gate::Open,
             .logged = false,
             .failures = Failures::Detail,
             .handler = [](const Call&) -> Result<net::Response> {
                 return net::make_response(200, "application/json", R"({"status":"ok"})");
             }}};
}

}  // namespace oidor::server

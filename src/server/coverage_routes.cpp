#include "server/coverage_routes.hpp"

#include <charconv>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "server/responses.hpp"

namespace oidor::server {
namespace {

constexpr std::int64_t kLinesMax = 500;
constexpr std::int64_t kLinesDefault = 100;

Result<std::int64_t> read_number(const Call& call, std::string_view name, std::int64_t fallback,
                                 std::int64_t first, std::int64_t last) {
    const auto text = call.query(name);
    if (!text || text->empty()) {
        return fallback;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < first ||
        value > last) {
        return fail(ErrorCode::Invalid, "{}: expected a number from {} to {}", name, first, last);
    }
    return value;
}

Result<ledger::Question> read_question(const Call& call) {
    if (!call.principal.campaigns.empty()) {
        return fail(ErrorCode::Forbidden,
                    "a key limited to campaigns does not see coverage: what never arrived has no "
                    "campaign");
    }
    ledger::Question question;
    const auto from = call.query("from");
    const auto to = call.query("to");
    if (!from || !to) {
        return fail(ErrorCode::Invalid,
                    "from and to are needed, as in ?from=2026-02-10&to=2026-02-11");
    }
    const auto by = ledger::parse_by(call.query("by").value_or("day"));
    if (!by) {
        return fail(ErrorCode::Invalid, "by: expected hour or day");
    }
    question.range = {.from = *from, .to = *to, .by = *by};
    question.source = call.query("source");
    question.account = call.query("account");
    return question;
}

Result<ledger::Report> ask(const ApiParts& parts, const ledger::Question& question) {
    return ledger::reckon(
        parts.store.coverage(), question,
        [&parts](const store::AccountName& name) {
            return parts.accounts(name.source, name.account).time_zone;
        },
        parts.clock.now());
}

Result<net::Response> get_coverage(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(const auto question, read_question(call));
    TRY_ASSIGN(const auto report, ask(parts, question));
    json::array items;
    for (const auto& cell : report.cells) {
        items.push_back(cell_view(cell));
    }
    return private_json({{"at", format_rfc3339(report.at)},
                         {"by", ledger::format(question.range.by)},
                         {"items", std::move(items)}});
}

Result<net::Response> list_gaps(const ApiParts& parts, const Call& call) {
    TRY_ASSIGN(auto question, read_question(call));
    TRY_ASSIGN(const auto limit, read_number(call, "limit", kLinesDefault, 1, kLinesMax));
    TRY_ASSIGN(const auto skip, read_number(call, "after", 0, 0, 1'000'000'000));
    question.lines_max = static_cast<std::size_t>(limit);
    question.lines_skip = static_cast<std::size_t>(skip);
    TRY_ASSIGN(const auto report, ask(parts, question));
    json::array items;
    for (const auto& line : report.lines) {
        items.push_back(gap_view(line));
    }
    const auto next = skip + static_cast<std::int64_t>(report.lines.size());
    return private_json({{"items", std::move(items)},
                         {"total", report.lines_total},
                         {"next", next < report.lines_total ? json::value(std::to_string(next))
                                                            : json::value(nullptr)}});
}

}  // namespace

json::object cell_view(const ledger::Cell& cell) {
    json::object gaps;
    for (int i = 0; i <= static_cast<int>(ledger::kLastGap); ++i) {
        const auto gap = static_cast<ledger::Gap>(i);
        if (cell.gap(gap) > 0) {
            gaps[ledger::format(gap)] = cell.gap(gap);
        }
    }
    json::array contradictions;
    for (const auto& each : cell.contradictions()) {
        contradictions.emplace_back(each);
    }
    // Without a list nothing is known of what was announced: null, never zero.
    const bool told = cell.listed != ledger::Listed::Unverifiable || cell.announced > 0;
    json::object view = {{"source", cell.account.source},
                         {"account", cell.account.account},
                         {"time_zone", cell.time_zone},
                         {"local", cell.label},
                         {"from", format_rfc3339(cell.from)},
                         {"to", format_rfc3339(cell.to)},
                         {"open", cell.open},
                         {"listed", ledger::format(cell.listed)},
                         {"announced", told ? json::value(cell.announced) : json::value(nullptr)},
                         {"calls", cell.calls},
                         {"received", cell.received},
                         {"recorded", cell.recorded},
                         {"fetched", cell.fetched},
                         {"transcribed", cell.transcribed},
                         {"audited", cell.audited},
                         {"not_auditable", cell.not_auditable}};
    view["delivered"] = cell.delivered ? json::value(*cell.delivered) : json::value(nullptr);
    view["complete"] = cell.complete;
    view["gaps"] = std::move(gaps);
    view["pending"] = cell.pending_total();
    view["not_listed"] = cell.not_listed;
    view["unclaimed"] = cell.unclaimed;
    view["campaign_unmapped"] = cell.campaign_unmapped;
    view["consistent"] = contradictions.empty();
    view["contradictions"] = std::move(contradictions);
    return view;
}

json::object gap_view(const ledger::GapLine& line) {
    const auto or_null = [](const auto& text) {
        return text.empty() ? json::value(nullptr) : json::value(text);
    };
    json::object view = {{"source", line.account.source},
                         {"account", line.account.account},
                         {"external_id", line.external_id},
                         {"conversation", line.conversation ? json::value(line.conversation->text())
                                                            : json::value(nullptr)},
                         {"started_at", format_rfc3339(line.at)}};
    view["reason"] = line.gap ? json::value(ledger::format(*line.gap)) : json::value(nullptr);
    view["detail"] = or_null(line.detail);
    view["pending"] = line.gap && ledger::is_pending(*line.gap);
    view["not_listed"] = line.not_listed;
    view["listed_duration_s"] =
        line.duration_s ? json::value(*line.duration_s) : json::value(nullptr);
    return view;
}

std::vector<Route> coverage_routes(const std::shared_ptr<const ApiParts>& parts) {
    constexpr Parameter kFrom{"from", "A local day, or a moment; cells that begin at or after it.",
                              ParameterType::Time, true};
    constexpr Parameter kTo{"to",
                            "The cells that begin before it; at most 31 days by hour, 92 by day.",
                            ParameterType::Time, true};
    constexpr Parameter kBy{"by", "hour or day; day when not given.", ParameterType::By};
    constexpr Parameter kSource{"source", "anura, file …"};
    constexpr Parameter kAccount{"account", "An account of the source."};
    return {
        {.method = "GET",
         .pattern = "/api/v1/coverage",
         .name = "get_coverage",
         .summary = "What was announced, received and made of it, by account and hour or day.",
         .scope = "audits:read",
         .schema = "Coverage",
         .parameters = {kFrom, kTo, kBy, kSource, kAccount},
         .handler = [parts](const Call& call) { return get_coverage(*parts, call); }},
        {.method = "GET",
         .pattern = "/api/v1/coverage/gaps",
         .name = "list_coverage_gaps",
         .summary = "Each call that did not come to its end, with the reason.",
         .scope = "audits:read",
         .schema = "CoverageGapPage",
         .parameters = {kFrom,
                        kTo,
                        kBy,
                        kSource,
                        kAccount,
                        {"limit", "Items of a page, 1 to 500; 100 when not given."},
                        {"after", "The `next` of an earlier page."}},
         .handler = [parts](const Call& call) { return list_gaps(*parts, call); }},
    };
}

}  // namespace oidor::server

#include "server/quality_report_routes.hpp"

#include <array>

#include <fmt/format.h>

#include "base/readings.hpp"
#include "reports/report.hpp"
#include "server/page_routes.hpp"
#include "server/report_sources.hpp"
#include "server/turns.hpp"

namespace oidor::server {
namespace {

/// The first form of the `Accept` header that we have.
reports::Format accepted_format(const Call& call, reports::Format fallback) {
    constexpr std::array<std::pair<std::string_view, reports::Format>, 4> kTypes = {
        {{"application/json", reports::Format::Json},
         {"text/csv", reports::Format::Csv},
         {"text/html", reports::Format::Html},
         {"text/plain", reports::Format::Text}}};
    auto rest = call.request.headers.find("Accept").value_or("");
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        const auto item = rest.substr(0, comma);
        const auto type = ascii_lower(trim(item.substr(0, item.find(';'))));
        for (const auto& [name, format] : kTypes) {
            if (type == name) {
                return format;
            }
        }
        rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
    }
    return fallback;
}

struct ReportForm {
    reports::Format format = reports::Format::Json;
    UiLanguage language = UiLanguage::Spanish;
};

Result<ReportForm> read_form(const ReportForm& fallback, const Call& call) {
    ReportForm form{.format = accepted_format(call, fallback.format),
                    .language = fallback.language};
    if (const auto text = call.query("format"); text && !text->empty()) {
        const auto format = reports::parse_format(*text);
        if (!format) {
            return fail(ErrorCode::Invalid, "format: expected json, csv, html or text");
        }
        form.format = *format;
    }
    if (const auto text = call.query("language"); text && !text->empty()) {
        const auto chosen = parse_ui_language(*text);
        if (!chosen) {
            return fail(ErrorCode::Invalid, "language: expected es or en");
        }
        form.language = *chosen;
    }
    return form;
}

net::Response make_answer(const reports::Question& question, reports::Format format,
                          std::string body) {
    if (format == reports::Format::Html) {
        return html_response(200, std::move(body));
    }
    std::string_view type = "application/json";
    if (format == reports::Format::Csv) {
        type = "text/csv; charset=utf-8; header=present";
    } else if (format == reports::Format::Text) {
        type = "text/plain; charset=utf-8";
    }
    auto response = net::make_response(200, type, std::move(body));
    response.headers.set("Cache-Control", "private, no-store");
    if (format == reports::Format::Csv) {
        // All of these are our own words and checked days.
        response.headers.set(
            "Content-Disposition",
            fmt::format("attachment; filename=\"{}-{}-{}.csv\"", reports::format(question.kind),
                        question.from, question.to));
    }
    return response;
}

/// Takes down where an export goes on, on its way to the real printer.
class Watched final : public reports::Printer {
  public:
    explicit Watched(reports::Printer& printer) : printer_(printer) {}
    void begin(const reports::Head& head) override { printer_.begin(head); }
    void row(const reports::Row& cells) override { printer_.row(cells); }
    void end(const reports::Tail& tail) override {
        next_ = tail.next;
        printer_.end(tail);
    }
    [[nodiscard]] const std::optional<std::string>& next() const { return next_; }

  private:
    reports::Printer& printer_;
    std::optional<std::string> next_ = {};
};

Result<net::Response> answer(const ApiParts& parts, Turns& turns, reports::Kind kind,
                             const ReportForm& fallback, const Call& call) {
    const auto now = parts.clock.now();
    TRY_ASSIGN(const auto form, read_form(fallback, call));
    TRY_ASSIGN(auto question, reports::read_question(
                                  kind, [&call](std::string_view name) { return call.query(name); },
                                  report_today(parts.accounts, now)));
    question.campaigns_allowed = call.principal.campaigns;
    if (kind == reports::Kind::Executive && !question.limit) {
        question.limit = reports::kExportPage;  // an answer lies in memory
    }
    const auto content =
        call.principal.allows("content:read") ? reports::Content::Shown : reports::Content::Hidden;
    TRY_ASSIGN(const auto turn, Turn::take(turns, "reports"));
    TRY_ASSIGN(const auto sources, report_sources(parts.store, parts.accounts, now, content));
    std::string body;
    const auto printer = reports::make_printer(form.format, form.language, review_code_text,
                                               [&body](std::string_view bytes) { body += bytes; });
    Watched watched(*printer);
    TRY(reports::report(sources, question, watched));
    auto response = make_answer(question, form.format, std::move(body));
    if (watched.next()) {
        response.headers.set("Oidor-Next", *watched.next());
    }
    return response;
}

std::string_view summary_of(reports::Kind kind) {
    switch (kind) {
        case reports::Kind::Categories:
            return "Audits by category with means and what is to be reviewed.";
        case reports::Kind::Protocol: return "How often each criterion was met.";
        case reports::Kind::Phrases: return "Forbidden phrases: in how many audits and calls.";
        case reports::Kind::Review:
            return "Calls to be reviewed, lowest score first; the first words with content:read.";
        case reports::Kind::Trend: return "Day by day: calls, score, minutes, sentiment.";
        case reports::Kind::Executive: break;
    }
    return "A line for each audit, phones masked; phrases with content:read.";
}

std::vector<Parameter> parameters_of(reports::Kind kind) {
    std::vector<Parameter> parameters = {
        {"from", "The first local day; 7 before `to` when not given, 30 of a trend.",
         ParameterType::Day},
        {"to", "The day behind the last one; tomorrow when not given. At most 366 days.",
         ParameterType::Day},
        {"campaign", "The house's id; calls that a default gave it are counted apart."},
        {"agent", "The house's id; calls that a default gave them are counted apart."},
        {"scorecard", "An id, or id@version; each scorecard by itself when not given."},
        {"format", "json, csv, html or text; else as Accept says, else json."},
        {"language", "Of words in csv, html and text: es or en."}};
    if (kind == reports::Kind::Review) {
        parameters.push_back({"limit", "How many, 1 to 500; 20 when not given."});
    } else if (kind == reports::Kind::Executive) {
        parameters.push_back({"limit", "Calls of a page, 1 to 5000; 1000 when not given."});
        parameters.push_back({"after", "The `next` (header Oidor-Next) of an earlier page."});
    } else {
        parameters.push_back({"by", "whole, campaign or agent; whole when not given."});
        parameters.push_back(
            {"min_n", "Fewer values are shown as few, 1 to 10000; 5 when not given."});
    }
    return parameters;
}

}  // namespace

std::vector<Route> quality_report_routes(const std::shared_ptr<const ApiParts>& parts) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPaths = {
        {{"/api/v1/reports/categories", "report_categories"},
         {"/api/v1/reports/protocol", "report_protocol"},
         {"/api/v1/reports/phrases", "report_phrases"},
         {"/api/v1/reports/review", "report_review"},
         {"/api/v1/reports/trend", "report_trend"},
         {"/api/v1/reports/executive", "report_executive"}}};
    const auto turns = std::make_shared<Turns>(kTurnsAtOnce);
    std::vector<Route> routes;
    for (std::size_t i = 0; i < kPaths.size(); ++i) {
        const auto kind = static_cast<reports::Kind>(i);
        routes.push_back({.method = "GET",
                          .pattern = kPaths[i].first,
                          .name = kPaths[i].second,
                          .summary = summary_of(kind),
                          .scope = "audits:read",
                          .schema = "QualityReport",
                          .parameters = parameters_of(kind),
                          .handler = [parts, turns, kind](const Call& call) {
                              const ReportForm form{.format = reports::Format::Json,
                                                    .language = parts->language};
                              return answer(*parts, *turns, kind, form, call);
                          }});
    }
    return routes;
}

Route quality_report_page(const std::shared_ptr<const ApiParts>& parts, UiLanguage language) {
    return {.method = "GET",
            .pattern = "/quality/{kind}",
            .name = "show_report",
            .summary = "A quality report.",
            .gate = Gate::Page,
            .scope = "audits:read",
            .answer = "text/html",
            .handler = [parts, language, turns = std::make_shared<Turns>(kTurnsAtOnce)](
                           const Call& call) -> Result<net::Response> {
                const auto kind = reports::parse_kind(call.path_values.at("kind"));
                if (!kind) {
                    return fail(ErrorCode::NotFound, "no such report");
                }
                const ReportForm form{.format = reports::Format::Html, .language = language};
                return answer(*parts, *turns, *kind, form, call);
            }};
}

}  // namespace oidor::server

// `oidor report`: quality reports on the command line.
#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "reports/report.hpp"
#include "server/report_sources.hpp"

namespace oidor::cli {
namespace {

Result<reports::Format> read_format(const Invocation& invocation) {
    const auto text = invocation.find("format");
    if (!text) {
        return invocation.json ? reports::Format::Json : reports::Format::Text;
    }
    const auto format = reports::parse_format(*text);
    if (!format) {
        return fail(ErrorCode::Invalid, "--format: expected text, csv, html or json");
    }
    return *format;
}

Result<reports::Kind> read_kind(const Invocation& invocation) {
    TRY(invocation.no_more_than(1));
    TRY_ASSIGN(const auto word, invocation.word(0,
                                                "categories|protocol|phrases|review|trend|"
                                                "executive"));
    const auto kind = reports::parse_kind(word);
    if (!kind) {
        return fail(ErrorCode::Invalid,
                    "report {}: expected categories, protocol, phrases, review, trend or executive",
                    word);
    }
    return *kind;
}

Result<int> run_report(const Invocation& invocation) {
    TRY_ASSIGN(const auto kind, read_kind(invocation));
    TRY_ASSIGN(const auto format, read_format(invocation));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    const auto now = clock.now();
    const auto accounts = account_lookup(std::make_shared<const config::Settings>(settings));
    TRY_ASSIGN(const auto question,
               reports::read_question(
                   kind,
                   [&invocation](std::string_view name) {
                       return invocation.find(name == "min_n" ? "min-n" : name);
                   },
                   server::report_today(accounts, now)));
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    TRY_ASSIGN(const auto sources,
               server::report_sources(*store, accounts, now, reports::Content::Shown));
    bool written = true;
    const auto printer = reports::make_printer(
        format, invocation.language, server::review_code_text, [&written](std::string_view bytes) {
            written = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() && written;
        });
    TRY(reports::report(sources, question, *printer));
    if (std::fflush(stdout) != 0 || !written) {
        return fail(ErrorCode::Unavailable, "report: standard output takes nothing more");
    }
    return 0;
}

}  // namespace

Command report_command() {
    return {.name = "report",
            .summary = Message::report_summary,
            .usage = {"report categories|protocol|phrases|trend [--from DAY] [--to DAY] "
                      "[--campaign ID] [--agent ID] [--scorecard ID[@VERSION]] "
                      "[--by whole|campaign|agent] [--min-n N] [--format text|csv|html|json]",
                      "report review|executive [--from DAY] [--to DAY] [--campaign ID] "
                      "[--agent ID] [--scorecard ID[@VERSION]] [--limit N] [--after NEXT] "
                      "[--format text|csv|html|json]"},
            .examples = {"oidor report categories --by agent",
                         "oidor report protocol --from 2026-02-01 --to 2026-03-01 --campaign 7",
                         "oidor report trend --format html > tendencia.html",
                         "oidor report executive --from 2026-02-10 --to 2026-02-11 --format csv"},
            .options = {{"from", "DAY", Message::report_option_from},
                        {"to", "DAY", Message::report_option_to},
                        {"campaign", "ID", Message::report_option_campaign},
                        {"agent", "ID", Message::report_option_agent},
                        {"scorecard", "ID[@VERSION]", Message::report_option_scorecard},
                        {"by", "whole|campaign|agent", Message::report_option_by},
                        {"min-n", "N", Message::report_option_min_n},
                        {"limit", "N", Message::report_option_limit},
                        {"after", "NEXT", Message::report_option_after},
                        {"format", "text|csv|html|json", Message::report_option_format}},
            .run = run_report};
}

}  // namespace oidor::cli

// `oidor costs`: what speech engines were paid, from the ledger.
#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/time_zone.hpp"
#include "cli/commands.hpp"
#include "cli/house_costs.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "server/cost_sources.hpp"
#include "server/report_sources.hpp"

namespace oidor::cli {
namespace {

constexpr int kDaysDefault = 7;

double minutes(std::int64_t ms) { return static_cast<double>(ms) / 60'000; }

void print_line(const costs::Line& line, const std::string& name, UiLanguage language) {
    const bool known = line.calls == 0 || line.unpriced < line.calls;
    std::string text_of_line =
        fmt::format("{:<28} {:>7} {:>7} {:>7} {:>10.1f} {:>10.1f} {:>10.1f} {:>16}", name,
                    line.calls, line.cached, line.failed, minutes(line.audio_ms),
                    minutes(line.sent_ms), minutes(line.billed_ms),
                    known ? config::format_money(line.cost_micros, line.currency)
                          : std::string(text(Message::costs_unknown, language)));
    if (line.unconfirmed > 0) {
        text_of_line +=
            fmt::format("  {}", say<Message::costs_unconfirmed>(
                                    language, line.unconfirmed,
                                    config::format_money(line.unconfirmed_micros, line.currency)));
    }
    if (line.unpriced > 0) {
        text_of_line += fmt::format("  {}", say<Message::costs_unpriced>(language, line.unpriced));
    }
    fmt::print("{}\n", text_of_line);
}

void print_statement(const costs::Statement& statement, UiLanguage language) {
    fmt::print("{}\n", text(Message::costs_head, language));
    for (const auto& line : statement.lines) {
        auto name = line.name.value_or(std::string(text(Message::costs_no_campaign, language)));
        name += line.model ? ":" + *line.model : "";
        print_line(line, name, language);
    }
    for (const auto& line : statement.totals) {
        print_line(line, fmt::format("{} {}", text(Message::costs_total, language), line.currency),
                   language);
    }
}

void print_budget(const server::BudgetState& state, UiLanguage language) {
    if (!state.budget) {
        return;
    }
    const auto money = [&state](std::int64_t micros) {
        return config::format_money(micros, state.currency);
    };
    if (state.used_up()) {
        fmt::print("{}\n", say<Message::costs_paused>(language, money(state.budget->cost_micros),
                                                      format_rfc3339(state.budget->to)));
    } else {
        fmt::print("{}\n", say<Message::costs_left>(language, money(state.left_micros()),
                                                    money(state.budget->cost_micros)));
    }
}

Result<int> list_calls(const Invocation& invocation, store::Store& store,
                       const std::string& conversation) {
    const auto id = ConversationId::parse(conversation);
    if (!id) {
        return fail(ErrorCode::Invalid, "{} is no conversation's id", conversation);
    }
    TRY_ASSIGN(const auto calls, store.speech_records().list_calls(*id));
    for (const auto& call : calls) {
        if (invocation.json) {
            fmt::print("{}\n", format_json(server::speech_call_view(call)));
        } else {
            fmt::print("{}  {:<14} {:<11} {:>8.1f} {:>8.1f}  {}{}{}\n",
                       format_rfc3339(call.started_at), call.engine, store::format(call.state),
                       minutes(call.audio_ms), minutes(call.billed_ms),
                       call.cost_micros ? config::format_money(*call.cost_micros, call.currency)
                                        : text(Message::costs_unknown, invocation.language),
                       call.error_code ? "  " : "", call.error_code.value_or(""));
        }
    }
    return 0;
}

Result<int> run_costs(const Invocation& invocation) {
    TRY(invocation.no_more_than(0));
    const auto by = costs::parse_by(invocation.find("by").value_or("engine"));
    if (!by) {
        return fail(ErrorCode::Invalid, "--by: expected engine, day, campaign or account");
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    const auto now = clock.now();
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    if (const auto conversation = invocation.find("conversation")) {
        return list_calls(invocation, *store, *conversation);
    }
    const auto accounts = account_lookup(std::make_shared<const config::Settings>(settings));
    costs::Question question;
    question.by = *by;
    question.to = invocation.find("to").value_or(add_days(server::report_today(accounts, now), 1));
    question.from = invocation.find("from").value_or(add_days(question.to, -kDaysDefault));
    question.source = invocation.find("source");
    question.account = invocation.find("account");
    TRY_ASSIGN(const auto statement, costs::make_statement(store->speech_records(), question));
    const auto house = house_costs(settings);
    TRY_ASSIGN(const auto budget, server::read_budget(*store, house.speech, now));
    if (invocation.json) {
        auto view = server::statement_view(statement, *by);
        view["from"] = question.from;
        view["to"] = question.to;
        view["budget"] = server::budget_view(budget);
        fmt::print("{}\n", format_json(view));
        return 0;
    }
    if (statement.lines.empty()) {
        fmt::print("{}\n", text(Message::costs_nothing, invocation.language));
    } else {
        print_statement(statement, invocation.language);
    }
    print_budget(budget, invocation.language);
    return 0;
}

}  // namespace

Command costs_command() {
    return {.name = "costs",
            .summary = Message::costs_summary,
            .usage = {"costs [--from DAY] [--to DAY] [--by engine|day|campaign|account] "
                      "[--source SOURCE] [--account ACCOUNT] [--json]",
                      "costs --conversation ID [--json]"},
            .examples = {"oidor costs", "oidor costs --from 2026-02-01 --to 2026-03-01 --by day",
                         "oidor costs --by campaign --json"},
            .options = {{"from", "DAY", Message::costs_option_from},
                        {"to", "DAY", Message::costs_option_to},
                        {"by", "engine|day|campaign|account", Message::costs_option_by},
                        {"source", "SOURCE", Message::costs_option_source},
                        {"account", "ACCOUNT", Message::costs_option_account},
                        {"conversation", "ID", Message::costs_option_conversation}},
            .run = run_costs};
}

}  // namespace oidor::cli

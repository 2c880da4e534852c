// `oidor import cdr FILE`: what the source's own list announces.
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "base/time_zone.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "ledger/cells.hpp"
#include "ledger/import.hpp"

namespace oidor::cli {
namespace {

Result<std::optional<Timestamp>> read_end(const Invocation& invocation, std::string_view name,
                                          std::string_view zone) {
    const auto text = invocation.find(name);
    if (!text) {
        return std::optional<Timestamp>();
    }
    const auto day = local_day_start(zone, *text);
    const auto time = day ? day : parse_rfc3339(*text);
    if (!time) {
        return fail(ErrorCode::Invalid,
                    "--{} {}: expected a day such as 2026-02-10, or RFC 3339 such as "
                    "2026-02-10T09:00:00Z",
                    name, *text);
    }
    return std::optional(*time);
}

Result<ledger::ImportOptions> read_options(const Invocation& invocation,
                                           const config::Settings& settings) {
    ledger::ImportOptions options;
    TRY_ASSIGN(const auto path, invocation.word(1, "the file"));
    TRY(invocation.no_more_than(2));
    options.path = path;
    options.account = {.source = invocation.find("source").value_or("anura"),
                       .account = invocation.find("account").value_or("default")};
    const auto account = settings.find_account(options.account.source, options.account.account);
    if (!account) {
        return fail(ErrorCode::Invalid,
                    "there is no account {}/{}: see --source, --account and oidor config show",
                    options.account.source, options.account.account);
    }
    const auto own_zone = account->common.time_zone.empty() ? "UTC" : account->common.time_zone;
    options.list.time_zone = invocation.find("zone").value_or(own_zone);
    if (!is_time_zone(options.list.time_zone)) {
        return fail(ErrorCode::Invalid, "--zone {}: expected an IANA name such as America/Lima",
                    options.list.time_zone);
    }
    if (const auto columns = invocation.find("columns")) {
        TRY_ASSIGN(options.list.columns, ledger::parse_columns(*columns));
    }
    const auto encoding = ledger::parse_encoding(invocation.find("encoding").value_or("utf-8"));
    if (!encoding) {
        return fail(ErrorCode::Invalid, "--encoding: expected utf-8 or latin-1");
    }
    options.list.encoding = *encoding;
    TRY_ASSIGN(options.from, read_end(invocation, "from", options.list.time_zone));
    TRY_ASSIGN(options.to, read_end(invocation, "to", options.list.time_zone));
    options.replace = invocation.has("replace");
    options.dry_run = invocation.has("dry-run");
    if (isatty(STDERR_FILENO) == 1) {
        options.on_progress = [](std::uint64_t done, std::uint64_t all) {
            fmt::print(stderr, "\r{:3} %{}", done * 100 / std::max<std::uint64_t>(all, 1),
                       done == all ? "\r      \r" : "");
        };
    }
    return options;
}

json::value time_value(const std::optional<Timestamp>& time) {
    return time ? json::value(format_rfc3339(*time)) : json::value(nullptr);
}

void print_json(const ledger::ImportOptions& options, const ledger::ImportOutcome& outcome) {
    json::array faults;
    for (const auto& fault : outcome.faults) {
        faults.push_back({{"line", fault.line}, {"fault", fault.what}});
    }
    fmt::print("{}\n", format_json(json::object{{"source", options.account.source},
                                                {"account", options.account.account},
                                                {"list", to_hex(outcome.list_sha256)},
                                                {"rows", outcome.rows},
                                                {"added", outcome.counts.added},
                                                {"changed", outcome.counts.changed},
                                                {"same", outcome.counts.same},
                                                {"erased", outcome.counts.erased},
                                                {"refused", outcome.refused},
                                                {"outside", outcome.outside},
                                                {"withdrawn", outcome.withdrawn},
                                                {"from", time_value(outcome.from)},
                                                {"to", time_value(outcome.to)},
                                                {"dry_run", options.dry_run},
                                                {"faults", std::move(faults)}}));
}

void print_words(const Invocation& invocation, const ledger::ImportOptions& options,
                 const ledger::ImportOutcome& outcome) {
    const auto language = invocation.language;
    const auto print = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
    const auto& counts = outcome.counts;
    fmt::print("{}\n", say<Message::import_done>(language, outcome.rows, counts.added,
                                                 counts.changed, counts.same, outcome.refused));
    if (counts.erased > 0) {
        print(say<Message::import_erased>(language, counts.erased));
    }
    if (options.dry_run) {
        print(std::string(text(Message::import_dry, language)));
    }
    if (outcome.refused > 0) {
        print(std::string(text(Message::import_no_claim, language)));
    }
    if (options.replace) {
        print(outcome.refused > 0 ? std::string(text(Message::import_not_replaced, language))
                                  : say<Message::import_withdrawn>(language, outcome.withdrawn));
    }
    if (outcome.from && outcome.refused == 0) {
        const auto& zone = options.list.time_zone;
        print(say<Message::import_claim>(language, local_time(zone, *outcome.from),
                                         local_time(zone, *outcome.to), zone));
    }
    if (outcome.outside > 0) {
        print(say<Message::import_outside>(language, outcome.outside));
    }
}

Result<int> run_import(const Invocation& invocation) {
    TRY_ASSIGN(const auto what, invocation.word(0, "cdr"));
    if (what != "cdr") {
        return fail(ErrorCode::Invalid, "import {}: expected cdr", what);
    }
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    TRY_ASSIGN(const auto options, read_options(invocation, settings));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    TRY_ASSIGN(const auto outcome, ledger::import_calls(store->coverage(), options, clock.now()));
    for (const auto& fault : outcome.faults) {
        fmt::print(stderr, "{}\n",
                   say<Message::import_row_fault>(invocation.language, fault.line, fault.what));
    }
    if (const auto more = outcome.refused - static_cast<std::int64_t>(outcome.faults.size());
        more > 0) {
        fmt::print(stderr, "{}\n", say<Message::import_more_faults>(invocation.language, more));
    }
    if (invocation.json) {
        print_json(options, outcome);
    } else {
        print_words(invocation, options, outcome);
    }
    return outcome.refused > 0 ? faces_of(ErrorCode::Invalid).exit_code : 0;
}

}  // namespace

Command import_command() {
    return {.name = "import",
            .summary = Message::import_summary,
            .usage = {"import cdr FILE [--source anura] [--account default] [--zone ZONE] "
                      "[--columns id=…,start=…] [--encoding utf-8|latin-1] [--from DAY] [--to DAY] "
                      "[--replace] [--dry-run]"},
            .examples = {"oidor import cdr llamadas.csv",
                         "oidor import cdr Master.csv --columns id=17,start=10,duration=14 "
                         "--encoding latin-1",
                         "oidor import cdr ayer.csv --from 2026-02-10 --to 2026-02-11 --replace"},
            .options = {{"source", "SOURCE", Message::mappings_option_source},
                        {"account", "ACCOUNT", Message::mappings_option_account},
                        {"zone", "ZONE", Message::import_option_zone},
                        {"columns", "LIST", Message::import_option_columns},
                        {"encoding", "NAME", Message::import_option_encoding},
                        {"from", "DAY", Message::import_option_from},
                        {"to", "DAY", Message::import_option_to},
                        {"replace", "", Message::import_option_replace},
                        {"dry-run", "", Message::import_option_dry_run}},
            .run = run_import};
}

}  // namespace oidor::cli

// `oidor coverage`: which calls are missing, and why.
#include <array>
#include <cstdio>
#include <functional>
#include <map>

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/time_zone.hpp"
#include "cli/commands.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "ledger/coverage.hpp"
#include "pipeline/steps.hpp"
#include "pipeline/upload.hpp"
#include "server/coverage_routes.hpp"

namespace oidor::cli {
namespace {

static_assert(ledger::kJobKinds == std::array{pipeline::kMap, pipeline::kFetch,
                                              pipeline::kTranscribe, pipeline::kAsk,
                                              pipeline::kAudit},
              "the ledger looks for the jobs of the story");

/// Calls that are listed at once; the rest follow page by page.
constexpr std::size_t kLines = 50'000;

constexpr std::array kGapTexts = {
    Message::gap_not_received,       Message::gap_map_pending,
    Message::gap_not_ended,          Message::gap_no_recording_announced,
    Message::gap_not_recorded,       Message::gap_fetch_pending,
    Message::gap_recording_missing,  Message::gap_recording_failed,
    Message::gap_transcribe_pending, Message::gap_transcribe_failed,
    Message::gap_no_speech,          Message::gap_audit_pending,
    Message::gap_audit_failed,       Message::gap_delivery_pending,
    Message::gap_delivery_failed,    Message::gap_dead_letter,
    Message::gap_inconsistent};
static_assert(kGapTexts.size() == static_cast<std::size_t>(ledger::kLastGap) + 1);

std::string_view gap_text(ledger::Gap gap, UiLanguage language) {
    return text(kGapTexts[static_cast<std::size_t>(gap)], language);
}

/// Whose day is meant by "yesterday": that of the first source's default account.
std::string today(const config::Settings& settings, Timestamp now) {
    const auto account = settings.find_account("anura", "default");
    const auto zone = account && !account->common.time_zone.empty() ? account->common.time_zone
                                                                    : std::string("UTC");
    return local_day(zone, now);
}

Result<ledger::Question> read_question(const Invocation& invocation,
                                       const config::Settings& settings, Timestamp now) {
    TRY(invocation.no_more_than(0));
    ledger::Question question;
    const auto by = ledger::parse_by(invocation.find("by").value_or("day"));
    if (!by) {
        return fail(ErrorCode::Invalid, "--by: expected hour or day");
    }
    question.range.by = *by;
    question.source = invocation.find("source");
    question.account = invocation.find("account");
    const auto from = invocation.find("from");
    const auto to = invocation.find("to");
    auto day = invocation.find("day");
    if (day && (from || to)) {
        return fail(ErrorCode::Invalid, "either --day, or --from and --to");
    }
    const auto read_day = [&](const std::string& word) {
        const auto now_day = today(settings, now);
        return word == "today" ? now_day : word == "yesterday" ? add_days(now_day, -1) : word;
    };
    if (!from && !to) {
        question.range.from = read_day(day.value_or("yesterday"));
        question.range.to = add_days(question.range.from, 1);
        return question;
    }
    question.range.to = read_day(to.value_or(add_days(today(settings, now), 1)));
    question.range.from = read_day(from.value_or(add_days(question.range.to, -1)));
    return question;
}

std::string figure(std::optional<std::int64_t> count) {
    return count ? std::to_string(*count) : "—";
}

std::string pad(const std::string& text, std::size_t width) {
    // The dash is three bytes and one column.
    const auto shown = text == "—" ? 1U : text.size();
    return shown < width ? std::string(width - shown, ' ') + text : text;
}

void print_cell(const ledger::Cell& cell, UiLanguage language) {
    const bool told = cell.listed != ledger::Listed::Unverifiable || cell.announced > 0;
    std::string line =
        fmt::format("{:<19} {:<16} ", cell.account.source + "/" + cell.account.account, cell.label);
    for (const auto& count :
         {told ? std::optional(cell.announced) : std::nullopt, std::optional(cell.received),
          std::optional(cell.recorded), std::optional(cell.fetched),
          std::optional(cell.transcribed), std::optional(cell.audited),
          std::optional(cell.not_auditable), cell.delivered,
          std::optional(cell.gaps_total() - cell.pending_total())}) {
        line += pad(figure(count), 6) + " ";
    }
    line += pad(figure(cell.pending_total()), 8);
    if (cell.listed == ledger::Listed::Unverifiable) {
        line += fmt::format("  {}", text(Message::coverage_unverifiable, language));
    } else if (cell.listed == ledger::Listed::Partly) {
        line += fmt::format("  {}", text(Message::coverage_partly, language));
    }
    if (cell.open) {
        line += fmt::format("  {}", text(Message::coverage_open, language));
    }
    fmt::print("{}\n", line);
}

/// What people hand in is on nobody's list: without calls it is not worth a row, and it makes
/// nothing unverifiable.
bool has_lists(const ledger::Cell& cell) { return cell.account.source != pipeline::kFileSource; }

struct Totals {
    std::map<ledger::Gap, std::int64_t> gaps = {};
    std::int64_t missing = 0;
    std::int64_t pending = 0;
    std::int64_t not_listed = 0;
    std::int64_t unmapped = 0;
    bool verified = true;
};

Totals add_up(const ledger::Report& report) {
    Totals totals;
    for (const auto& cell : report.cells) {
        for (int i = 0; i <= static_cast<int>(ledger::kLastGap); ++i) {
            const auto gap = static_cast<ledger::Gap>(i);
            totals.gaps[gap] += cell.gap(gap);
        }
        totals.pending += cell.pending_total();
        totals.missing += cell.gaps_total() - cell.pending_total();
        totals.not_listed += cell.not_listed;
        totals.unmapped += cell.campaign_unmapped;
        totals.verified =
            totals.verified && (!has_lists(cell) || cell.listed == ledger::Listed::Wholly);
    }
    return totals;
}

/// What a tired supervisor reads: how many are missing, and why, the most first.
void print_summary(const ledger::Report& report, UiLanguage language, bool lists_gaps) {
    const auto totals = add_up(report);
    if (totals.missing > 0) {
        fmt::print("{}\n", say<Message::coverage_missing>(language, totals.missing));
        std::multimap<std::int64_t, ledger::Gap, std::greater<>> ordered;
        for (const auto& [gap, count] : totals.gaps) {
            if (count > 0 && !ledger::is_pending(gap)) {
                ordered.emplace(count, gap);
            }
        }
        for (const auto& [count, gap] : ordered) {
            fmt::print("  {:>6}  {} ({})\n", count, gap_text(gap, language), ledger::format(gap));
        }
    } else {
        fmt::print("{}\n", text(totals.verified ? Message::coverage_none_missing
                                                : Message::coverage_none_known,
                                language));
    }
    if (totals.pending > 0) {
        fmt::print("{}\n", say<Message::coverage_pending>(language, totals.pending));
    }
    if (totals.not_listed > 0) {
        fmt::print("{}\n", say<Message::coverage_not_listed>(language, totals.not_listed));
    }
    if (totals.unmapped > 0) {
        fmt::print("{}\n", say<Message::coverage_unmapped>(language, totals.unmapped));
    }
    if (!lists_gaps && totals.missing + totals.pending + totals.not_listed > 0) {
        fmt::print("{}\n", text(Message::coverage_see_gaps, language));
    }
}

void print_line(const ledger::GapLine& line, UiLanguage language) {
    fmt::print("{}  {}/{}  {}  {}  {}\n", line.label, line.account.source, line.account.account,
               line.external_id, ledger::format_reasons(line),
               line.gap ? gap_text(*line.gap, language) : "");
}

int print_gaps(const ledger::Report& report, const Invocation& invocation) {
    for (const auto& line : report.lines) {
        if (invocation.json) {
            fmt::print("{}\n", format_json(server::gap_view(line)));
        } else {
            print_line(line, invocation.language);
        }
    }
    return static_cast<int>(report.lines.size());
}

Result<int> run_coverage(const Invocation& invocation) {
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    const auto now = clock.now();
    TRY_ASSIGN(auto question, read_question(invocation, settings, now));
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    const bool lists_gaps = invocation.has("gaps");
    question.lines_max = lists_gaps ? kLines : 0;
    const auto accounts = account_lookup(std::make_shared<const config::Settings>(settings));
    const auto ask = [&] {
        return ledger::reckon(
            store->coverage(), question,
            [&accounts](const store::AccountName& name) {
                return accounts(name.source, name.account).time_zone;
            },
            now);
    };
    TRY_ASSIGN(auto report, ask());
    if (!lists_gaps && invocation.json) {
        for (const auto& cell : report.cells) {
            fmt::print("{}\n", format_json(server::cell_view(cell)));
        }
        return 0;
    }
    if (!invocation.json) {
        if (report.cells.empty()) {
            fmt::print("{}\n", text(Message::coverage_nothing, invocation.language));
            return 0;
        }
        fmt::print("{}\n", text(Message::coverage_head, invocation.language));
        for (const auto& cell : report.cells) {
            if (has_lists(cell) || cell.calls > 0) {
                print_cell(cell, invocation.language);
            }
        }
        for (const auto& cell : report.cells) {
            for (const auto& each : cell.contradictions()) {
                fmt::print("{}\n",
                           say<Message::coverage_contradiction>(
                               invocation.language,
                               cell.account.source + "/" + cell.account.account, cell.label, each));
            }
        }
        fmt::print("\n");
        print_summary(report, invocation.language, lists_gaps);
    }
    if (lists_gaps) {
        if (!invocation.json && report.lines_total > 0) {
            fmt::print("\n");
        }
        while (print_gaps(report, invocation) == static_cast<int>(kLines)) {
            question.lines_skip += kLines;
            TRY_ASSIGN(report, ask());
        }
    }
    return 0;
}

}  // namespace

Command coverage_command() {
    return {.name = "coverage",
            .summary = Message::coverage_summary,
            .usage = {"coverage [--day DAY | --from DAY --to DAY] [--by hour|day] "
                      "[--source SOURCE] [--account ACCOUNT] [--gaps] [--json]"},
            .examples = {"oidor coverage", "oidor coverage --day 2026-02-10 --by hour",
                         "oidor coverage --day yesterday --gaps"},
            .options = {{"day", "DAY", Message::coverage_option_day},
                        {"from", "DAY", Message::coverage_option_from},
                        {"to", "DAY", Message::coverage_option_to},
                        {"by", "hour|day", Message::coverage_option_by},
                        {"source", "SOURCE", Message::coverage_option_source},
                        {"account", "ACCOUNT", Message::coverage_option_account},
                        {"gaps", "", Message::coverage_option_gaps}},
            .run = run_coverage};
}

}  // namespace oidor::cli

// `oidor scorecard backtest`: a scorecard shown against the past, before it is published.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/time_zone.hpp"
#include "cli/opening.hpp"
#include "cli/progress.hpp"
#include "cli/scorecard_proving.hpp"
#include "pipeline/audit_step.hpp"
#include "proving/report.hpp"
#include "proving/words.hpp"

namespace oidor::cli {
namespace {

/// Set by a signal; read between pages.
constinit std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

/// While it lives, an interrupt ends the work instead of the program.
class InterruptWatch {
  public:
    InterruptWatch() {
        interrupted = false;
        struct sigaction action = {};
        action.sa_handler = [](int) { interrupted = true; };
        sigaction(SIGINT, &action, &old_interrupt_);
        sigaction(SIGTERM, &action, &old_end_);
    }
    ~InterruptWatch() {
        sigaction(SIGINT, &old_interrupt_, nullptr);
        sigaction(SIGTERM, &old_end_, nullptr);
    }
    InterruptWatch(const InterruptWatch&) = delete;
    InterruptWatch& operator=(const InterruptWatch&) = delete;

    [[nodiscard]] static bool was_interrupted() { return interrupted; }

  private:
    struct sigaction old_interrupt_ = {};
    struct sigaction old_end_ = {};
};

/// A day is each call's own, as reports have it; with `--zone` it is that zone's.
Result<void> read_bound(const Invocation& invocation, std::string_view name,
                        std::optional<std::string>& day, std::optional<Timestamp>& moment) {
    const auto text = invocation.find(name);
    if (!text) {
        return {};
    }
    const auto zone = invocation.find("zone");
    if (zone && !is_time_zone(*zone)) {
        return fail(ErrorCode::Invalid, "--zone {}: expected an IANA name such as America/Lima",
                    *zone);
    }
    const auto start = local_day_start(zone.value_or("UTC"), *text);
    if (start && !zone) {
        day = *text;
        return {};
    }
    moment = start ? start : parse_rfc3339(*text);
    if (!moment) {
        return fail(ErrorCode::Invalid,
                    "--{} {}: expected a day such as 2026-02-10, or RFC 3339 such as "
                    "2026-02-10T09:00:00Z",
                    name, *text);
    }
    return {};
}

Result<proving::BacktestOptions> read_options(const Invocation& invocation) {
    proving::BacktestOptions options;
    auto& filter = options.filter;
    TRY(read_bound(invocation, "from", filter.day_from, filter.from));
    TRY(read_bound(invocation, "to", filter.day_to, filter.to));
    options.filter.campaign = invocation.find("campaign");
    TRY_ASSIGN(options.pass_mark, read_number(invocation, "pass-mark", 70, 0, 100));
    TRY_ASSIGN(const auto threads,
               read_number(invocation, "threads",
                           std::max<std::int64_t>(std::thread::hardware_concurrency(), 1), 1, 256));
    options.threads = static_cast<unsigned>(threads);
    return options;
}

}  // namespace

Result<int> run_backtest(const Invocation& invocation) {
    TRY_ASSIGN(const auto name, invocation.word(1, "the new scorecard's file or id"));
    TRY(invocation.no_more_than(2));
    TRY_ASSIGN(auto options, read_options(invocation));
    TRY_ASSIGN(const auto settings, load_settings(invocation));
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    TRY_ASSIGN(auto draft, read_draft(name, store->directory()));
    TRY_ASSIGN(const auto newer, audit::Auditor::open(std::move(draft.scorecard)));
    const auto against = invocation.find("against").value_or("current");
    std::unique_ptr<audit::Auditor> older;
    if (against != "current") {
        TRY_ASSIGN(auto old_draft, read_draft(against, store->directory()));
        TRY_ASSIGN(older, audit::Auditor::open(std::move(old_draft.scorecard)));
    }
    pipeline::Judges judges(store->directory());
    proving::Backtest backtest(
        store->conversations(), pipeline::facts_of,
        [&judges](const std::string& id, int version) { return judges.get(id, version); });
    ProgressLine line;
    std::stop_source stop;
    const InterruptWatch watch;
    options.stop = stop.get_token();
    options.on_progress = [&](std::int64_t done, std::int64_t all) {
        if (InterruptWatch::was_interrupted()) {
            stop.request_stop();
        }
        if (line.is_due()) {
            line.show(say<Message::backtest_progress>(invocation.language, done, all));
        }
    };
    auto report = backtest.run(*newer, older.get(), options);
    line.clear();
    TRY(report);
    if (invocation.json) {
        fmt::print("{}\n", format_json(proving::to_json(*report)));
    } else {
        fmt::print("{}", proving::report_text(*report, invocation.language));
    }
    fmt::print(stderr, "{}\n",
               say<Message::backtest_took>(
                   invocation.language,
                   Decimal::from_micros(report->took.count() / 100 * 100'000).text()));
    return 0;
}

}  // namespace oidor::cli

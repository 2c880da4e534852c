#include "main/coverage_gauges.hpp"

#include <map>
#include <string>

#include "ledger/coverage.hpp"

namespace oidor {
namespace {

using namespace std::chrono_literals;

struct Figures {
    double announced = 0;
    double received = 0;
    double not_listed = 0;
    double unverified_hours = 0;
    std::map<ledger::Gap, double> gaps = {};
};

std::map<std::string, Figures> add_up(const ledger::Report& report) {
    std::map<std::string, Figures> sources;
    for (const auto& cell : report.cells) {
        auto& figures = sources[cell.account.source];
        figures.announced += static_cast<double>(cell.announced);
        figures.received += static_cast<double>(cell.received);
        figures.not_listed += static_cast<double>(cell.not_listed);
        figures.unverified_hours += cell.listed != ledger::Listed::Wholly ? 1 : 0;
        for (int i = 0; i <= static_cast<int>(ledger::kLastGap); ++i) {
            const auto gap = static_cast<ledger::Gap>(i);
            figures.gaps[gap] += static_cast<double>(cell.gap(gap));
        }
    }
    return sources;
}

}  // namespace

void CoverageGauges::set(telemetry::Telemetry& telemetry, store::Store& store,
                         const pipeline::AccountLookup& accounts, Timestamp now) {
    using telemetry::Metric;
    const std::unique_lock lock(measuring_, std::try_to_lock);
    if (!lock || (measured_at_ <= now && now - measured_at_ < 1min)) {
        return;
    }
    measured_at_ = now;
    const auto end = std::chrono::floor<std::chrono::hours>(now);
    const ledger::Question question{.range = {.from = format_rfc3339(end - 24h),
                                              .to = format_rfc3339(end),
                                              .by = ledger::By::Hour},
                                    .source = {},
                                    .account = {}};
    const auto report = ledger::reckon(
        store.coverage(), question,
        [&accounts](const store::AccountName& name) {
            return accounts(name.source, name.account).time_zone;
        },
        now);
    if (!report) {
        return;
    }
    for (const auto& [source, figures] : add_up(*report)) {
        telemetry.set(Metric::ledger_announced_count, figures.announced, {.source = source});
        telemetry.set(Metric::ledger_received_count, figures.received, {.source = source});
        telemetry.set(Metric::ledger_not_listed_count, figures.not_listed, {.source = source});
        telemetry.set(Metric::ledger_unverified_hours_count, figures.unverified_hours,
                      {.source = source});
        for (const auto& [gap, count] : figures.gaps) {
            telemetry.set(Metric::ledger_gaps_count, count,
                          {.source = source, .reason = ledger::format(gap)});
        }
    }
}

}  // namespace oidor

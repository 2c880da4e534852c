#include "ledger/coverage.hpp"

#include <utility>

namespace oidor::ledger {
namespace {

/// A stored day may be that of a campaign's zone: its calls begin up to so much beside it.
constexpr std::chrono::hours kZonesApart{26};

class Counter final : public store::CallVisitor {
  public:
    Counter(Cells& cells, const Question& question, Report& report)
        : cells_(cells), question_(question), report_(report) {}

    void begin() override {
        cells_.clear_calls();
        report_.lines.clear();
        report_.lines_total = 0;
    }
    void take(store::CallFacts call) override {
        auto line = cells_.add(call);
        if (!line) {
            return;
        }
        const auto place = static_cast<std::size_t>(report_.lines_total++);
        if (place >= question_.lines_skip && report_.lines.size() < question_.lines_max) {
            report_.lines.push_back(*std::move(line));
        }
    }

  private:
    Cells& cells_;
    const Question& question_;
    Report& report_;
};

}  // namespace

Result<Report> reckon(const store::Coverage& store, const Question& question,
                      const ZoneLookup& zones, Timestamp now) {
    TRY_ASSIGN(auto accounts, store.list_accounts());
    std::erase_if(accounts, [&question](const store::AccountName& name) {
        return (question.source && name.source != *question.source) ||
               (question.account && name.account != *question.account);
    });
    TRY_ASSIGN(auto cells, Cells::make(question.range, accounts, zones, now));
    const auto bounds = cells.bounds();
    const store::CallWindow window{.from = bounds.from - kZonesApart,
                                   .to = bounds.to + kZonesApart,
                                   .source = question.source,
                                   .account = question.account,
                                   .job_kinds = {kJobKinds.begin(), kJobKinds.end()}};
    TRY_ASSIGN(const auto spans, store.list_spans(window.from, window.to));
    for (const auto& span : spans) {
        cells.add_span(span);
    }
    Report report;
    report.at = now;
    Counter counter(cells, question, report);
    TRY(store.walk_calls(window, counter));
    report.cells = cells.list();
    return report;
}

}  // namespace oidor::ledger

#include "cli/doctor_costs.hpp"

#include <memory>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/time_zone.hpp"
#include "cli/house_costs.hpp"
#include "cli/opening.hpp"
#include "cli/sources.hpp"
#include "costs/statement.hpp"
#include "server/cost_sources.hpp"
#include "server/report_sources.hpp"

namespace oidor::cli {
namespace {

/// The pieces of the line.
struct CostWords {
    std::vector<std::string> words = {};
    bool odd = false;
};

void add_budget(const server::BudgetState& state, CostWords& found) {
    if (!state.budget) {
        found.words.emplace_back("no budget is set (speech.budget_per_day)");
        return;
    }
    const auto spent = config::format_money(state.spent_micros, state.currency);
    const auto bound = config::format_money(state.budget->cost_micros, state.currency);
    if (state.used_up()) {
        found.odd = true;
        found.words.push_back(
            fmt::format("the day's budget is used up ({} of {}): recordings wait until {}", spent,
                        bound, format_rfc3339(state.budget->to)));
        return;
    }
    found.words.push_back(fmt::format("today {} of {}", spent, bound));
}

Result<CostWords> look_at_costs(const config::Settings& settings) {
    const SystemClock clock;
    const auto now = clock.now();
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    const auto accounts = account_lookup(std::make_shared<const config::Settings>(settings));
    const auto house = house_costs(settings);
    CostWords found;
    TRY_ASSIGN(const auto budget, server::read_budget(*store, house.speech, now));
    add_budget(budget, found);
    const auto today = server::report_today(accounts, now);
    TRY_ASSIGN(const auto statement,
               costs::make_statement(store->speech_records(), {.from = add_days(today, -6),
                                                               .to = add_days(today, 1),
                                                               .by = costs::By::Engine}));
    for (const auto& line : statement.totals) {
        if (line.unpriced > 0) {
            found.odd = true;
            found.words.push_back(fmt::format(
                "{} calls of the last 7 days have no price: set speech.prices", line.unpriced));
        }
        if (line.unconfirmed > 0) {
            found.odd = true;
            found.words.push_back(
                fmt::format("{} may have been billed without a reply: oidor costs shows them",
                            line.unconfirmed));
        }
    }
    TRY_ASSIGN(const auto counts, store->speech_records().count_hearings());
    for (const auto& count : counts) {
        const bool looked_for = count.state == store::HearingState::Failed ||
                                count.state == store::HearingState::Suspect;
        if (looked_for) {
            found.odd = true;
            const auto word = store::format(count.state);
            found.words.push_back(
                fmt::format("{} {}: oidor transcripts --state {}", count.count, word, word));
        }
    }
    return found;
}

}  // namespace

CostFinding check_costs(const config::Settings& settings) {
    const auto found = look_at_costs(settings);
    if (!found) {
        return {.odd = false, .bad = true, .words = found.error().message};
    }
    return {
        .odd = found->odd, .bad = false, .words = fmt::format("{}", fmt::join(found->words, "; "))};
}

}  // namespace oidor::cli

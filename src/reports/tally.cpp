#include "reports/tally.hpp"

#include <algorithm>

namespace oidor::reports {
namespace {

Cell of(const std::optional<Decimal>& value) {
    return value ? Cell(Fixed{.value = *value}) : Cell(nullptr);
}

void add_interval(Row& row, const std::optional<Interval>& interval) {
    row.push_back(interval ? Cell(Fixed{.value = interval->low}) : Cell(nullptr));
    row.push_back(interval ? Cell(Fixed{.value = interval->high}) : Cell(nullptr));
}

/// True when there are too few values, of which the row then says so.
bool say_few(Row& row, std::int64_t n, int min_n) {
    if (n >= min_n || n == 0) {
        return false;
    }
    row.emplace_back(Few{});
    row.emplace_back(nullptr);
    row.emplace_back(nullptr);
    return true;
}

}  // namespace

Result<void> check_room(std::size_t counters) {
    if (counters >= Tally::kCountersMax) {
        return fail(ErrorCode::TooLarge,
                    "more than {} figures: ask for fewer days, one campaign or one scorecard",
                    Tally::kCountersMax);
    }
    return {};
}

std::vector<Column> group_columns(By by) {
    std::vector<Column> columns = {{"scorecard", Message::report_column_scorecard}};
    if (by == By::Campaign) {
        columns.push_back(
            {"campaign", Message::report_column_campaign_id, ColumnType::Text, Audience::Programs});
        columns.push_back({"campaign_name", Message::page_campaign});
    } else if (by == By::Agent) {
        columns.push_back(
            {"agent", Message::report_column_agent_id, ColumnType::Text, Audience::Programs});
        columns.push_back({"agent_name", Message::page_agent});
    }
    return columns;
}

std::string name_of(const Group& group, By by, const Sources& sources) {
    const auto& names = by == By::Agent ? sources.agents : sources.campaigns;
    const auto found = names.find(group.id);
    return found != names.end() ? found->second : group.id;
}

Row group_cells(const Group& group, By by, const Sources& sources) {
    Row row = {group.scorecard};
    if (by != By::Whole) {
        row.emplace_back(group.id);
        row.emplace_back(name_of(group, by, sources));
    }
    return row;
}

void add_share(Row& row, std::int64_t hits, std::int64_t n, int min_n) {
    if (!say_few(row, n, min_n)) {
        row.push_back(of(percent(hits, n)));
        add_interval(row, wilson(hits, n));
    }
}

void add_mean(Row& row, const Moments& moments, int min_n) {
    if (!say_few(row, moments.n, min_n)) {
        row.push_back(of(mean(moments)));
        add_interval(row, mean_interval(moments));
    }
}

void add_few(Row& row) {
    const bool few = std::ranges::any_of(
        row, [](const Cell& cell) { return std::holds_alternative<Few>(cell); });
    row.emplace_back(few);
}

Column few_column() { return {"few", Message::report_few, ColumnType::Flag, Audience::Programs}; }

}  // namespace oidor::reports

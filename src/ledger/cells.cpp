#include "ledger/cells.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/time_zone.hpp"

namespace oidor::ledger {
namespace {

using namespace std::chrono_literals;

bool is_day(std::string_view text) { return text.size() == 10 && local_day_start("UTC", text); }

/// How much of [from, to) the spans name, and whether each of them was read whole.
Listed listed_of(const std::vector<store::AnnouncedSpan>& spans, Timestamp from, Timestamp to) {
    // Read whole first: a list that was repaired counts as if the faulty one had not been there.
    const auto reach = [&](bool whole_only) {
        auto covered = 0us;
        auto at = from;
        for (const auto& span : spans) {  // by start
            if (whole_only && span.rows_refused > 0) {
                continue;
            }
            const auto begin = std::max(at, span.from);
            const auto end = std::min(to, span.to);
            if (begin < end) {
                covered += end - begin;
                at = end;
            }
        }
        return covered;
    };
    if (to > from && reach(true) >= to - from) {
        return Listed::Wholly;
    }
    return reach(false) > 0us ? Listed::Partly : Listed::Unverifiable;
}

bool is_listed(const std::vector<store::AnnouncedSpan>& spans, Timestamp at) {
    return std::ranges::any_of(spans, [at](const store::AnnouncedSpan& span) {
        return span.rows_refused == 0 && span.from <= at && at < span.to;
    });
}

Timestamp moment_of(const store::CallFacts& call) {
    return call.received ? call.received->listed_at : call.announced->started_at;
}

void count(Cell& cell, const Fate& fate, bool not_listed) {
    const auto add = [](std::int64_t& figure, bool counts) { figure += counts ? 1 : 0; };
    ++cell.calls;
    add(cell.announced, fate.announced);
    add(cell.received, fate.received);
    add(cell.recorded, fate.recorded);
    add(cell.fetched, fate.fetched);
    add(cell.transcribed, fate.transcribed);
    add(cell.audited, fate.audited);
    add(cell.not_auditable, fate.not_auditable);
    if (fate.delivered) {
        cell.delivered = cell.delivered.value_or(0) + (*fate.delivered ? 1 : 0);
    }
    add(cell.complete, !fate.gap && !fate.not_auditable);
    add(cell.not_listed, not_listed);
    add(cell.unclaimed, !fate.announced && !not_listed);
    add(cell.campaign_unmapped, fate.campaign_unmapped);
    if (fate.gap) {
        ++cell.gaps[static_cast<std::size_t>(*fate.gap)];
    }
}

Result<Timestamp> bound_of(std::string_view text, std::string_view time_zone) {
    const auto at = is_day(text) ? local_day_start(time_zone, text) : parse_rfc3339(text);
    if (!at) {
        return fail(ErrorCode::Invalid,
                    "{}: expected a day such as 2026-02-10, or RFC 3339 such as "
                    "2026-02-10T09:00:00Z",
                    text);
    }
    return *at;
}

}  // namespace

std::string_view format(By by) { return by == By::Hour ? "hour" : "day"; }

std::optional<By> parse_by(std::string_view text) {
    if (text == "hour") {
        return By::Hour;
    }
    return text == "day" ? std::optional(By::Day) : std::nullopt;
}

std::string_view format(Listed listed) {
    switch (listed) {
        case Listed::Unverifiable: break;
        case Listed::Partly: return "partly";
        case Listed::Wholly: return "wholly";
    }
    return "unverifiable";
}

std::int64_t Cell::gaps_total() const {
    return std::accumulate(gaps.begin(), gaps.end(), std::int64_t{0});
}

std::int64_t Cell::pending_total() const {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        total += is_pending(static_cast<Gap>(i)) ? gaps[i] : 0;
    }
    return total;
}

std::vector<std::string> Cell::contradictions() const {
    std::vector<std::string> found;
    const auto check = [&found](bool holds, std::string text) {
        if (!holds) {
            found.push_back(std::move(text));
        }
    };
    check(calls == complete + not_auditable + gaps_total(),
          fmt::format("{} calls, but {} complete, {} not auditable and {} gaps", calls, complete,
                      not_auditable, gaps_total()));
    check(calls == received + gap(Gap::NotReceived),
          fmt::format("{} calls, but {} received and {} not", calls, received,
                      gap(Gap::NotReceived)));
    check(announced <= calls && received <= calls && audited <= received && fetched <= recorded,
          "a stage holds more calls than the one before");
    check(calls == announced + not_listed + unclaimed,
          fmt::format("{} calls, but {} announced, {} not listed and {} that no list speaks of",
                      calls, announced, not_listed, unclaimed));
    check(gap(Gap::Inconsistent) == 0,
          fmt::format("{} calls that nothing moves, or whose rows contradict each other",
                      gap(Gap::Inconsistent)));
    return found;
}

std::string format_reasons(const GapLine& line) {
    std::string text;
    if (line.gap) {
        text = format(*line.gap);
        text += line.detail.empty() ? "" : ": " + line.detail;
    }
    if (line.not_listed) {
        text += text.empty() ? "not_listed" : ", not_listed";
    }
    return text;
}

Result<Bounds> bounds_of(const Range& range, std::string_view time_zone) {
    Bounds bounds;
    TRY_ASSIGN(bounds.from, bound_of(range.from, time_zone));
    TRY_ASSIGN(bounds.to, bound_of(range.to, time_zone));
    const int days_max = range.by == By::Hour ? kDaysByHourMax : kDaysByDayMax;
    if (bounds.from >= bounds.to) {
        return fail(ErrorCode::Invalid, "from {} to {}: it ends before it begins", range.from,
                    range.to);
    }
    // A day may have 25 hours.
    if (bounds.to - bounds.from > std::chrono::days(days_max) + 1h) {
        return fail(ErrorCode::Invalid, "from {} to {}: at most {} days by {}", range.from,
                    range.to, days_max, format(range.by));
    }
    return bounds;
}

Cell Cells::make_cell(const Account& account, Timestamp from, Timestamp to) const {
    Cell cell;
    cell.account = account.name;
    cell.time_zone = account.time_zone;
    cell.label = local_time(account.time_zone, from).substr(0, by_ == By::Hour ? 16 : 10);
    cell.from = from;
    cell.to = to;
    cell.open = to > now_;
    return cell;
}

Result<Cells> Cells::make(const Range& range, const std::vector<store::AccountName>& accounts,
                          const ZoneLookup& zones, Timestamp now) {
    Cells cells;
    cells.by_ = range.by;
    cells.now_ = now;
    TRY_ASSIGN(cells.widest_, bounds_of(range, "UTC"));
    for (const auto& name : accounts) {
        Account account{
            .name = name, .time_zone = zones(name), .bounds = {}, .cells = {}, .spans = {}};
        TRY_ASSIGN(account.bounds, bounds_of(range, account.time_zone));
        cells.widest_.from = std::min(cells.widest_.from, account.bounds.from);
        cells.widest_.to = std::max(cells.widest_.to, account.bounds.to);
        const auto next_of = [&](Timestamp at) {
            return range.by == By::Hour
                       ? std::max(local_hour_start(account.time_zone, at + 1h), at + 30min)
                       : *local_day_start(account.time_zone,
                                          add_days(local_day(account.time_zone, at), 1));
        };
        const auto start_of = [&](Timestamp at) {
            return range.by == By::Hour
                       ? local_hour_start(account.time_zone, at)
                       : *local_day_start(account.time_zone, local_day(account.time_zone, at));
        };
        auto at = start_of(account.bounds.from);
        at = at < account.bounds.from ? next_of(at) : at;
        while (at < account.bounds.to && at <= now) {
            const auto next = next_of(at);
            account.cells.emplace(at, cells.make_cell(account, at, next));
            at = next;
        }
        cells.accounts_.emplace(name, std::move(account));
    }
    return cells;
}

void Cells::add_span(const store::AnnouncedSpan& span) {
    const auto account = accounts_.find({.source = span.source, .account = span.account});
    if (account == accounts_.end()) {
        return;
    }
    account->second.spans.push_back(span);
}

Timestamp Cells::place(const Account& account, const store::CallFacts& call, Timestamp at) const {
    if (by_ == By::Hour) {
        return local_hour_start(account.time_zone, at);
    }
    const auto stored = call.received ? call.received->day : std::nullopt;
    const auto day = stored.value_or(local_day(account.time_zone, at));
    return local_day_start(account.time_zone, day).value_or(at);
}

std::optional<GapLine> Cells::add(const store::CallFacts& call) {
    const auto found = accounts_.find(call.account);
    if (found == accounts_.end()) {
        return std::nullopt;
    }
    auto& account = found->second;
    const auto at = moment_of(call);
    const auto start = place(account, call, at);
    if (start < account.bounds.from || start >= account.bounds.to) {
        return std::nullopt;
    }
    auto cell = account.cells.find(start);
    if (cell == account.cells.end()) {
        // A start that lies in the future is a wrong clock: shown, not hidden.
        cell = account.cells
                   .emplace(start,
                            make_cell(account, start, by_ == By::Hour ? start + 1h : start + 24h))
                   .first;
    }
    const auto fate = fate_of(call);
    const bool not_listed = !fate.announced && is_listed(account.spans, at);
    count(cell->second, fate, not_listed);
    if (!fate.gap && !not_listed) {
        return std::nullopt;
    }
    return GapLine{.account = call.account,
                   .external_id = call.external_id,
                   .conversation = call.received ? std::optional(call.received->id) : std::nullopt,
                   .at = at,
                   .label = local_time(account.time_zone, at),
                   .gap = fate.gap,
                   .detail = fate.detail,
                   .not_listed = not_listed,
                   .duration_s = call.announced ? call.announced->duration_s : std::nullopt};
}

void Cells::clear_calls() {
    for (auto& [name, account] : accounts_) {
        for (auto& [from, cell] : account.cells) {
            cell = make_cell(account, from, cell.to);
        }
    }
}

std::vector<Cell> Cells::list() const {
    std::vector<Cell> all;
    for (const auto& [name, account] : accounts_) {
        for (const auto& [from, cell] : account.cells) {
            all.push_back(cell);
            // An hour that is not over is listed as far as it went.
            all.back().listed =
                listed_of(account.spans, from, cell.open ? std::min(cell.to, now_) : cell.to);
        }
    }
    return all;
}

}  // namespace oidor::ledger

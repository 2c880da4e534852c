#include "store/sql/coverage.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <span>

namespace oidor::store::sql {
namespace {

/// Rows of one statement.
constexpr std::size_t kRowsOfStatement = 250;

/// An announcement as it lies in its row.
struct KeptAnnouncement {
    Announcement call = {};
    Sha256 list = {};
};
using Kept = std::map<std::string, KeptAnnouncement>;

std::string marks(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += i == 0 ? "?" : ", ?";
    }
    return text;
}

/// Two rows of one list with one id: legs of one call, in whatever order they stand.
Announcement join_legs(Announcement one, const Announcement& other) {
    one.started_at = std::min(one.started_at, other.started_at);
    one.duration_s = std::max(one.duration_s, other.duration_s);
    one.recorded = std::max(one.recorded, other.recorded);
    const auto rank = [](CallOutcome outcome) {
        return outcome == CallOutcome::Answered  ? -1
               : outcome == CallOutcome::Unknown ? 1'000
                                                 : static_cast<int>(outcome);
    };
    one.outcome = std::ranges::min(one.outcome, other.outcome, {}, rank);
    return one;
}

/// A later list corrects an earlier one; what it does not tell, it does not correct.
Announcement correct(const Announcement& kept, Announcement call) {
    call.duration_s = call.duration_s ? call.duration_s : kept.duration_s;
    call.recorded = call.recorded ? call.recorded : kept.recorded;
    call.outcome = call.outcome == CallOutcome::Unknown ? kept.outcome : call.outcome;
    return call;
}

std::vector<Announcement> join_all(const std::vector<Announcement>& calls) {
    std::map<std::string_view, Announcement> joined;
    for (const auto& call : calls) {
        const auto [place, made] = joined.try_emplace(call.external_id, call);
        if (!made) {
            place->second = join_legs(place->second, call);
        }
    }
    std::vector<Announcement> all;
    std::ranges::transform(joined, std::back_inserter(all),
                           [](const auto& entry) { return entry.second; });
    return all;
}

using Calls = std::span<const Announcement>;

Result<Kept> read_kept(Connection& connection, const AnnouncedList& list, Calls calls,
                       std::string_view lock_clause) {
    std::vector<Param> params = {to_param(list.source), to_param(list.account)};
    std::ranges::transform(calls, std::back_inserter(params),
                           [](const auto& call) { return to_param(call.external_id); });
    Kept kept;
    const auto sql = fmt::format(
        "SELECT external_id, started_at, duration_s, outcome, recorded, list_sha256 "
        "FROM announcements WHERE source = ? AND account = ? AND external_id IN ({}) "
        "ORDER BY external_id{}",
        marks(calls.size()), lock_clause);
    TRY(connection.each_of(sql, params, [&](const Row& row) {
        kept.emplace(row.text(0),
                     KeptAnnouncement{.call = to_announcement(row, 0), .list = row.sha256(5)});
    }));
    return kept;
}

/// What is to be written, and what that changes.
struct Difference {
    std::vector<Announcement> rows = {};
    AnnouncedCounts counts = {};
};

Result<Difference> compare(Connection& connection, Seal& seal, const Kept& kept,
                           const AnnouncedList& list, Calls calls) {
    Difference difference;
    for (const auto& call : calls) {
        const auto known = kept.find(call.external_id);
        if (known == kept.end()) {
            TRY_ASSIGN(const bool erased, is_tombstoned(connection, seal,
                                                        {.source = list.source,
                                                         .account = list.account,
                                                         .channel = Channel::Voice,
                                                         .external_id = call.external_id}));
            ++(erased ? difference.counts.erased : difference.counts.added);
            if (!erased) {
                difference.rows.push_back(call);
            }
            continue;
        }
        const auto& [present, present_list] = known->second;
        const auto next =
            present_list == list.sha256 ? join_legs(present, call) : correct(present, call);
        ++(next == present ? difference.counts.same : difference.counts.changed);
        if (next != present || present_list != list.sha256) {
            difference.rows.push_back(next);
        }
    }
    return difference;
}

Result<void> write_rows(WriteContext& context, const AnnouncedList& list, Calls rows) {
    std::string values;
    std::vector<Param> params;
    for (const auto& row : rows) {
        values += values.empty() ? "(?, ?, ?, ?, ?, ?, ?, ?, ?)" : ", (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        for (const auto& param :
             {to_param(list.source), to_param(list.account), to_param(row.external_id),
              to_param(row.started_at), to_param(row.duration_s), to_param(format(row.outcome)),
              to_param(row.recorded), to_param(list.sha256), to_param(context.now)}) {
            params.push_back(param);
        }
    }
    const auto sql = fmt::format(
        "INSERT INTO announcements (source, account, external_id, started_at, duration_s, outcome, "
        "recorded, list_sha256, imported_at) VALUES {} "
        "ON CONFLICT (source, account, external_id) DO UPDATE SET started_at = "
        "excluded.started_at, duration_s = excluded.duration_s, outcome = excluded.outcome, "
        "recorded = excluded.recorded, list_sha256 = excluded.list_sha256, "
        "imported_at = excluded.imported_at",
        values);
    return context.connection.each_of(sql, params, [](const Row&) {});
}

/// Calls `work(Calls)` with pieces that fit a statement, and adds up the counts.
template <typename Work>
Result<AnnouncedCounts> add_up(const std::vector<Announcement>& calls, Work&& work) {
    const auto joined = join_all(calls);
    AnnouncedCounts total;
    for (std::size_t at = 0; at < joined.size(); at += kRowsOfStatement) {
        const auto size = std::min(kRowsOfStatement, joined.size() - at);
        TRY_ASSIGN(const AnnouncedCounts counts, work(Calls(joined).subspan(at, size)));
        total.added += counts.added;
        total.changed += counts.changed;
        total.same += counts.same;
        total.erased += counts.erased;
    }
    return total;
}

constexpr std::string_view kSpanColumns =
    "source, account, from_at, to_at, list_sha256, list_name, rows_refused";

AnnouncedSpan to_span(const Row& row) {
    return {.source = row.text(0),
            .account = row.text(1),
            .from = row.time(2),
            .to = row.time(3),
            .list_sha256 = row.sha256(4),
            .list_name = row.text(5),
            .rows_refused = row.int64(6)};
}

Result<void> insert_span(WriteContext& context, const AnnouncedSpan& span) {
    TRY(context.connection.run(
        "INSERT INTO announced_spans (source, account, from_at, to_at, list_sha256, list_name, "
        "rows_refused, imported_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        span.source, span.account, span.from, span.to, span.list_sha256, span.list_name,
        span.rows_refused, context.now));
    return {};
}

/// What is left of other lists' claims beside `span`.
Result<void> cut_claims(WriteContext& context, const AnnouncedSpan& span) {
    std::vector<AnnouncedSpan> others;
    TRY(context.connection.each(
        fmt::format("SELECT {} FROM announced_spans WHERE source = ? AND account = ? AND from_at < "
                    "? AND to_at > ? AND list_sha256 <> ?",
                    kSpanColumns),
        [&](const Row& row) { others.push_back(to_span(row)); }, span.source, span.account, span.to,
        span.from, span.list_sha256));
    for (const auto& other : others) {
        TRY(context.connection.run(
            "DELETE FROM announced_spans WHERE source = ? AND account = ? AND list_sha256 = ? "
            "AND from_at = ? AND to_at = ?",
            other.source, other.account, other.list_sha256, other.from, other.to));
        auto before = other;
        before.to = span.from;
        auto behind = other;
        behind.from = span.to;
        for (const auto& rest : {before, behind}) {
            if (rest.from < rest.to) {
                TRY(insert_span(context, rest));
            }
        }
    }
    return {};
}

/// The accounts that a table names, each found from the one before by the table's index.
Result<void> add_accounts(Connection& connection, std::string_view table,
                          std::set<AccountName>& accounts) {
    AccountName last;
    while (true) {
        std::optional<AccountName> next;
        TRY(connection.first(
            fmt::format("SELECT source, account FROM {} WHERE (source, account) > (?, ?) "
                        "ORDER BY source, account LIMIT 1",
                        table),
            [&](const Row& row) {
                next = AccountName{.source = row.text(0), .account = row.text(1)};
            },
            last.source, last.account));
        if (!next) {
            return {};
        }
        accounts.insert(*next);
        last = *next;
    }
}

}  // namespace

Result<AnnouncedCounts> SqlCoverage::put_announcements(const AnnouncedList& list,
                                                       const std::vector<Announcement>& calls) {
    return writer_.call<AnnouncedCounts>([&](WriteContext& context) {
        return add_up(calls, [&](Calls piece) -> Result<AnnouncedCounts> {
            auto& connection = context.connection;
            TRY_ASSIGN(const auto kept,
                       read_kept(connection, list, piece, connection.lock_clause()));
            TRY_ASSIGN(const auto difference, compare(connection, seal_, kept, list, piece));
            if (!difference.rows.empty()) {
                TRY(write_rows(context, list, difference.rows));
            }
            return difference.counts;
        });
    });
}

Result<AnnouncedCounts> SqlCoverage::compare_announcements(
    const AnnouncedList& list, const std::vector<Announcement>& calls) const {
    return readers_.with([&](Connection& connection) {
        return add_up(calls, [&](Calls piece) -> Result<AnnouncedCounts> {
            TRY_ASSIGN(const auto kept, read_kept(connection, list, piece, ""));
            TRY_ASSIGN(const auto difference, compare(connection, seal_, kept, list, piece));
            return difference.counts;
        });
    });
}

Result<void> SqlCoverage::put_span(const AnnouncedSpan& span) {
    return writer_.call<void>([&](WriteContext& context) { return insert_span(context, span); });
}

Result<std::int64_t> SqlCoverage::withdraw_others(const AnnouncedSpan& span) {
    return writer_.call<std::int64_t>([&](WriteContext& context) -> Result<std::int64_t> {
        TRY_ASSIGN(const auto withdrawn,
                   context.connection.run(
                       "DELETE FROM announcements WHERE source = ? AND account = ? AND started_at "
                       ">= ? AND started_at < ? AND list_sha256 <> ?",
                       span.source, span.account, span.from, span.to, span.list_sha256));
        TRY(cut_claims(context, span));
        return withdrawn;
    });
}

Result<void> SqlCoverage::forget_announcement(const AccountName& account,
                                              const std::string& external_id) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run(
            "DELETE FROM announcements WHERE source = ? AND account = ? AND external_id = ?",
            account.source, account.account, external_id));
        return {};
    });
}

Result<std::vector<AnnouncedSpan>> SqlCoverage::list_spans(Timestamp from, Timestamp to) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<AnnouncedSpan>> {
        std::vector<AnnouncedSpan> spans;
        TRY(connection.each(
            fmt::format("SELECT {} FROM announced_spans WHERE from_at < ? AND to_at > ? "
                        "ORDER BY source, account, from_at, to_at, list_sha256",
                        kSpanColumns),
            [&](const Row& row) { spans.push_back(to_span(row)); }, to, from));
        return spans;
    });
}

Result<std::vector<AccountName>> SqlCoverage::list_accounts() const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<AccountName>> {
        std::set<AccountName> accounts;
        for (const auto* const table : {"conversations", "announcements", "announced_spans"}) {
            TRY(add_accounts(connection, table, accounts));
        }
        return std::vector(accounts.begin(), accounts.end());
    });
}

Result<void> SqlCoverage::walk_calls(const CallWindow& window, CallVisitor& visitor) const {
    return readers_.with([&](Connection& connection) -> Result<void> {
        visitor.begin();
        return sql::walk_calls(connection, window, visitor);
    });
}

}  // namespace oidor::store::sql

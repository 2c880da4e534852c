// The walk over the calls of a window: what was received with all that became of it, then what was
// only announced.
#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/ranges.h>

#include "store/outbox.hpp"
#include "store/sql/coverage.hpp"

namespace oidor::store::sql {
namespace {

constexpr int kPage = 500;

// What is not stored is told by one of its recordings: a failed one before one that is on its way.
constexpr std::string_view kReceived = R"(
SELECT c.id, c.source, c.account, c.external_id, c.state, c.reason, c.listed_at, c.day,
    c.campaign_state = 'unmapped' AND c.campaign_wanted IS NOT NULL,
    a.external_id, a.started_at, a.duration_s, a.outcome, a.recorded,
    (SELECT count(*) FROM recordings r WHERE r.conversation_id = c.id),
    (SELECT count(*) FROM recordings r WHERE r.conversation_id = c.id AND r.state = 'stored'),
    (SELECT max(CASE r.state WHEN 'failed' THEN '4' WHEN 'missing' THEN '3' WHEN 'fetching' THEN '2' ELSE '1' END
                || coalesce(r.reason, ''))
     FROM recordings r WHERE r.conversation_id = c.id AND r.state <> 'stored'),
    (SELECT count(*) FROM conversation_transcripts t WHERE t.conversation_id = c.id AND t.is_current = 1),
    (SELECT count(*) FROM participations p WHERE p.conversation_id = c.id),
    (SELECT count(DISTINCT u.participation_id) FROM audits u WHERE u.conversation_id = c.id AND u.is_current = 1)
FROM conversations c LEFT JOIN announcements a
    ON a.source = c.source AND a.account = c.account AND a.external_id = c.external_id AND c.channel = 'voice'
WHERE c.listed_at < ?)";

constexpr std::string_view kOnlyAnnounced = R"(
SELECT a.source, a.account, a.external_id, a.started_at, a.duration_s, a.outcome, a.recorded
FROM announcements a WHERE a.started_at < ? AND NOT EXISTS (
    SELECT 1 FROM conversations c WHERE c.source = a.source AND c.account = a.account
        AND c.external_id = a.external_id AND c.channel = 'voice'))";

std::int64_t micros(Timestamp time) { return time.time_since_epoch().count(); }

/// A statement with the window's conditions and values. Its start is where the first page begins:
/// a second lower bound would have SQLite read each page from there.
struct Filtered {
    std::string sql = {};
    std::vector<Param> params = {};
};

Filtered filter(std::string_view sql, char table, const CallWindow& window) {
    Filtered filtered{.sql = std::string(sql), .params = {to_param(window.to)}};
    const auto add = [&](std::string_view column, const std::optional<std::string>& value) {
        if (value) {
            filtered.sql += fmt::format(" AND {}.{} = ?", table, column);
            filtered.params.push_back(to_param(*value));
        }
    };
    add("source", window.source);
    add("account", window.account);
    return filtered;
}

/// `3absent`: the state's place, then the reason.
void read_lacking(std::string_view text, ReceivedCall& call) {
    const char place = text.empty() ? '1' : text.front();
    call.lacking_state = place == '4'   ? RecordingState::Failed
                         : place == '3' ? RecordingState::Missing
                         : place == '2' ? RecordingState::Fetching
                                        : RecordingState::Announced;
    if (text.size() > 1) {
        call.lacking_reason = std::string(text.substr(1));
    }
}

CallFacts to_received(const Row& row) {
    CallFacts facts{.account = {.source = row.text(1), .account = row.text(2)},
                    .external_id = row.text(3),
                    .announced = {},
                    .received = ReceivedCall{}};
    auto& call = *facts.received;
    call.id = row.id<ConversationId>(0);
    call.state = parse_conversation_state(row.view(4)).value_or(ConversationState::Open);
    call.reason = row.optional_text(5);
    call.listed_at = row.time(6);
    call.day = row.optional_text(7);
    call.campaign_unmapped = row.boolean(8);
    if (!row.is_null(9)) {
        facts.announced = to_announcement(row, 9);
    }
    call.recordings = row.int32(14);
    call.recordings_stored = row.int32(15);
    if (!row.is_null(16)) {
        read_lacking(row.view(16), call);
    }
    call.transcribed = row.boolean(17);
    call.participations = row.int32(18);
    call.judged = row.int32(19);
    return facts;
}

bool is_whole(const ReceivedCall& call) {
    const bool judged =
        call.state == ConversationState::Audited || call.state == ConversationState::NotAuditable;
    return judged && call.judged >= call.participations &&
           call.recordings_stored == call.recordings;
}

/// The jobs of those that are not whole.
Result<void> add_jobs(Connection& connection, const std::vector<std::string>& kinds,
                      std::vector<CallFacts>& page) {
    std::map<std::string, ReceivedCall*> lacking;
    for (auto& call : page) {
        if (!is_whole(*call.received)) {
            lacking.emplace(call.received->id.text(), &*call.received);
        }
    }
    if (lacking.empty() || kinds.empty()) {
        return {};
    }
    std::vector<Param> params;
    std::ranges::transform(kinds, std::back_inserter(params),
                           [](const auto& kind) { return to_param(kind); });
    std::ranges::transform(lacking, std::back_inserter(params),
                           [](const auto& entry) { return to_param(entry.first); });
    const std::vector<std::string_view> kind_marks(kinds.size(), "?");
    const std::vector<std::string_view> key_marks(lacking.size(), "?");
    return connection.each_of(
        fmt::format("SELECT kind, key, state, error_code FROM jobs WHERE kind IN ({}) AND key IN "
                    "({}) ORDER BY kind, key",
                    fmt::join(kind_marks, ", "), fmt::join(key_marks, ", ")),
        params, [&](const Row& row) {
            if (const auto call = lacking.find(row.text(1)); call != lacking.end()) {
                call->second->jobs.push_back(
                    {.kind = row.text(0),
                     .state = parse_job_state(row.view(2)).value_or(JobState::Queued),
                     .error_code = row.optional_text(3)});
            }
        });
}

/// Whether conversations that were there before a sink are still being noted for it; nothing
/// where there is no sink.
Result<std::optional<bool>> is_backfilling(Connection& connection) {
    std::optional<bool> backfilling;
    TRY(connection.first(
        "SELECT count(*), count(backfill_after) FROM sinks WHERE forgotten_at IS NULL",
        [&](const Row& row) {
            if (row.int64(0) > 0) {
                backfilling = row.int64(1) > 0;
            }
        }));
    return backfilling;
}

/// How far results came on their way out; nothing is told while no sink is configured.
Result<void> add_deliveries(Connection& connection, std::optional<bool> backfilling,
                            std::vector<CallFacts>& page) {
    if (!backfilling || page.empty()) {
        return {};
    }
    std::map<ConversationId, CallDelivery*> calls;
    std::vector<Param> params;
    for (auto& call : page) {
        call.received->delivery = CallDelivery{.delivered = false, .waiting = *backfilling};
        calls.emplace(call.received->id, &*call.received->delivery);
        params.push_back(to_param(call.received->id));
    }
    const std::vector<std::string_view> marks(params.size(), "?");
    TRY(connection.each_of(
        fmt::format("SELECT DISTINCT conversation_id FROM deliveries WHERE conversation_id IN ({})",
                    fmt::join(marks, ", ")),
        params, [&](const Row& row) {
            *calls.at(row.id<ConversationId>(0)) = {.delivered = true, .waiting = false};
        }));
    return connection.each_of(
        fmt::format("SELECT conversation_id, state FROM outbox WHERE conversation_id IN ({}) "
                    "ORDER BY conversation_id, state",
                    fmt::join(marks, ", ")),
        params, [&](const Row& row) {
            auto& delivery = *calls.at(row.id<ConversationId>(0));
            delivery.delivered = false;
            delivery.waiting = true;
            if (parse_outbox_state(row.view(1)) != OutboxState::Waiting) {
                delivery.stopped = row.text(1);
            }
        });
}

/// Hands a page over; gives how many rows it had.
int hand_over(std::vector<CallFacts>& page, CallVisitor& visitor) {
    for (auto& call : page) {
        visitor.take(std::move(call));
    }
    const auto count = static_cast<int>(page.size());
    page.clear();
    return count;
}

Result<void> walk_received(Connection& connection, const CallWindow& window, CallVisitor& visitor) {
    const auto [sql, fixed] = filter(kReceived, 'c', window);
    const auto paged = sql + " AND (c.listed_at, c.id) > (?, ?) ORDER BY c.listed_at, c.id LIMIT ?";
    TRY_ASSIGN(const auto backfilling, is_backfilling(connection));
    std::int64_t last_at = micros(window.from);
    ConversationId last;
    while (true) {
        auto params = fixed;
        params.push_back(to_param(last_at));
        params.push_back(to_param(last));
        params.push_back(to_param(kPage));
        std::vector<CallFacts> page;
        TRY(connection.each_of(paged, params,
                               [&](const Row& row) { page.push_back(to_received(row)); }));
        if (page.empty()) {
            return {};
        }
        last_at = micros(page.back().received->listed_at);
        last = page.back().received->id;
        TRY(add_jobs(connection, window.job_kinds, page));
        TRY(add_deliveries(connection, backfilling, page));
        if (hand_over(page, visitor) < kPage) {
            return {};
        }
    }
}

Result<void> walk_only_announced(Connection& connection, const CallWindow& window,
                                 CallVisitor& visitor) {
    const auto [sql, fixed] = filter(kOnlyAnnounced, 'a', window);
    const auto paged = sql +
                       " AND (a.started_at, a.source, a.account, a.external_id) > (?, ?, ?, ?) "
                       "ORDER BY a.started_at, a.source, a.account, a.external_id LIMIT ?";
    std::int64_t last_at = micros(window.from);
    AccountName account;
    std::string last;
    while (true) {
        auto params = fixed;
        for (const auto& param : {to_param(last_at), to_param(account.source),
                                  to_param(account.account), to_param(last), to_param(kPage)}) {
            params.push_back(param);
        }
        std::vector<CallFacts> page;
        TRY(connection.each_of(paged, params, [&](const Row& row) {
            page.push_back({.account = {.source = row.text(0), .account = row.text(1)},
                            .external_id = row.text(2),
                            .announced = to_announcement(row, 2),
                            .received = {}});
        }));
        if (page.empty()) {
            return {};
        }
        last_at = micros(page.back().announced->started_at);
        account = page.back().account;
        last = page.back().external_id;
        if (hand_over(page, visitor) < kPage) {
            return {};
        }
    }
}

}  // namespace

Announcement to_announcement(const Row& row, int first) {
    Announcement call{
        .external_id = row.text(first),
        .started_at = row.time(first + 1),
        .duration_s = row.optional_int64(first + 2),
        .outcome = parse_call_outcome(row.view(first + 3)).value_or(CallOutcome::Unknown),
        .recorded = {}};
    if (const auto recorded = row.optional_int64(first + 4)) {
        call.recorded = *recorded != 0;
    }
    return call;
}

Result<void> walk_calls(Connection& connection, const CallWindow& window, CallVisitor& visitor) {
    TRY(walk_received(connection, window, visitor));
    return walk_only_announced(connection, window, visitor);
}

}  // namespace oidor::store::sql

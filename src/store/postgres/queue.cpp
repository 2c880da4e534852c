#include "store/postgres/queue.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "store/postgres/arrays.hpp"

namespace oidor::store::postgres {
namespace {

// Rows are locked in the order of (kind, key) everywhere, so that no two batches wait for each
// other in a circle.

std::string_view enqueue_sql() {
    static const std::string sql = R"(
INSERT INTO jobs (id, kind, key, state, priority, run_at, queued_at, attempts, lease)
SELECT k.id, k.kind, k.key, 'queued', k.priority, k.run_at, ?6::bigint, 0, 0
FROM unnest(?1::uuid[], ?2::text[], ?3::text[], ?4::bigint[], ?5::bigint[])
    AS k (id, kind, key, priority, run_at))" +
                                   std::string(sql::kEnqueueConflict);
    return sql;
}

/// What others are changing at this moment is left to them.
std::string_view requeue_lost_sql() {
    static const std::string sql =
        std::string(sql::kRequeueLost) +
        " AND id IN (SELECT id FROM jobs WHERE state = 'running' AND lease_until <= ?2 "
        "FOR UPDATE SKIP LOCKED)";
    return sql;
}

constexpr std::string_view kClaim = R"(
WITH due AS MATERIALIZED (
    SELECT j.id FROM unnest(?1::text[]) AS k (kind) CROSS JOIN LATERAL (
        SELECT id, priority, run_at FROM jobs
        WHERE state = 'queued' AND jobs.kind = k.kind AND run_at <= ?2
        ORDER BY priority DESC, run_at, id LIMIT ?3 FOR UPDATE SKIP LOCKED) AS j
    WHERE NOT EXISTS (SELECT 1 FROM paused_kinds p WHERE p.kind = k.kind)
    ORDER BY j.priority DESC, j.run_at LIMIT ?3)
UPDATE jobs SET state = 'running', attempts = attempts + 1, lease = lease + 1, lease_until = ?4
FROM due WHERE jobs.id = due.id
RETURNING jobs.id, kind, key, attempts, lease, queued_at, priority, run_at)";
constexpr std::string_view kHeartbeat = R"(
WITH held AS MATERIALIZED (
    SELECT j.id FROM unnest(?1::uuid[], ?2::bigint[]) AS k (id, lease)
    JOIN jobs j ON j.id = k.id AND j.lease = k.lease AND j.state = 'running'
    ORDER BY j.kind, j.key FOR UPDATE OF j)
UPDATE jobs SET lease_until = ?3 FROM held WHERE jobs.id = held.id RETURNING jobs.id)";
constexpr std::string_view kFindHeld = R"(
SELECT j.attempts, j.again_priority, j.again_run_at, j.priority, j.queued_at, k.n
FROM unnest(?1::uuid[], ?2::bigint[]) WITH ORDINALITY AS k (id, lease, n)
JOIN jobs j ON j.id = k.id AND j.lease = k.lease AND j.state = 'running'
ORDER BY j.kind, j.key FOR UPDATE OF j)";
constexpr std::string_view kFinish = R"(
UPDATE jobs SET state = k.state, attempts = k.attempts, priority = k.priority,
    run_at = coalesce(k.run_at, jobs.run_at), queued_at = k.queued_at, lease_until = NULL,
    again_priority = NULL, again_run_at = NULL, finished_at = k.finished_at,
    error_code = k.error_code, error_message = k.error_message
FROM unnest(?1::uuid[], ?2::text[], ?3::bigint[], ?4::bigint[], ?5::bigint[], ?6::bigint[],
    ?7::bigint[], ?8::text[], ?9::text[])
    AS k (id, state, attempts, priority, run_at, queued_at, finished_at, error_code, error_message)
WHERE jobs.id = k.id)";

using JobName = std::tuple<std::string_view, std::string_view>;

struct Queued {
    int priority = 0;
    Timestamp run_at = {};
};

Result<void> write_ended(WriteContext& context, const std::map<JobId, sql::EndedJob>& jobs) {
    Array id(Element::Uuid);
    Array state(Element::Text);
    Array attempts(Element::Int64);
    Array priority(Element::Int64);
    Array run_at(Element::Int64);
    Array queued_at(Element::Int64);
    Array finished_at(Element::Int64);
    Array error_code(Element::Text);
    Array error_message(Element::Text);
    for (const auto& [job, ended] : jobs) {
        context.queued = context.queued || ended.due;
        id.add(job);
        state.add(format(ended.state));
        attempts.add(ended.attempts);
        priority.add(ended.priority);
        run_at.add(ended.run_at);
        queued_at.add(ended.queued_at);
        finished_at.add(ended.finished_at);
        error_code.add(ended.error_code);
        error_message.add(ended.error_message);
    }
    TRY(context.connection.run(kFinish, id.param(), state.param(), attempts.param(),
                               priority.param(), run_at.param(), queued_at.param(),
                               finished_at.param(), error_code.param(), error_message.param()));
    return {};
}

}  // namespace

Result<void> enqueue_many(WriteContext& context, const std::vector<JobSpec>& jobs) {
    // One statement may not meet a row twice: two of one key do together what one after the other
    // would.
    std::map<JobName, Queued> merged;
    for (const auto& job : jobs) {
        const Queued given = {.priority = job.priority, .run_at = job.run_at.value_or(context.now)};
        const auto [place, fresh] = merged.emplace(JobName(job.kind, job.key), given);
        if (!fresh) {
            place->second = {.priority = std::max(place->second.priority, given.priority),
                             .run_at = std::min(place->second.run_at, given.run_at)};
        }
    }
    if (merged.empty()) {
        return {};
    }
    Array id(Element::Uuid);
    Array kind(Element::Text);
    Array key(Element::Text);
    Array priority(Element::Int64);
    Array run_at(Element::Int64);
    for (const auto& [name, queued] : merged) {
        id.add(JobId::make());
        kind.add(std::get<0>(name));
        key.add(std::get<1>(name));
        priority.add(std::int64_t{queued.priority});
        run_at.add(queued.run_at);
    }
    TRY(context.connection.run(enqueue_sql(), id.param(), kind.param(), key.param(),
                               priority.param(), run_at.param(), context.now));
    context.queued = true;
    return {};
}

Result<void> PostgresQueue::enqueue(const std::vector<JobSpec>& jobs) {
    return writer_.call<void>([&](WriteContext& context) { return enqueue_many(context, jobs); });
}

Result<std::vector<LeasedJob>> PostgresQueue::claim(const std::vector<std::string>& kinds,
                                                    int limit, std::chrono::milliseconds lease) {
    Array asked(Element::Text);
    for (const auto& kind : kinds) {
        asked.add(kind);
    }
    Timestamp now;
    auto claimed = writer_.call<std::vector<LeasedJob>>(
        [&](WriteContext& context) -> Result<std::vector<LeasedJob>> {
            now = context.now;
            if (clock_watch_.went_back(now)) {
                TRY(sql::mend_times(context, lease));
            }
            TRY(context.connection.run(requeue_lost_sql(), context.now, context.now));
            std::vector<sql::DueJob> due;
            TRY(context.connection.each(
                kClaim,
                [&](const sql::Row& row) {
                    due.push_back({.job = {.id = row.id<JobId>(0),
                                           .kind = row.text(1),
                                           .key = row.text(2),
                                           .attempt = row.int32(3),
                                           .lease = row.int64(4),
                                           .queued_at = row.time(5),
                                           .run_at = row.time(7)},
                                   .priority = row.int32(6),
                                   .run_at = row.time(7)});
                },
                asked.param(), context.now, std::max(limit, 0), Timestamp(context.now + lease)));
            // The server gives them back in the order in which it found them.
            sql::keep_first(due, limit);
            std::vector<LeasedJob> jobs;
            jobs.reserve(due.size());
            for (auto& one : due) {
                jobs.push_back(std::move(one.job));
            }
            return jobs;
        });
    if (claimed) {
        clock_watch_.saw(now);
    }
    return claimed;
}

Result<std::vector<JobId>> PostgresQueue::heartbeat(const std::vector<LeasedJob>& jobs,
                                                    std::chrono::milliseconds lease) {
    Array id(Element::Uuid);
    Array leases(Element::Int64);
    for (const auto& job : jobs) {
        id.add(job.id);
        leases.add(job.lease);
    }
    return writer_.call<std::vector<JobId>>(
        [&](WriteContext& context) -> Result<std::vector<JobId>> {
            std::set<JobId> held;
            TRY(context.connection.each(
                kHeartbeat, [&](const sql::Row& row) { held.insert(row.id<JobId>(0)); }, id.param(),
                leases.param(), Timestamp(context.now + lease)));
            std::vector<JobId> lost;
            for (const auto& job : jobs) {
                if (!held.contains(job.id)) {
                    lost.push_back(job.id);
                }
            }
            return lost;
        });
}

Result<std::vector<JobId>> PostgresQueue::finish(const std::vector<JobEnding>& endings) {
    Array id(Element::Uuid);
    Array leases(Element::Int64);
    for (const auto& ending : endings) {
        TRY(sql::check_ending(ending));
        id.add(ending.id);
        leases.add(ending.lease);
    }
    return writer_.call<std::vector<JobId>>(
        [&](WriteContext& context) -> Result<std::vector<JobId>> {
            std::map<std::size_t, sql::HeldJob> held;
            TRY(context.connection.each(
                kFindHeld,
                [&](const sql::Row& row) {
                    held[static_cast<std::size_t>(row.int64(5) - 1)] = sql::to_held_job(row);
                },
                id.param(), leases.param()));
            std::vector<JobId> lost;
            std::map<JobId, sql::EndedJob> ended;
            for (std::size_t i = 0; i < endings.size(); ++i) {
                const auto& ending = endings[i];
                const auto row = held.find(i);
                // The second ending of a job comes too late.
                if (row == held.end() || ended.contains(ending.id)) {
                    lost.push_back(ending.id);
                    continue;
                }
                ended[ending.id] = sql::end_of(row->second, ending, context.now);
            }
            if (!ended.empty()) {
                TRY(write_ended(context, ended));
            }
            return lost;
        });
}

}  // namespace oidor::store::postgres

#include "store/sql/queue.hpp"

#include <algorithm>

namespace oidor::store::sql {

// What becomes of a row that is there already: one per (kind, key). A running one remembers that it
// is to run again; a waiting one keeps the earlier time and the higher priority; any other begins
// afresh. A waiting one that gains nothing is not written.
constexpr std::string_view kEnqueueConflict = R"(
ON CONFLICT (kind, key) DO UPDATE SET
    state = CASE jobs.state WHEN 'running' THEN 'running' ELSE 'queued' END,
    again_priority = CASE WHEN jobs.state <> 'running' THEN NULL
        WHEN jobs.again_priority > excluded.priority THEN jobs.again_priority ELSE excluded.priority END,
    again_run_at = CASE WHEN jobs.state <> 'running' THEN NULL
        WHEN jobs.again_run_at < excluded.run_at THEN jobs.again_run_at ELSE excluded.run_at END,
    priority = CASE WHEN jobs.state = 'running' OR (jobs.state = 'queued' AND jobs.priority > excluded.priority)
        THEN jobs.priority ELSE excluded.priority END,
    run_at = CASE WHEN jobs.state = 'running' OR (jobs.state = 'queued' AND jobs.run_at < excluded.run_at)
        THEN jobs.run_at ELSE excluded.run_at END,
    queued_at = CASE WHEN jobs.state IN ('running', 'queued') THEN jobs.queued_at ELSE excluded.queued_at END,
    attempts = CASE WHEN jobs.state IN ('running', 'queued') THEN jobs.attempts ELSE 0 END,
    finished_at = NULL,
    error_code = CASE WHEN jobs.state IN ('running', 'queued') THEN jobs.error_code END,
    error_message = CASE WHEN jobs.state IN ('running', 'queued') THEN jobs.error_message END
WHERE jobs.state <> 'queued' OR jobs.run_at > excluded.run_at OR jobs.priority < excluded.priority)";

// A lost lease: the attempt stays counted, and a request to run again is met by this run.
constexpr std::string_view kRequeueLost = R"(
UPDATE jobs SET state = 'queued', lease_until = NULL,
    priority = CASE WHEN again_priority > priority THEN again_priority ELSE priority END,
    run_at = CASE WHEN again_run_at < run_at THEN again_run_at ELSE run_at END,
    again_priority = NULL, again_run_at = NULL
WHERE state = 'running' AND lease_until <= ?)";

namespace {

/// Clocks of computers that share a database differ by less.
constexpr std::chrono::seconds kClocksDiffer{1};
/// A lease that is to end later than this from now was given by a clock that was ahead.
constexpr std::chrono::milliseconds kLeaseUsual = std::chrono::seconds(10);

// A running one goes back to the queue with its times when its lease is lost.
constexpr std::string_view kMendQueued =
    "UPDATE jobs SET run_at = run_at - (queued_at - ?1), "
    "again_run_at = again_run_at - (queued_at - ?1), queued_at = ?1 "
    "WHERE state IN ('queued', 'running') AND queued_at > ?1";
constexpr std::string_view kMendLeased =
    "UPDATE jobs SET lease_until = ?1 WHERE state = 'running' AND lease_until > ?2";

std::string_view enqueue_sql() {
    static const std::string sql =
        std::string(
            "INSERT INTO jobs (id, kind, key, state, priority, run_at, queued_at, attempts, lease) "
            "VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?6, 0, 0)") +
        std::string(kEnqueueConflict);
    return sql;
}

constexpr std::string_view kNextPriority =
    "SELECT max(priority) FROM jobs WHERE state = 'queued' AND kind = ? AND priority <= ?";

/// Each part reads one partial index, none the rows that are done. Grouped by the kind as it
/// stands, SQLite would walk the index of all jobs, which has it in order.
constexpr std::string_view kCountJobs = R"(
SELECT kind, state, count(*) FROM jobs WHERE state = 'queued' GROUP BY kind, state
UNION ALL
SELECT kind || '', state, count(*) FROM jobs WHERE state = 'running' AND lease_until > 0
GROUP BY kind || '', state
UNION ALL
SELECT kind, state, count(*) FROM jobs
WHERE state = 'dead' OR state = 'skipped' OR state = 'discarded' GROUP BY kind, state
ORDER BY 1, 2)";

JobRow to_job_row(const Row& row) {
    return {.id = row.id<JobId>(0),
            .kind = row.text(1),
            .key = row.text(2),
            .state = parse_job_state(row.view(3)).value_or(JobState::Queued),
            .attempts = row.int32(4),
            .priority = row.int32(5),
            .run_at = row.time(6),
            .queued_at = row.time(7),
            .finished_at = row.optional_time(8),
            .error_code = row.optional_text(9),
            .error_message = row.optional_text(10)};
}

/// The state of a job that an operator means to change.
Result<JobState> get_state(WriteContext& context, JobId id) {
    std::optional<JobState> state;
    TRY(context.connection.first(
        fmt::format("SELECT state FROM jobs WHERE id = ?{}", context.connection.lock_clause()),
        [&](const Row& row) { state = parse_job_state(row.view(0)); }, id));
    if (!state) {
        return fail(ErrorCode::NotFound, "job {}: there is none", id.text());
    }
    return *state;
}

}  // namespace

Result<std::optional<int>> next_priority(Connection& connection, const std::string& kind,
                                         std::int64_t at_most) {
    std::optional<int> found;
    TRY(connection.first(
        kNextPriority,
        [&](const Row& row) {
            if (const auto priority = row.optional_int64(0)) {
                found = static_cast<int>(*priority);
            }
        },
        kind, at_most));
    return found;
}

Result<bool> is_paused(Connection& connection, const std::string& kind) {
    return connection.first(
        "SELECT 1 FROM paused_kinds WHERE kind = ?", [](const Row&) {}, kind);
}

Result<void> enqueue_job(WriteContext& context, std::string_view kind, std::string_view key,
                         int priority, Timestamp run_at) {
    TRY(context.connection.run(enqueue_sql(), JobId::make(), kind, key, priority, run_at,
                               context.now));
    context.queued = true;
    return {};
}

Result<void> enqueue_jobs(WriteContext& context, const std::vector<JobSpec>& jobs) {
    for (const auto& job : jobs) {
        TRY(enqueue_job(context, job.kind, job.key, job.priority,
                        job.run_at.value_or(context.now)));
    }
    return {};
}

void keep_first(std::vector<DueJob>& due, int limit) {
    std::ranges::stable_sort(due, [](const DueJob& left, const DueJob& right) {
        return left.priority != right.priority ? left.priority > right.priority
                                               : left.run_at < right.run_at;
    });
    due.resize(std::min(due.size(), static_cast<std::size_t>(std::max(limit, 0))));
}

bool ClockWatch::went_back(Timestamp now) const {
    return now.time_since_epoch().count() <
           seen_.load() - std::chrono::microseconds(kClocksDiffer).count();
}

Result<void> mend_times(WriteContext& context, std::chrono::milliseconds lease) {
    const auto now = context.now;
    const auto until = now + std::max(lease, kLeaseUsual);
    TRY(context.connection.run(kMendQueued, now));
    TRY(context.connection.run(kMendLeased, Timestamp(until), Timestamp(until + kClocksDiffer)));
    return {};
}

HeldJob to_held_job(const Row& row) {
    return {.attempts = row.int64(0),
            .again_priority = row.optional_int64(1),
            .again_run_at = row.optional_time(2),
            .priority = row.int64(3),
            .queued_at = row.time(4)};
}

Result<void> check_ending(const JobEnding& ending) {
    if (ending.state == JobState::Running) {
        return fail(ErrorCode::Invalid, "job {}: running is no ending", ending.id.text());
    }
    return {};
}

EndedJob end_of(const HeldJob& held, const JobEnding& ending, Timestamp now) {
    EndedJob ended = {.state = ending.state,
                      .attempts = held.attempts - (ending.count_attempt ? 0 : 1),
                      .priority = std::max(held.priority, std::int64_t{ending.priority}),
                      .run_at = ending.run_at,
                      .queued_at = held.queued_at,
                      .error_code = ending.error_code,
                      .error_message = ending.error_message};
    if (held.again_run_at) {
        // As if it had been queued just after this ending.
        if (ended.state == JobState::Queued) {
            ended.run_at = std::min(ended.run_at.value_or(now), *held.again_run_at);
            ended.priority = std::max(ended.priority, held.again_priority.value_or(ended.priority));
        } else {
            ended.state = JobState::Queued;
            ended.attempts = 0;
            ended.run_at = held.again_run_at;
            ended.priority = held.again_priority.value_or(ended.priority);
            ended.queued_at = now;
            ended.error_code = {};
            ended.error_message = {};
        }
    } else if (ended.state == JobState::Queued && !ended.run_at) {
        ended.run_at = now;
    }
    const bool waits = ended.state == JobState::Queued;
    ended.due = waits && *ended.run_at <= now;
    if (!waits) {
        ended.run_at = {};
        ended.finished_at = now;
    }
    return ended;
}

Result<std::vector<JobRow>> SqlQueue::list_jobs(std::optional<JobState> state,
                                                std::optional<std::string> kind,
                                                std::optional<JobId> after, int limit) const {
    std::string sql =
        "SELECT id, kind, key, state, attempts, priority, run_at, queued_at, finished_at, "
        "error_code, error_message FROM jobs WHERE id > ?";
    if (state) {
        // A literal, so that the index of that state serves.
        sql += fmt::format(" AND state = '{}'", format(*state));
    }
    const auto behind = after.value_or(JobId{});
    std::vector<Param> params = {to_param(behind)};
    if (kind) {
        sql += " AND kind = ?";
        params.push_back(to_param(*kind));
    }
    sql += " ORDER BY id LIMIT ?";
    params.push_back(to_param(std::clamp(limit, 1, 500)));
    return readers_.with([&](Connection& connection) -> Result<std::vector<JobRow>> {
        std::vector<JobRow> rows;
        TRY(connection.each_of(sql, params,
                               [&](const Row& row) { rows.push_back(to_job_row(row)); }));
        return rows;
    });
}

Result<std::vector<JobCount>> SqlQueue::count_jobs() const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<JobCount>> {
        std::vector<JobCount> counts;
        TRY(connection.each(kCountJobs, [&](const Row& row) {
            counts.push_back({.kind = row.text(0),
                              .state = parse_job_state(row.view(1)).value_or(JobState::Queued),
                              .count = row.int64(2)});
        }));
        return counts;
    });
}

Result<std::optional<Timestamp>> SqlQueue::next_due(const std::vector<std::string>& kinds) const {
    return readers_.with([&](Connection& connection) -> Result<std::optional<Timestamp>> {
        std::optional<Timestamp> next;
        const auto consider = [&](const Row& row) {
            const auto time = row.optional_time(0);
            if (time && (!next || *time < *next)) {
                next = time;
            }
        };
        for (const auto& kind : kinds) {
            TRY_ASSIGN(const bool paused, is_paused(connection, kind));
            if (paused) {
                continue;
            }
            const auto visited = each_priority(connection, kind, [&](int priority) -> Result<bool> {
                TRY(
                    connection.first("SELECT min(run_at) FROM jobs WHERE state = 'queued' "
                                     "AND kind = ? AND priority = ?",
                                     consider, kind, priority));
                return true;
            });
            TRY(visited);
        }
        return next;
    });
}

Result<void> SqlQueue::retry(JobId id) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const auto state, get_state(context, id));
        if (state != JobState::Dead && state != JobState::Skipped && state != JobState::Discarded) {
            return fail(ErrorCode::Conflict,
                        "job {}: it is {}; only dead, skipped or discarded "
                        "jobs are retried",
                        id.text(), format(state));
        }
        TRY(context.connection.run(
            "UPDATE jobs SET state = 'queued', attempts = 0, run_at = ?1, queued_at = ?1, "
            "finished_at = NULL, error_code = NULL, error_message = NULL WHERE id = ?2",
            context.now, id));
        context.queued = true;
        return {};
    });
}

Result<void> SqlQueue::discard(JobId id) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY_ASSIGN(const auto state, get_state(context, id));
        if (state != JobState::Queued && state != JobState::Dead) {
            return fail(ErrorCode::Conflict,
                        "job {}: it is {}; only queued or dead jobs are discarded", id.text(),
                        format(state));
        }
        TRY(context.connection.run(
            "UPDATE jobs SET state = 'discarded', finished_at = ? WHERE id = ?", context.now, id));
        return {};
    });
}

Result<void> SqlQueue::pause(const std::string& kind) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run(
            "INSERT INTO paused_kinds (kind, paused_at) VALUES (?, ?) ON CONFLICT DO NOTHING", kind,
            context.now));
        return {};
    });
}

Result<void> SqlQueue::resume(const std::string& kind) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run("DELETE FROM paused_kinds WHERE kind = ?", kind));
        context.queued = true;
        return {};
    });
}

Result<std::vector<std::string>> SqlQueue::list_paused() const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<std::string>> {
        std::vector<std::string> kinds;
        TRY(connection.each("SELECT kind FROM paused_kinds ORDER BY kind",
                            [&](const Row& row) { kinds.push_back(row.text(0)); }));
        return kinds;
    });
}

}  // namespace oidor::store::sql

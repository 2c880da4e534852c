#include "store/sqlite/queue.hpp"

#include <algorithm>
#include <limits>

namespace oidor::store::sqlite {
namespace {

// One row per (kind, key). A running one remembers that it is to run again; a waiting one keeps the
// earlier time and the higher priority; any other begins afresh. A waiting one that gains nothing
// is not written.
constexpr std::string_view kEnqueue = R"(
INSERT INTO jobs (id, kind, key, state, priority, run_at, queued_at, attempts, lease)
VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?6, 0, 0)
ON CONFLICT (kind, key) DO UPDATE SET
    state = iif(state = 'running', 'running', 'queued'),
    again_priority = iif(state = 'running', max(coalesce(again_priority, excluded.priority), excluded.priority), NULL),
    again_run_at = iif(state = 'running', min(coalesce(again_run_at, excluded.run_at), excluded.run_at), NULL),
    priority = CASE state WHEN 'running' THEN priority
                          WHEN 'queued' THEN max(priority, excluded.priority) ELSE excluded.priority END,
    run_at = CASE state WHEN 'running' THEN run_at
                        WHEN 'queued' THEN min(run_at, excluded.run_at) ELSE excluded.run_at END,
    queued_at = iif(state IN ('running', 'queued'), queued_at, excluded.queued_at),
    attempts = iif(state IN ('running', 'queued'), attempts, 0),
    finished_at = NULL,
    error_code = iif(state IN ('running', 'queued'), error_code, NULL),
    error_message = iif(state IN ('running', 'queued'), error_message, NULL)
WHERE state <> 'queued' OR run_at > excluded.run_at OR priority < excluded.priority)";

// A lost lease: the attempt stays counted, and a request to run again is met by this run.
constexpr std::string_view kRequeueLost = R"(
UPDATE jobs SET state = 'queued', lease_until = NULL,
    priority = max(priority, coalesce(again_priority, priority)),
    run_at = min(run_at, coalesce(again_run_at, run_at)),
    again_priority = NULL, again_run_at = NULL
WHERE state = 'running' AND lease_until <= ?)";

constexpr std::string_view kNextPriority =
    "SELECT max(priority) FROM jobs WHERE state = 'queued' AND kind = ? AND priority <= ?";
constexpr std::string_view kDue = R"(
SELECT id, key, attempts, lease, queued_at, run_at FROM jobs
WHERE state = 'queued' AND kind = ? AND priority = ? AND run_at <= ? ORDER BY run_at, id LIMIT ?)";
constexpr std::string_view kClaim =
    "UPDATE jobs SET state = 'running', attempts = ?, lease = ?, lease_until = ? WHERE id = ?";
constexpr std::string_view kFindLease =
    "SELECT attempts, again_priority, again_run_at, priority, queued_at FROM jobs "
    "WHERE id = ? AND lease = ? AND state = 'running'";
constexpr std::string_view kFinish = R"(
UPDATE jobs SET state = ?, attempts = ?, priority = ?, run_at = coalesce(?, run_at), queued_at = ?,
    lease_until = NULL, again_priority = NULL, again_run_at = NULL,
    finished_at = ?, error_code = ?, error_message = ? WHERE id = ?)";

/// A due job with what orders it.
struct Candidate {
    LeasedJob job = {};
    int priority = 0;
    Timestamp run_at = {};
};

/// Priorities of a kind's waiting jobs, highest first; there are few.
template <typename Visit>
Result<void> each_priority(Connection& connection, const std::string& kind, Visit&& visit) {
    std::int64_t at_most = std::numeric_limits<int>::max();
    while (true) {
        std::optional<std::int64_t> found;
        TRY(connection.first(
            kNextPriority, [&](const Row& row) { found = row.optional_int64(0); }, kind, at_most));
        if (!found) {
            return {};
        }
        TRY_ASSIGN(const bool go_on, visit(static_cast<int>(*found)));
        if (!go_on) {
            return {};
        }
        at_most = *found - 1;
    }
}

Result<bool> is_paused(Connection& connection, const std::string& kind) {
    return connection.first(
        "SELECT 1 FROM paused_kinds WHERE kind = ?", [](const Row&) {}, kind);
}

Result<void> find_due(WriteContext& context, const std::string& kind, int limit,
                      std::vector<Candidate>& due) {
    TRY_ASSIGN(const bool paused, is_paused(context.connection, kind));
    if (paused) {
        return {};
    }
    int left = limit;
    return each_priority(context.connection, kind, [&](int priority) -> Result<bool> {
        TRY(context.connection.each(
            kDue,
            [&](const Row& row) {
                --left;
                due.push_back({.job = {.id = row.id<JobId>(0),
                                       .kind = kind,
                                       .key = row.text(1),
                                       .attempt = row.int32(2) + 1,
                                       .lease = row.int64(3) + 1,
                                       .queued_at = row.time(4)},
                               .priority = priority,
                               .run_at = row.time(5)});
            },
            kind, priority, context.now, left));
        return left > 0;
    });
}

/// What a leased job's row says when it ends.
struct Lease {
    int attempts = 0;
    std::optional<std::int64_t> again_priority = {};
    std::optional<Timestamp> again_run_at = {};
    std::int64_t priority = 0;
    Timestamp queued_at = {};
};

/// Ends one job; false when its lease is lost.
Result<bool> finish_one(WriteContext& context, const JobEnding& ending) {
    Lease lease;
    TRY_ASSIGN(const bool held, context.connection.first(
                                    kFindLease,
                                    [&](const Row& row) {
                                        lease = {.attempts = row.int32(0),
                                                 .again_priority = row.optional_int64(1),
                                                 .again_run_at = row.optional_time(2),
                                                 .priority = row.int64(3),
                                                 .queued_at = row.time(4)};
                                    },
                                    ending.id, ending.lease));
    if (!held) {
        return false;
    }
    auto state = ending.state;
    int attempts = lease.attempts - (ending.count_attempt ? 0 : 1);
    auto run_at = ending.run_at;
    auto priority = lease.priority;
    auto queued_at = lease.queued_at;
    bool keep_error = true;
    if (lease.again_run_at) {
        // As if it had been queued just after this ending.
        if (state == JobState::Queued) {
            run_at = std::min(run_at.value_or(context.now), *lease.again_run_at);
            priority = std::max(priority, lease.again_priority.value_or(priority));
        } else {
            state = JobState::Queued;
            attempts = 0;
            run_at = lease.again_run_at;
            priority = lease.again_priority.value_or(priority);
            queued_at = context.now;
            keep_error = false;
        }
    } else if (state == JobState::Queued && !run_at) {
        run_at = context.now;
    }
    const bool waits = state == JobState::Queued;
    context.queued = context.queued || (waits && *run_at <= context.now);
    const auto finished_at = waits ? std::nullopt : std::optional(context.now);
    TRY(context.connection.run(kFinish, format(state), attempts, priority,
                               waits ? run_at : std::nullopt, queued_at, finished_at,
                               keep_error ? ending.error_code : std::nullopt,
                               keep_error ? ending.error_message : std::nullopt, ending.id));
    return true;
}

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
        "SELECT state FROM jobs WHERE id = ?",
        [&](const Row& row) { state = parse_job_state(row.view(0)); }, id));
    if (!state) {
        return fail(ErrorCode::NotFound, "job {}: there is none", id.text());
    }
    return *state;
}

}  // namespace

Result<void> enqueue_job(WriteContext& context, std::string_view kind, std::string_view key,
                         int priority, Timestamp run_at) {
    TRY(context.connection.run(kEnqueue, JobId::make(), kind, key, priority, run_at, context.now));
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

Result<void> SqliteQueue::enqueue(const std::vector<JobSpec>& jobs) {
    return writer_.call<void>([&](WriteContext& context) { return enqueue_jobs(context, jobs); });
}

Result<std::vector<LeasedJob>> SqliteQueue::claim(const std::vector<std::string>& kinds, int limit,
                                                  std::chrono::milliseconds lease) {
    return writer_.call<std::vector<LeasedJob>>(
        [&](WriteContext& context) -> Result<std::vector<LeasedJob>> {
            TRY(context.connection.run(kRequeueLost, context.now));
            std::vector<Candidate> due;
            for (const auto& kind : kinds) {
                TRY(find_due(context, kind, limit, due));
            }
            std::ranges::stable_sort(due, [](const Candidate& left, const Candidate& right) {
                return left.priority != right.priority ? left.priority > right.priority
                                                       : left.run_at < right.run_at;
            });
            due.resize(std::min(due.size(), static_cast<std::size_t>(std::max(limit, 0))));
            std::vector<LeasedJob> jobs;
            jobs.reserve(due.size());
            for (auto& candidate : due) {
                auto& job = candidate.job;
                TRY(context.connection.run(kClaim, job.attempt, job.lease,
                                           Timestamp(context.now + lease), job.id));
                jobs.push_back(std::move(job));
            }
            return jobs;
        });
}

Result<std::vector<JobId>> SqliteQueue::heartbeat(const std::vector<LeasedJob>& jobs,
                                                  std::chrono::milliseconds lease) {
    return writer_.call<std::vector<JobId>>(
        [&](WriteContext& context) -> Result<std::vector<JobId>> {
            std::vector<JobId> lost;
            for (const auto& job : jobs) {
                TRY_ASSIGN(const auto held, context.connection.run(
                                                "UPDATE jobs SET lease_until = ? WHERE id = ? "
                                                "AND lease = ? AND state = 'running'",
                                                Timestamp(context.now + lease), job.id, job.lease));
                if (held == 0) {
                    lost.push_back(job.id);
                }
            }
            return lost;
        });
}

Result<std::vector<JobId>> SqliteQueue::finish(const std::vector<JobEnding>& endings) {
    return writer_.call<std::vector<JobId>>(
        [&](WriteContext& context) -> Result<std::vector<JobId>> {
            std::vector<JobId> lost;
            for (const auto& ending : endings) {
                if (ending.state == JobState::Running) {
                    return fail(ErrorCode::Invalid, "job {}: running is no ending",
                                ending.id.text());
                }
                TRY_ASSIGN(const bool held, finish_one(context, ending));
                if (!held) {
                    lost.push_back(ending.id);
                }
            }
            return lost;
        });
}

Result<std::vector<JobRow>> SqliteQueue::list_jobs(std::optional<JobState> state,
                                                   std::optional<std::string> kind,
                                                   std::optional<JobId> after, int limit) const {
    std::string sql =
        "SELECT id, kind, key, state, attempts, priority, run_at, queued_at, finished_at, "
        "error_code, error_message FROM jobs WHERE id > ?";
    if (state) {
        // A literal, so that the index of that state serves.
        sql += fmt::format(" AND state = '{}'", format(*state));
    }
    sql += kind ? " AND kind = ?" : " AND ? = ''";
    sql += " ORDER BY id LIMIT ?";
    return readers_.with([&](Connection& connection) -> Result<std::vector<JobRow>> {
        std::vector<JobRow> rows;
        TRY(connection.each(
            sql, [&](const Row& row) { rows.push_back(to_job_row(row)); },
            Blob{after ? after->bytes() : std::string_view()}, kind.value_or(""),
            std::clamp(limit, 1, 500)));
        return rows;
    });
}

Result<std::vector<JobCount>> SqliteQueue::count_jobs() const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<JobCount>> {
        std::vector<JobCount> counts;
        TRY(connection.each(
            "SELECT kind, state, count(*) FROM jobs GROUP BY kind, state "
            "ORDER BY kind, state",
            [&](const Row& row) {
                counts.push_back({.kind = row.text(0),
                                  .state = parse_job_state(row.view(1)).value_or(JobState::Queued),
                                  .count = row.int64(2)});
            }));
        return counts;
    });
}

Result<std::optional<Timestamp>> SqliteQueue::next_due(
    const std::vector<std::string>& kinds) const {
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

Result<void> SqliteQueue::retry(JobId id) {
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

Result<void> SqliteQueue::discard(JobId id) {
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

Result<void> SqliteQueue::pause(const std::string& kind) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run(
            "INSERT INTO paused_kinds (kind, paused_at) VALUES (?, ?) ON CONFLICT DO NOTHING", kind,
            context.now));
        return {};
    });
}

Result<void> SqliteQueue::resume(const std::string& kind) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run("DELETE FROM paused_kinds WHERE kind = ?", kind));
        context.queued = true;
        return {};
    });
}

Result<std::vector<std::string>> SqliteQueue::list_paused() const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<std::string>> {
        std::vector<std::string> kinds;
        TRY(connection.each("SELECT kind FROM paused_kinds ORDER BY kind",
                            [&](const Row& row) { kinds.push_back(row.text(0)); }));
        return kinds;
    });
}

}  // namespace oidor::store::sqlite

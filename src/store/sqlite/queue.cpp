#include "store/sqlite/queue.hpp"

namespace oidor::store::sqlite {
namespace {

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

Result<void> find_due(WriteContext& context, const std::string& kind, int limit,
                      std::vector<sql::DueJob>& due) {
    TRY_ASSIGN(const bool paused, sql::is_paused(context.connection, kind));
    if (paused) {
        return {};
    }
    int left = limit;
    return sql::each_priority(context.connection, kind, [&](int priority) -> Result<bool> {
        TRY(context.connection.each(
            kDue,
            [&](const Row& row) {
                --left;
                due.push_back({.job = {.id = row.id<JobId>(0),
                                       .kind = kind,
                                       .key = row.text(1),
                                       .attempt = row.int32(2) + 1,
                                       .lease = row.int64(3) + 1,
                                       .queued_at = row.time(4),
                                       .run_at = row.time(5)},
                               .priority = priority,
                               .run_at = row.time(5)});
            },
            kind, priority, context.now, left));
        return left > 0;
    });
}

/// Ends one job; false when its lease is lost.
Result<bool> finish_one(WriteContext& context, const JobEnding& ending) {
    sql::HeldJob lease;
    TRY_ASSIGN(const bool held,
               context.connection.first(
                   kFindLease, [&](const Row& row) { lease = sql::to_held_job(row); }, ending.id,
                   ending.lease));
    if (!held) {
        return false;
    }
    const auto ended = sql::end_of(lease, ending, context.now);
    context.queued = context.queued || ended.due;
    TRY(context.connection.run(kFinish, format(ended.state), ended.attempts, ended.priority,
                               ended.run_at, ended.queued_at, ended.finished_at, ended.error_code,
                               ended.error_message, ending.id));
    return true;
}

}  // namespace

Result<void> SqliteQueue::enqueue(const std::vector<JobSpec>& jobs) {
    return writer_.call<void>(
        [&](WriteContext& context) { return sql::enqueue_jobs(context, jobs); });
}

Result<std::vector<LeasedJob>> SqliteQueue::claim(const std::vector<std::string>& kinds, int limit,
                                                  std::chrono::milliseconds lease) {
    Timestamp now;
    auto claimed = writer_.call<std::vector<LeasedJob>>(
        [&](WriteContext& context) -> Result<std::vector<LeasedJob>> {
            now = context.now;
            if (clock_watch_.went_back(context.now)) {
                TRY(sql::mend_times(context, lease));
            }
            TRY(context.connection.run(sql::kRequeueLost, context.now));
            std::vector<sql::DueJob> due;
            for (const auto& kind : kinds) {
                TRY(find_due(context, kind, limit, due));
            }
            sql::keep_first(due, limit);
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
    if (claimed) {
        clock_watch_.saw(now);
    }
    return claimed;
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
                TRY(sql::check_ending(ending));
                TRY_ASSIGN(const bool held, finish_one(context, ending));
                if (!held) {
                    lost.push_back(ending.id);
                }
            }
            return lost;
        });
}

}  // namespace oidor::store::sqlite

// The durable queue: one row per (kind, key), leased to workers, retried, set aside when it cannot
// be done.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"

namespace oidor::store {

/// `queued` (also while it waits for `run_at`), `running` (leased), `done`, `dead` (given up; an
/// operator may retry), `skipped` (not our kind or over a limit), `discarded` (by an operator).
enum class JobState { Queued, Running, Done, Dead, Skipped, Discarded };
std::string_view format(JobState state);
std::optional<JobState> parse_job_state(std::string_view text);

/// Work to do. (kind, key) is unique: enqueueing one that is queued changes nothing (an earlier
/// `run_at` and a higher priority win); one that is running is run again after it ends; one that is
/// done, skipped, dead or discarded is queued afresh with its attempts at zero.
struct JobSpec {
    std::string kind = {};
    std::string key = {};
    int priority = 0;                      ///< Higher first; then the earlier `run_at`.
    std::optional<Timestamp> run_at = {};  ///< Null: now.
    bool operator==(const JobSpec&) const = default;
};

/// A job leased to a worker.
struct LeasedJob {
    JobId id = {};
    std::string kind = {};
    std::string key = {};
    int attempt = 1;  ///< Counted attempts, this one included.
    std::int64_t lease =
        0;  ///< Number of this lease: a later lease makes what an earlier one says Conflict.
    Timestamp queued_at = {};
    Timestamp run_at = {};  ///< Its place in the queue.
};

/// A row as people see it.
struct JobRow {
    JobId id = {};
    std::string kind = {};
    std::string key = {};
    JobState state = JobState::Queued;
    int attempts = 0;
    int priority = 0;
    Timestamp run_at = {};
    Timestamp queued_at = {};
    std::optional<Timestamp> finished_at = {};
    std::optional<std::string> error_code = {};
    std::optional<std::string> error_message = {};
};

/// How many jobs of one kind are in one state.
struct JobCount {
    std::string kind = {};
    JobState state = JobState::Queued;
    std::int64_t count = 0;
};

/// How a leased job ended. A `Queued` ending goes back to the queue for `run_at`.
struct JobEnding {
    JobId id = {};
    std::int64_t lease = 0;
    JobState state = JobState::Done;
    std::optional<Timestamp> run_at = {};
    int priority = 0;  ///< At least this from now on; a higher one of its own stays.
    bool count_attempt = true;
    std::optional<std::string> error_code = {};
    std::optional<std::string> error_message = {};
};

/// Safe to call from many threads. Times come from the store's clock.
class Queue {
  public:
    virtual ~Queue() = default;

    virtual Result<void> enqueue(const std::vector<JobSpec>& jobs) = 0;
    /// Leases up to `limit` due jobs of `kinds`, by priority, then time; paused kinds and running
    /// keys are left out. A job whose lease ran out is due again, and the lost attempt is counted.
    virtual Result<std::vector<LeasedJob>> claim(const std::vector<std::string>& kinds, int limit,
                                                 std::chrono::milliseconds lease) = 0;
    /// Prolongs leases; gives back those that are lost (the worker must stop that work).
    virtual Result<std::vector<JobId>> heartbeat(const std::vector<LeasedJob>& jobs,
                                                 std::chrono::milliseconds lease) = 0;
    /// Ends leased jobs, all in one transaction. A job whose lease is lost is left alone and its id
    /// given back.
    virtual Result<std::vector<JobId>> finish(const std::vector<JobEnding>& endings) = 0;

    [[nodiscard]] virtual Result<std::vector<JobRow>> list_jobs(std::optional<JobState> state,
                                                                std::optional<std::string> kind,
                                                                std::optional<JobId> after,
                                                                int limit) const = 0;
    /// Those that wait, run or were set aside. Done ones, which are most of a store that has run
    /// for years, are not counted: it takes as long as there is work, not as there has been.
    [[nodiscard]] virtual Result<std::vector<JobCount>> count_jobs() const = 0;
    /// When the next queued job of these kinds is due; null when none is waiting.
    [[nodiscard]] virtual Result<std::optional<Timestamp>> next_due(
        const std::vector<std::string>& kinds) const = 0;
    /// Dead, skipped or discarded jobs go back to the queue. NotFound, Conflict when it is in
    /// another state.
    virtual Result<void> retry(JobId id) = 0;
    /// Sets a queued or dead job aside for good. NotFound, Conflict when it is in another state.
    virtual Result<void> discard(JobId id) = 0;
    virtual Result<void> pause(const std::string& kind) = 0;
    virtual Result<void> resume(const std::string& kind) = 0;
    [[nodiscard]] virtual Result<std::vector<std::string>> list_paused() const = 0;
};

}  // namespace oidor::store

// The queue's rows: what every backend does with them alike.
#pragma once

#include <atomic>
#include <limits>
#include <string_view>

#include "store/queue.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// The end of an INSERT into `jobs`, and the UPDATE that takes back what a lost worker held.
extern const std::string_view kEnqueueConflict;
extern const std::string_view kRequeueLost;

/// Queues jobs inside somebody's write (JobSpec tells how), and notes that others are to be woken.
Result<void> enqueue_jobs(WriteContext& context, const std::vector<JobSpec>& jobs);
/// The same for one job, without building a JobSpec: the inbox' path.
Result<void> enqueue_job(WriteContext& context, std::string_view kind, std::string_view key,
                         int priority, Timestamp run_at);

/// A due job with what orders it.
struct DueJob {
    LeasedJob job = {};
    int priority = 0;
    Timestamp run_at = {};
};
/// By priority, then time; no more than `limit`.
void keep_first(std::vector<DueJob>& due, int limit);

/// What a leased job's row says when it ends: attempts, again_priority, again_run_at, priority,
/// queued_at.
struct HeldJob {
    std::int64_t attempts = 0;
    std::optional<std::int64_t> again_priority = {};
    std::optional<Timestamp> again_run_at = {};
    std::int64_t priority = 0;
    Timestamp queued_at = {};
};
HeldJob to_held_job(const Row& row);

/// What is to be written of a job that ended.
struct EndedJob {
    JobState state = JobState::Done;
    std::int64_t attempts = 0;
    std::int64_t priority = 0;
    std::optional<Timestamp> run_at = {};  ///< Null: as it is.
    Timestamp queued_at = {};
    std::optional<Timestamp> finished_at = {};
    std::optional<std::string> error_code = {};
    std::optional<std::string> error_message = {};
    bool due = false;  ///< It waits again, and others are to be woken.
};
/// Invalid for what is no ending.
Result<void> check_ending(const JobEnding& ending);
EndedJob end_of(const HeldJob& held, const JobEnding& ending, Timestamp now);

/// Notices a clock that was set back. Safe to call from many threads.
class ClockWatch {
  public:
    /// True before anything was seen, and when `now` lies before what was.
    [[nodiscard]] bool went_back(Timestamp now) const;
    /// Once what a step back calls for is written.
    void saw(Timestamp now) { seen_ = now.time_since_epoch().count(); }

  private:
    std::atomic<std::int64_t> seen_ = std::numeric_limits<std::int64_t>::max();
};
/// What was queued and leased by a clock that was ahead would wait until that time comes again:
/// jobs keep their pause from now on, leases end as one given now.
Result<void> mend_times(WriteContext& context, std::chrono::milliseconds lease);

Result<bool> is_paused(Connection& connection, const std::string& kind);
/// The highest priority of a kind's waiting jobs that is no higher than this.
Result<std::optional<int>> next_priority(Connection& connection, const std::string& kind,
                                         std::int64_t at_most);

/// Calls `visit(priority)`, which gives a Result<bool> (whether to go on), with the priorities of
/// a kind's waiting jobs, highest first; there are few.
template <typename Visit>
Result<void> each_priority(Connection& connection, const std::string& kind, Visit&& visit) {
    std::int64_t at_most = std::numeric_limits<int>::max();
    while (true) {
        TRY_ASSIGN(const auto priority, next_priority(connection, kind, at_most));
        if (!priority) {
            return {};
        }
        TRY_ASSIGN(const bool go_on, visit(*priority));
        if (!go_on) {
            return {};
        }
        at_most = std::int64_t{*priority} - 1;
    }
}

/// The queue without what a backend does in its own way.
class SqlQueue : public Queue {
  public:
    SqlQueue(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

    [[nodiscard]] Result<std::vector<JobRow>> list_jobs(std::optional<JobState> state,
                                                        std::optional<std::string> kind,
                                                        std::optional<JobId> after,
                                                        int limit) const override;
    [[nodiscard]] Result<std::vector<JobCount>> count_jobs() const override;
    [[nodiscard]] Result<std::optional<Timestamp>> next_due(
        const std::vector<std::string>& kinds) const override;
    Result<void> retry(JobId id) override;
    Result<void> discard(JobId id) override;
    Result<void> pause(const std::string& kind) override;
    Result<void> resume(const std::string& kind) override;
    [[nodiscard]] Result<std::vector<std::string>> list_paused() const override;

  protected:
    Writer& writer_;
    Readers& readers_;
    ClockWatch clock_watch_ = {};
};

}  // namespace oidor::store::sql

// The worker pool: takes due jobs from the store's queue, runs their handlers, and decides their
// fate by error code.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

namespace oidor::jobs {

/// What a handler may use of its job. `stop` is asked for when the pool stops or the lease is lost:
/// return Cancelled.
struct JobContext {
    store::LeasedJob job = {};
    std::stop_token stop = {};
};

using Handler = std::function<Result<void>(const JobContext&)>;

/// How one kind of job is run.
struct KindOptions {
    Handler handler = {};
    int attempts_max = 20;
    std::chrono::milliseconds back_off_first = std::chrono::seconds(1);
    std::chrono::milliseconds back_off_max = std::chrono::minutes(10);
    int concurrency =
        0;  ///< Jobs of this kind at a time in this process; 0: as many as there are threads.
    /// Pause before the next attempt, when the kind has its own rule (Anura's fetch delays); null:
    /// the back-off.
    std::function<std::optional<std::chrono::milliseconds>(const store::LeasedJob&, const Error&)>
        delay = {};
    /// While this gives a moment that is still to come, no job of this kind is begun, and one that
    /// has to wait keeps its place in the queue. Called from the pool's threads; may be null.
    std::function<std::optional<Timestamp>()> closed_until = {};
    /// Called when a job of this kind is given up (dead or skipped), before that is written. May be
    /// null.
    std::function<Result<void>(const JobContext&, const Error&)> given_up = {};
};

/// How many jobs run at a time, and for how long they are leased before another process may go on.
struct PoolOptions {
    int threads = 2;
    std::chrono::milliseconds lease = std::chrono::seconds(10);
    std::chrono::milliseconds poll_every =
        std::chrono::seconds(1);  ///< Finds jobs that other processes queued.
    int claim_batch = 16;
};

/// Owns its threads. `start` and `stop` pair up; stop without start and stop twice are fine.
/// Another process goes on with the jobs of a killed one within `lease` + `poll_every`. `start`
/// sets the store's `on_queued`, `stop` takes it back; of two pools over one store only the last
/// hears of new jobs at once, the other finds them by polling.
class WorkerPool {
  public:
    WorkerPool(store::Store& store, const Clock& clock, PoolOptions options);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Before `start`.
    void add_kind(const std::string& kind, KindOptions options);
    void start();
    /// Lets running handlers end until the deadline, then asks them to stop; unfinished jobs go
    /// back to the queue.
    void stop(Deadline deadline);
    /// Wakes the pool: jobs were queued. Any thread.
    void wake();

    /// What happened to a job, for telemetry: called from the pool's threads.
    struct Outcome {
        store::LeasedJob job = {};
        store::JobState state = store::JobState::Done;
        std::optional<Error> error = {};
        std::chrono::microseconds duration = {};
        std::chrono::microseconds waited = {};  ///< Since it was queued.
        bool lease_lost = false;                ///< Somebody else has it: `state` was not written.
    };
    void on_outcome(std::function<void(const Outcome&)> observer);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace oidor::jobs

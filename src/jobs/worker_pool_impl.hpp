// The worker pool's insides: what its threads share, and its loops.
//
// Threads: one claims, some work, one writes endings, one prolongs leases. `shared_` is reached
// with `mutex_` held.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "jobs/worker_pool.hpp"

namespace oidor::jobs {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

/// Batches shrink when one takes longer than this to be begun, so that jobs do not wait here while
/// another process is idle.
constexpr auto kBatchWaitMax = milliseconds(100);

/// One lease of a job: a lost one may be claimed again by this very pool.
using LeaseKey = std::pair<JobId, std::int64_t>;

/// A job of ours: leased, not ended in the store yet.
struct Held {
    store::LeasedJob job = {};
    std::stop_source stop = {};
    bool lost = false;  ///< Its lease is somebody else's.
};

/// What the threads share.
struct Shared {
    std::deque<LeaseKey> ready = {};     ///< Claimed, not begun.
    std::map<LeaseKey, Held> held = {};  ///< Ready, running or ending.
    std::map<std::string, int> held_by_kind = {};
    std::vector<store::JobEnding> endings = {};
    int running = 0;
    int batch = 1;
    SteadyClock::time_point claimed_at = {};
    bool woken = false;
    bool started = false;
    bool stopping = false;       ///< Nothing is claimed or begun any more.
    bool workers_ended = false;  ///< No ending comes any more.
};

class WorkerPool::Impl {
  public:
    Impl(store::Store& store, const Clock& clock, PoolOptions options)
        : store_(store), clock_(clock), options_(options) {}
    ~Impl() { stop(Deadline::after(milliseconds(0))); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void add_kind(const std::string& kind, KindOptions options) {
        kinds_.insert_or_assign(kind, std::move(options));
    }
    void on_outcome(std::function<void(const Outcome&)> observer) {
        observer_ = std::move(observer);
    }
    void start();
    void stop(Deadline deadline);
    void wake();

  private:
    void claim_loop();
    void work_loop();
    void finish_loop();
    void heartbeat_loop();

    bool wants_more(const Shared& shared) const;
    [[nodiscard]] bool is_closed(const KindOptions& kind) const;
    std::vector<std::pair<std::vector<std::string>, int>> plan_claims(const Shared& shared) const;
    /// Claims what there is room for; false when nothing was due.
    bool claim_some();
    milliseconds idle_pause() const;
    void take_over(std::vector<store::LeasedJob> jobs);
    void run_job(const Held& held);
    Result<void> run_handler(const KindOptions& kind, const JobContext& context) const;
    store::JobEnding decide(const KindOptions& kind, const JobContext& context,
                            const Result<void>& result);
    void end_job(store::JobEnding ending);
    void let_go(const std::vector<store::JobEnding>& endings);
    void lose(const std::vector<store::LeasedJob>& jobs, const std::vector<JobId>& lost);
    double jitter_ratio();

    store::Store& store_;
    const Clock& clock_;
    const PoolOptions options_;
    std::map<std::string, KindOptions> kinds_ = {};
    std::function<void(const Outcome&)> observer_ = {};

    mutable std::mutex mutex_ = {};
    std::condition_variable claim_ready_ = {};
    std::condition_variable work_ready_ = {};
    std::condition_variable finish_ready_ = {};
    std::condition_variable heartbeat_ready_ = {};
    std::condition_variable ended_ = {};
    Shared shared_ = {};
    std::mutex random_mutex_ = {};
    std::mt19937_64 random_{std::random_device{}()};
    std::vector<std::jthread> workers_ = {};
    std::jthread claimer_ = {};
    std::vector<std::jthread> keepers_ = {};
};

}  // namespace oidor::jobs

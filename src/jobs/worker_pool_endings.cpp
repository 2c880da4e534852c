// Endings and leases of the worker pool: what workers leave, and what is still theirs.
#include <algorithm>

#include "base/failpoint.hpp"
#include "jobs/worker_pool_impl.hpp"

namespace oidor::jobs {

// ---- Ending

void WorkerPool::Impl::end_job(store::JobEnding ending) {
    {
        const std::lock_guard lock(mutex_);
        shared_.endings.push_back(std::move(ending));
    }
    finish_ready_.notify_one();
}

void WorkerPool::Impl::finish_loop() {
    std::vector<store::JobEnding> endings;
    while (true) {
        {
            std::unique_lock lock(mutex_);
            finish_ready_.wait(lock,
                               [&] { return shared_.workers_ended || !shared_.endings.empty(); });
            if (shared_.endings.empty()) {
                return;
            }
            endings.swap(shared_.endings);
        }
        // Jobs that ended while the last batch was written share this transaction. A store that
        // fails is asked again: the work is done, and its leases are kept meanwhile. At the end of
        // the pool what is left runs again elsewhere, harmlessly.
        const auto finish = [&]() -> Result<void> {
            TRY(fail_at<Failpoint::jobs_finish_before>());
            TRY(store_.queue().finish(endings));
            return {};
        };
        while (!finish()) {
            std::unique_lock lock(mutex_);
            if (finish_ready_.wait_for(lock, options_.poll_every,
                                       [&] { return shared_.workers_ended; })) {
                break;
            }
        }
        pass<Failpoint::jobs_finish_after>();
        let_go(endings);
        endings.clear();
    }
}

void WorkerPool::Impl::let_go(const std::vector<store::JobEnding>& endings) {
    bool room = false;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& ending : endings) {
            const auto held = shared_.held.find({ending.id, ending.lease});
            if (held == shared_.held.end()) {
                continue;
            }
            const auto count = shared_.held_by_kind.find(held->second.job.kind);
            room = room || kinds_.at(held->second.job.kind).concurrency > 0;
            if (--count->second == 0) {
                shared_.held_by_kind.erase(count);
            }
            shared_.held.erase(held);
        }
        shared_.woken = shared_.woken || room;
    }
    if (room) {
        claim_ready_.notify_one();
    }
}

// ---- Keeping leases

void WorkerPool::Impl::heartbeat_loop() {
    while (true) {
        std::vector<store::LeasedJob> jobs;
        {
            std::unique_lock lock(mutex_);
            heartbeat_ready_.wait_for(lock, options_.lease / 3,
                                      [&] { return shared_.workers_ended; });
            if (shared_.workers_ended) {
                return;
            }
            for (const auto& [key, held] : shared_.held) {
                if (!held.lost) {
                    jobs.push_back(held.job);
                }
            }
        }
        if (jobs.empty() || !fail_at<Failpoint::jobs_heartbeat_before>()) {
            continue;
        }
        const auto lost = store_.queue().heartbeat(jobs, options_.lease);
        if (lost && !lost->empty()) {
            lose(jobs, *lost);
        }
    }
}

void WorkerPool::Impl::lose(const std::vector<store::LeasedJob>& jobs,
                            const std::vector<JobId>& lost) {
    std::vector<std::stop_source> stops;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& job : jobs) {
            const auto held = shared_.held.find({job.id, job.lease});
            if (held != shared_.held.end() && std::ranges::count(lost, job.id) > 0) {
                held->second.lost = true;
                stops.push_back(held->second.stop);
            }
        }
    }
    // Outside the lock: a handler's stop callback runs here.
    for (auto& source : stops) {
        source.request_stop();
    }
}

}  // namespace oidor::jobs

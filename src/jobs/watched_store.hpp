// For tests: a store that lets one wait for the pool's heartbeats, and fail its endings.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "store/store.hpp"

namespace oidor::jobs {

/// Passes everything on to a queue; counts heartbeats; fails as many `finish` calls as it is told.
class WatchedQueue final : public store::Queue {
  public:
    explicit WatchedQueue(store::Queue& queue) : queue_(queue) {}

    Result<void> enqueue(const std::vector<store::JobSpec>& jobs) override {
        return queue_.enqueue(jobs);
    }
    Result<std::vector<store::LeasedJob>> claim(const std::vector<std::string>& kinds, int limit,
                                                std::chrono::milliseconds lease) override {
        return queue_.claim(kinds, limit, lease);
    }
    Result<std::vector<JobId>> heartbeat(const std::vector<store::LeasedJob>& jobs,
                                         std::chrono::milliseconds lease) override {
        auto lost = queue_.heartbeat(jobs, lease);
        const std::lock_guard lock(mutex_);
        ++heartbeats_;
        beaten_.notify_all();
        return lost;
    }
    Result<std::vector<JobId>> finish(const std::vector<store::JobEnding>& endings) override {
        if (finish_failures > 0) {
            --finish_failures;
            return fail(ErrorCode::Unavailable, "the disk is full");
        }
        return queue_.finish(endings);
    }
    [[nodiscard]] Result<std::vector<store::JobRow>> list_jobs(std::optional<store::JobState> state,
                                                               std::optional<std::string> kind,
                                                               std::optional<JobId> after,
                                                               int limit) const override {
        return queue_.list_jobs(state, std::move(kind), after, limit);
    }
    [[nodiscard]] Result<std::vector<store::JobCount>> count_jobs() const override {
        return queue_.count_jobs();
    }
    [[nodiscard]] Result<std::optional<Timestamp>> next_due(
        const std::vector<std::string>& kinds) const override {
        return queue_.next_due(kinds);
    }
    Result<void> retry(JobId id) override { return queue_.retry(id); }
    Result<void> discard(JobId id) override { return queue_.discard(id); }
    Result<void> pause(const std::string& kind) override { return queue_.pause(kind); }
    Result<void> resume(const std::string& kind) override { return queue_.resume(kind); }
    [[nodiscard]] Result<std::vector<std::string>> list_paused() const override {
        return queue_.list_paused();
    }

    /// Waits until so many more heartbeats were written.
    void wait_for_heartbeats(int count) {
        std::unique_lock lock(mutex_);
        const int until = heartbeats_ + count;
        beaten_.wait(lock, [&] { return heartbeats_ >= until; });
    }
    std::atomic<int> finish_failures = 0;

  private:
    store::Queue& queue_;
    std::mutex mutex_ = {};
    std::condition_variable beaten_ = {};
    int heartbeats_ = 0;
};

/// A store whose queue is watched.
class WatchedStore final : public store::Store {
  public:
    explicit WatchedStore(store::Store& store) : store_(store), queue_(store.queue()) {}

    store::Inbox& inbox() override { return store_.inbox(); }
    WatchedQueue& queue() override { return queue_; }
    store::Conversations& conversations() override { return store_.conversations(); }
    store::Directory& directory() override { return store_.directory(); }
    store::Keyring& keyring() override { return store_.keyring(); }
    store::Outbox& outbox() override { return store_.outbox(); }
    store::Coverage& coverage() override { return store_.coverage(); }
    store::Erasure& erasure() override { return store_.erasure(); }
    store::ModelRecords& model_records() override { return store_.model_records(); }
    store::Reports& reports() override { return store_.reports(); }
    store::SpeechRecords& speech_records() override { return store_.speech_records(); }
    [[nodiscard]] Result<store::StoreHealth> health() const override { return store_.health(); }
    void on_queued(std::function<void()> wake) override { store_.on_queued(std::move(wake)); }

    void wait_for_heartbeats(int count) { queue_.wait_for_heartbeats(count); }

  private:
    store::Store& store_;
    WatchedQueue queue_;
};

}  // namespace oidor::jobs

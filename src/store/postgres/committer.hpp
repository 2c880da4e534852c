// The threads that keep deliveries: those that wait share a transaction and its fsync (group
// commit).
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/inbox.hpp"
#include "store/postgres/pool.hpp"
#include "store/postgres/work.hpp"
#include "store/sql/seal.hpp"

namespace oidor::store::postgres {

struct CommitterOptions {
    int writers = 2;
    std::size_t waiting_max = 20'000;
    std::size_t waiting_bytes_max = std::size_t{256} << 20U;
    std::chrono::milliseconds wait_max = std::chrono::seconds(10);
};

/// Safe to call from many threads. Each thread has a connection of its own. When that breaks, also
/// under a commit, the batch is run again before anybody is answered: an event has one identity, so
/// what was kept already is found again. Destruction finishes what was accepted.
class Committer {
  public:
    Committer(const Target& target, const Clock& clock, Herald herald, sql::Seal& seal,
              CommitterOptions options);
    ~Committer();
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;

    /// At the bound `done` is called at once with Unavailable.
    void keep(std::vector<NewEvent> delivery, KeepDone done);
    [[nodiscard]] std::int64_t waiting() const;

  private:
    struct Delivery {
        std::vector<NewEvent> events = {};
        KeepDone done = {};
        std::size_t size_bytes = 0;
        std::chrono::steady_clock::time_point arrived_at = {};
    };
    using Batch = std::vector<Delivery>;
    struct Waiting {
        std::deque<Delivery> deliveries = {};
        std::size_t bytes = 0;
        bool stopping = false;
    };
    using Receipts = std::vector<EventReceipt>;

    void loop();
    /// Empty when there is nothing left to do.
    Batch take();
    void run_batch(std::unique_ptr<Connection>& connection, std::span<Delivery> batch);
    Result<Receipts> keep_all(std::unique_ptr<Connection>& connection,
                              std::span<const Delivery> batch);
    Result<void> make_ready(std::unique_ptr<Connection>& connection, const Deadline& deadline);

    Target target_;
    const Clock& clock_;
    Herald herald_;
    sql::Seal& seal_;
    CommitterOptions options_;
    mutable std::mutex mutex_ = {};
    std::condition_variable ready_ = {};
    Waiting waiting_ = {};
    std::vector<std::jthread> threads_ = {};
};

}  // namespace oidor::store::postgres

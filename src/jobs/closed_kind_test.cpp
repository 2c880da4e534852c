#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include <gtest/gtest.h>

#include "base/id.hpp"
#include "jobs/worker_pool.hpp"

namespace oidor::jobs {
namespace {

using namespace std::chrono_literals;

/// A store with a clock that stands still, and the outcomes of a pool's jobs to wait for.
class ClosedKind : public testing::Test {
  protected:
    ClosedKind() {
        auto opened = store::open_sqlite_store({.path = folder_ / "oidor.db"}, clock_);
        EXPECT_TRUE(opened);
        store_ = std::move(*opened);
    }
    ~ClosedKind() override {
        store_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    store::Queue& queue() { return store_->queue(); }
    void enqueue(const std::string& key, const std::string& kind = "map") {
        ASSERT_TRUE(queue().enqueue({{.kind = kind, .key = key}}));
    }
    void listen(WorkerPool& pool) {
        pool.on_outcome([this](const WorkerPool::Outcome& outcome) {
            const std::lock_guard lock(mutex_);
            outcomes_.push_back(outcome);
            arrived_.notify_all();
        });
    }
    /// Waits for so many outcomes in all.
    std::vector<WorkerPool::Outcome> outcomes(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(arrived_.wait_for(lock, 30s, [&] { return outcomes_.size() >= count; }));
        return outcomes_;
    }
    store::JobRow job(const std::string& key) {
        const auto jobs = queue().list_jobs({}, {}, {}, 500);
        for (const auto& row : *jobs) {
            if (row.key == key) {
                return row;
            }
        }
        ADD_FAILURE() << "no job " << key;
        return {};
    }
    static void stop(WorkerPool& pool) { pool.stop(Deadline::after(30s)); }

    ManualClock clock_{Timestamp(1'770'000'000s)};

  private:
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("oidor-jobs-" + format_uuid(make_uuid7()));
    std::unique_ptr<store::Store> store_ = {};
    std::mutex mutex_ = {};
    std::condition_variable arrived_ = {};
    std::vector<WorkerPool::Outcome> outcomes_ = {};

  protected:
    store::Store& store() { return *store_; }
};

TEST_F(ClosedKind, jobs_of_a_closed_kind_keep_their_order_and_run_when_it_opens) {
    std::atomic<bool> used_up = true;
    std::atomic<Timestamp::rep> closed_until = 0;
    std::vector<std::string> ran;
    const auto opens = clock_.now() + 9h;
    WorkerPool pool(store(), clock_, {.threads = 1, .poll_every = 5ms});
    listen(pool);
    KindOptions hear;
    hear.handler = [&](const JobContext& context) -> Result<void> {
        if (used_up) {
            closed_until = opens.time_since_epoch().count();
            return fail({.code = ErrorCode::RateLimited, .message = "wait", .retry_after = 9h});
        }
        ran.push_back(context.job.key);
        return {};
    };
    hear.closed_until = [&] {
        return std::optional(Timestamp(Timestamp::duration(closed_until.load())));
    };
    hear.concurrency = 1;
    pool.add_kind("hear", std::move(hear));
    pool.add_kind("map", {.handler = [](const JobContext&) { return Result<void>(); }});
    // Queued newest first; their places are the starts of their calls.
    for (const auto minutes : {10, 30, 20}) {
        ASSERT_TRUE(queue().enqueue({{.kind = "hear",
                                      .key = std::to_string(minutes),
                                      .run_at = clock_.now() - std::chrono::minutes(minutes)}}));
    }
    pool.start();
    outcomes(1);
    enqueue("free");
    const auto seen = outcomes(2);
    stop(pool);
    EXPECT_EQ(seen[0].job.key, "30");
    EXPECT_EQ(seen[1].job.key, "free");
    EXPECT_EQ(job("30").run_at, clock_.now() - 30min);
    EXPECT_EQ(job("30").attempts, 0);
    // One that comes meanwhile takes its place too.
    ASSERT_TRUE(queue().enqueue({{.kind = "hear", .key = "25", .run_at = clock_.now() - 25min}}));
    used_up = false;
    clock_.advance(9h);
    pool.start();
    outcomes(6);
    stop(pool);
    EXPECT_EQ(ran, (std::vector<std::string>{"30", "25", "20", "10"}));
}

}  // namespace
}  // namespace oidor::jobs

#include "jobs/worker_pool.hpp"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <latch>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "base/id.hpp"
#include "jobs/watched_store.hpp"

namespace oidor::jobs {
namespace {

using namespace std::chrono_literals;
using store::JobState;

/// A store with a clock that stands still, and the outcomes of a pool's jobs to wait for.
class WorkerPoolTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = store::open_sqlite_store({.path = folder_ / "oidor.db"}, clock_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
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
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("oidor-jobs-" + format_uuid(make_uuid7()));
    std::unique_ptr<store::Store> store_ = {};

  private:
    std::mutex mutex_ = {};
    std::condition_variable arrived_ = {};
    std::vector<WorkerPool::Outcome> outcomes_ = {};
};

/// A handler that fails so many times, then succeeds.
Handler failing(ErrorCode code, int times, std::atomic<int>& runs) {
    return [code, times, &runs](const JobContext&) -> Result<void> {
        if (++runs <= times) {
            return fail(code, "try again");
        }
        return {};
    };
}

TEST_F(WorkerPoolTest, a_queued_job_runs_and_is_done) {
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind("map", {.handler = [](const JobContext&) { return Result<void>(); }});
    pool.start();
    pool.start();
    enqueue("1");
    const auto ended = outcomes(1);
    EXPECT_EQ(ended[0].job.key, "1");
    EXPECT_EQ(ended[0].state, JobState::Done);
    EXPECT_FALSE(ended[0].error);
    stop(pool);
    stop(pool);
    EXPECT_EQ(job("1").state, JobState::Done);
}

TEST_F(WorkerPoolTest, many_jobs_run_once_each_in_two_pools) {
    constexpr int kJobs = 400;
    std::vector<std::atomic<int>> runs(kJobs);
    const KindOptions kind = {.handler = [&](const JobContext& context) -> Result<void> {
        ++runs.at(static_cast<std::size_t>(std::stoi(context.job.key)));
        return {};
    }};
    WorkerPool first(*store_, clock_, {.poll_every = 10ms});
    WorkerPool second(*store_, clock_, {.threads = 1, .poll_every = 10ms, .claim_batch = 3});
    listen(first);
    listen(second);
    first.add_kind("map", kind);
    second.add_kind("map", kind);
    first.start();
    second.start();
    std::vector<store::JobSpec> specs;
    for (int i = 0; i < kJobs; ++i) {
        specs.push_back({.kind = "map", .key = std::to_string(i)});
    }
    ASSERT_TRUE(queue().enqueue(specs));
    outcomes(kJobs);
    stop(first);
    stop(second);
    for (const auto& count : runs) {
        EXPECT_EQ(count, 1);
    }
    EXPECT_EQ(queue().count_jobs()->size(), 0U);
    EXPECT_EQ(queue().list_jobs(JobState::Done, "map", {}, 500)->size(), std::size_t{kJobs});
}

TEST_F(WorkerPoolTest, a_failed_job_backs_off_until_its_time_has_come) {
    std::atomic<int> runs = 0;
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind("map",
                  {.handler = failing(ErrorCode::Unavailable, 1, runs), .back_off_first = 60s});
    pool.start();
    enqueue("1");
    EXPECT_EQ(outcomes(1)[0].state, JobState::Queued);
    stop(pool);
    EXPECT_EQ(job("1").attempts, 1);
    EXPECT_EQ(job("1").error_code, "Unavailable");
    EXPECT_GE(job("1").run_at, clock_.now() + 30s);
    EXPECT_LE(job("1").run_at, clock_.now() + 60s);
    clock_.advance(60s);
    pool.start();
    EXPECT_EQ(outcomes(2)[1].state, JobState::Done);
    EXPECT_EQ(outcomes(2)[1].job.attempt, 2);
    stop(pool);
}

TEST_F(WorkerPoolTest, a_rate_limited_job_waits_as_asked_and_is_not_counted) {
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind(
        "map", {.handler = [](const JobContext&) -> Result<void> {
            return fail({.code = ErrorCode::RateLimited, .message = "wait", .retry_after = 45s});
        }});
    pool.start();
    enqueue("1");
    outcomes(1);
    stop(pool);
    EXPECT_EQ(job("1").state, JobState::Queued);
    EXPECT_EQ(job("1").run_at, clock_.now() + 45s);
    EXPECT_EQ(job("1").attempts, 0);
}

TEST_F(WorkerPoolTest, a_job_is_given_up_after_its_attempts_and_somebody_is_told) {
    std::atomic<int> runs = 0;
    std::atomic<int> told = 0;
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind("map", {.handler = failing(ErrorCode::Timeout, 99, runs),
                          .attempts_max = 3,
                          .delay = [](const auto&, const auto&) { return std::optional(0ms); },
                          .given_up = [&](const JobContext&, const Error& error) -> Result<void> {
                              EXPECT_EQ(error.code, ErrorCode::Timeout);
                              ++told;
                              return {};
                          }});
    pool.start();
    enqueue("1");
    EXPECT_EQ(outcomes(3)[2].state, JobState::Dead);
    stop(pool);
    EXPECT_EQ(runs, 3);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(job("1").state, JobState::Dead);
    EXPECT_EQ(job("1").error_message, "try again");
}

TEST_F(WorkerPoolTest, a_job_whose_giving_up_fails_comes_back) {
    std::atomic<int> told = 0;
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind("map", {.handler = [](const JobContext&) -> Result<void> {
                              return fail(ErrorCode::Invalid, "broken");
                          },
                          .back_off_first = 0ms,
                          .given_up = [&](const JobContext&, const Error&) -> Result<void> {
                              if (++told == 1) {
                                  return fail(ErrorCode::Unavailable, "store");
                              }
                              return {};
                          }});
    pool.start();
    enqueue("1");
    EXPECT_EQ(outcomes(2)[0].state, JobState::Queued);
    EXPECT_EQ(outcomes(2)[1].state, JobState::Dead);
    stop(pool);
}

TEST_F(WorkerPoolTest, a_conflict_is_tried_once_more_and_a_skip_is_not) {
    std::atomic<int> once = 0;
    std::atomic<int> always = 0;
    std::atomic<int> large = 0;
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind("once", {.handler = failing(ErrorCode::Conflict, 1, once)});
    pool.add_kind("always", {.handler = failing(ErrorCode::Conflict, 99, always)});
    pool.add_kind("large", {.handler = failing(ErrorCode::TooLarge, 99, large)});
    pool.start();
    for (const auto* kind : {"once", "always", "large"}) {
        enqueue(kind, kind);
    }
    outcomes(3);
    stop(pool);
    EXPECT_EQ(once, 2);
    EXPECT_EQ(always, 2);
    EXPECT_EQ(large, 1);
    EXPECT_EQ(job("once").state, JobState::Done);
    EXPECT_EQ(job("always").state, JobState::Dead);
    EXPECT_EQ(job("large").state, JobState::Skipped);
}

TEST_F(WorkerPoolTest, a_handler_that_throws_is_internal_and_the_pool_goes_on) {
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind("map", {.handler = [](const JobContext& context) -> Result<void> {
                      if (context.job.key == "1") {
                          throw std::runtime_error("oops");
                      }
                      if (context.job.key == "2") {
                          throw 7;
                      }
                      return {};
                  }});
    pool.start();
    enqueue("1");
    enqueue("2");
    enqueue("3");
    outcomes(3);
    stop(pool);
    EXPECT_EQ(job("1").error_code, "Internal");
    EXPECT_EQ(job("1").state, JobState::Queued);
    EXPECT_EQ(job("2").error_code, "Internal");
    EXPECT_EQ(job("3").state, JobState::Done);
}

TEST_F(WorkerPoolTest, another_worker_goes_on_when_one_dies) {
    enqueue("1");
    // A process that is killed: it claimed, and is never heard of again.
    ASSERT_EQ(queue().claim({"map"}, 1, 10s)->size(), 1U);
    WorkerPool pool(*store_, clock_, {.poll_every = 5ms});
    listen(pool);
    pool.add_kind("map", {.handler = [](const JobContext&) { return Result<void>(); }});
    pool.start();
    clock_.advance(10s);
    const auto ended = outcomes(1);
    EXPECT_EQ(ended[0].job.attempt, 2);
    EXPECT_EQ(ended[0].state, JobState::Done);
    stop(pool);
}

TEST_F(WorkerPoolTest, a_job_that_kills_its_workers_is_given_up_without_being_run) {
    enqueue("1");
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(queue().claim({"map"}, 1, 10s)->size(), 1U);
        clock_.advance(10s);
    }
    std::atomic<int> runs = 0;
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind("map", {.handler = failing(ErrorCode::Internal, 0, runs), .attempts_max = 3});
    pool.start();
    EXPECT_EQ(outcomes(1)[0].state, JobState::Dead);
    stop(pool);
    EXPECT_EQ(runs, 0);
}

TEST_F(WorkerPoolTest, a_lost_lease_asks_the_handler_to_stop) {
    std::latch running(1);
    std::atomic<bool> asked = false;
    WorkerPool pool(*store_, clock_, {.lease = 30ms, .poll_every = 1h});
    listen(pool);
    pool.add_kind("map", {.handler = [&](const JobContext& context) -> Result<void> {
                      std::latch stopped(1);
                      const std::stop_callback on_stop(context.stop, [&] { stopped.count_down(); });
                      running.count_down();
                      stopped.wait();
                      asked = true;
                      return fail(ErrorCode::Cancelled, "lease lost");
                  }});
    pool.start();
    enqueue("1");
    running.wait();
    // Until the heartbeat comes, the lease is prolonged by the clock that stands still.
    std::vector<store::LeasedJob> stolen;
    while (stolen.empty()) {
        clock_.advance(31ms);
        stolen = *queue().claim({"map"}, 1, 1h);
    }
    EXPECT_TRUE(outcomes(1)[0].lease_lost);
    EXPECT_TRUE(asked);
    stop(pool);
    EXPECT_EQ(job("1").state, JobState::Running);
    EXPECT_TRUE(queue().finish({{.id = stolen[0].id, .lease = stolen[0].lease}})->empty());
}

TEST_F(WorkerPoolTest, heartbeats_keep_the_lease_of_a_long_job) {
    std::latch running(1);
    std::latch go_on(1);
    WatchedStore watched(*store_);
    WorkerPool pool(watched, clock_, {.lease = 30ms, .poll_every = 1h});
    listen(pool);
    pool.add_kind("map", {.handler = [&](const JobContext&) -> Result<void> {
                      running.count_down();
                      go_on.wait();
                      return {};
                  }});
    pool.start();
    enqueue("1");
    running.wait();
    // The clock moves by nearly a lease, a heartbeat comes, and so on for many leases.
    for (int i = 0; i < 10; ++i) {
        clock_.advance(29ms);
        watched.wait_for_heartbeats(2);
        EXPECT_TRUE(queue().claim({"map"}, 1, 1h)->empty());
    }
    go_on.count_down();
    EXPECT_EQ(outcomes(1)[0].state, JobState::Done);
    stop(pool);
    EXPECT_EQ(job("1").attempts, 1);
}

TEST_F(WorkerPoolTest,
       an_ending_that_the_store_refuses_is_written_later_and_the_job_not_run_again) {
    std::atomic<int> runs = 0;
    WatchedStore watched(*store_);
    watched.queue().finish_failures = 3;
    WorkerPool pool(watched, clock_, {.poll_every = 5ms});
    listen(pool);
    pool.add_kind("map", {.handler = failing(ErrorCode::Internal, 0, runs)});
    pool.start();
    enqueue("1");
    enqueue("2");
    outcomes(2);
    while (job("1").state == JobState::Running || job("2").state == JobState::Running) {
        std::this_thread::yield();
    }
    stop(pool);
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(job("1").state, JobState::Done);
    EXPECT_EQ(job("2").state, JobState::Done);
}

TEST_F(WorkerPoolTest, stopping_lets_running_jobs_end_and_returns_the_others) {
    std::latch running(1);
    std::latch go_on(1);
    WorkerPool pool(*store_, clock_, {.threads = 1, .claim_batch = 16});
    listen(pool);
    pool.add_kind("map", {.handler = [&](const JobContext&) -> Result<void> {
                      running.count_down();
                      go_on.wait();
                      return {};
                  }});
    ASSERT_TRUE(
        queue().enqueue({{.kind = "map", .key = "1", .priority = 1}, {.kind = "map", .key = "2"}}));
    pool.start();
    running.wait();
    std::jthread stopper([&] { stop(pool); });
    go_on.count_down();
    stopper.join();
    EXPECT_EQ(job("1").state, JobState::Done);
    if (job("2").state == JobState::Queued) {
        EXPECT_EQ(job("2").attempts, 0);
    }
}

TEST_F(WorkerPoolTest, at_the_deadline_handlers_are_asked_to_stop) {
    std::latch running(1);
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind("map", {.handler = [&](const JobContext& context) -> Result<void> {
                      std::latch stopped(1);
                      const std::stop_callback on_stop(context.stop, [&] { stopped.count_down(); });
                      running.count_down();
                      stopped.wait();
                      return fail(ErrorCode::Cancelled, "stopping");
                  }});
    pool.start();
    enqueue("1");
    running.wait();
    pool.stop(Deadline::after(0ms));
    EXPECT_EQ(job("1").state, JobState::Queued);
    EXPECT_EQ(job("1").attempts, 0);
    EXPECT_EQ(job("1").run_at, clock_.now());
}

TEST_F(WorkerPoolTest, a_kind_keeps_its_limit_and_others_go_on) {
    std::latch busy(1);
    std::latch go_on(1);
    std::atomic<int> at_a_time = 0;
    std::atomic<int> at_a_time_max = 0;
    WorkerPool pool(*store_, clock_, {.threads = 4});
    listen(pool);
    pool.add_kind("slow", {.handler = [&](const JobContext& context) -> Result<void> {
                               at_a_time_max = std::max(at_a_time_max.load(), ++at_a_time);
                               if (context.job.key == "slow-1") {
                                   busy.count_down();
                                   go_on.wait();
                               }
                               --at_a_time;
                               return {};
                           },
                           .concurrency = 1});
    pool.add_kind("map", {.handler = [](const JobContext&) { return Result<void>(); }});
    pool.start();
    enqueue("slow-1", "slow");
    busy.wait();
    for (int i = 2; i <= 5; ++i) {
        enqueue("slow-" + std::to_string(i), "slow");
        enqueue(std::to_string(i));
    }
    for (const auto& outcome : outcomes(4)) {
        EXPECT_EQ(outcome.job.kind, "map");
    }
    go_on.count_down();
    outcomes(9);
    stop(pool);
    EXPECT_EQ(at_a_time_max, 1);
}

TEST_F(WorkerPoolTest, a_job_queued_while_it_runs_runs_again) {
    std::latch running(1);
    std::latch go_on(1);
    std::atomic<int> runs = 0;
    WorkerPool pool(*store_, clock_, {});
    listen(pool);
    pool.add_kind("map", {.handler = [&](const JobContext&) -> Result<void> {
                      if (++runs == 1) {
                          running.count_down();
                          go_on.wait();
                      }
                      return {};
                  }});
    pool.start();
    enqueue("1");
    running.wait();
    enqueue("1");
    go_on.count_down();
    outcomes(2);
    stop(pool);
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(job("1").state, JobState::Done);
}

}  // namespace
}  // namespace oidor::jobs

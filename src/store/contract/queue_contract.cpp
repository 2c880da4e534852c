#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

JobRow only_job(Store& store) {
    const auto jobs = must(store.queue().list_jobs({}, {}, {}, 10));
    EXPECT_EQ(jobs.size(), 1U);
    return jobs.empty() ? JobRow{} : jobs.front();
}

JobEnding done(const LeasedJob& job) { return {.id = job.id, .lease = job.lease}; }

TEST_P(StoreContract, a_job_is_queued_claimed_and_done) {
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    EXPECT_EQ(only_job(store()).state, JobState::Queued);
    const auto jobs = claim("map");
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].key, "1");
    EXPECT_EQ(jobs[0].attempt, 1);
    EXPECT_EQ(jobs[0].queued_at, clock_.now());
    EXPECT_EQ(only_job(store()).state, JobState::Running);
    EXPECT_TRUE(claim("map").empty());
    EXPECT_TRUE(must(store().queue().finish({done(jobs[0])})).empty());
    reopen();
    EXPECT_EQ(only_job(store()).state, JobState::Done);
    EXPECT_EQ(only_job(store()).finished_at, clock_.now());
    EXPECT_TRUE(claim("map").empty());
}

TEST_P(StoreContract, a_queued_job_keeps_the_earlier_time_and_the_higher_priority) {
    const auto now = clock_.now();
    const JobSpec later = {.kind = "map", .key = "1", .priority = 1, .run_at = now + 60s};
    must(store().queue().enqueue({later}));
    must(
        store().queue().enqueue({{.kind = "map", .key = "1", .priority = 0, .run_at = now + 90s}}));
    EXPECT_EQ(only_job(store()).run_at, now + 60s);
    EXPECT_EQ(only_job(store()).priority, 1);
    must(
        store().queue().enqueue({{.kind = "map", .key = "1", .priority = 5, .run_at = now + 30s}}));
    must(store().queue().enqueue({later, later}));
    EXPECT_EQ(only_job(store()).run_at, now + 30s);
    EXPECT_EQ(only_job(store()).priority, 5);
    EXPECT_TRUE(claim("map").empty());
    EXPECT_EQ(must(store().queue().next_due({"map"})), now + 30s);
    clock_.advance(30s);
    EXPECT_EQ(claim("map").size(), 1U);
}

TEST_P(StoreContract, a_job_queued_while_it_runs_runs_again) {
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    const auto first = claim("map");
    must(store().queue().enqueue({{.kind = "map", .key = "1", .priority = 3}}));
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    EXPECT_TRUE(claim("map").empty());
    must(store().queue().finish({done(first.at(0))}));
    EXPECT_EQ(only_job(store()).state, JobState::Queued);
    EXPECT_EQ(only_job(store()).priority, 3);
    const auto second = claim("map");
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].attempt, 1);
    EXPECT_GT(second[0].lease, first[0].lease);
    must(store().queue().finish({done(second[0])}));
    EXPECT_TRUE(claim("map").empty());
}

TEST_P(StoreContract, a_job_that_backs_off_and_was_queued_again_takes_the_earlier_time) {
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    const auto job = claim("map").at(0);
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    must(store().queue().finish({{.id = job.id,
                                  .lease = job.lease,
                                  .state = JobState::Queued,
                                  .run_at = clock_.now() + 1h,
                                  .error_code = "Unavailable"}}));
    EXPECT_EQ(only_job(store()).run_at, clock_.now());
    EXPECT_EQ(claim("map").at(0).attempt, 2);
}

TEST_P(StoreContract, an_ended_job_that_is_queued_begins_afresh) {
    for (const auto state : {JobState::Done, JobState::Dead, JobState::Skipped}) {
        must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
        const auto job = claim("map").at(0);
        EXPECT_EQ(job.attempt, 1);
        must(store().queue().finish({{.id = job.id,
                                      .lease = job.lease,
                                      .state = state,
                                      .error_code = "Invalid",
                                      .error_message = "why"}}));
        EXPECT_EQ(only_job(store()).state, state);
        EXPECT_EQ(only_job(store()).error_code, "Invalid");
        EXPECT_EQ(only_job(store()).error_message, "why");
    }
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    EXPECT_EQ(only_job(store()).attempts, 0);
    EXPECT_FALSE(only_job(store()).error_code);
    EXPECT_FALSE(only_job(store()).finished_at);
}

TEST_P(StoreContract, attempts_count_unless_the_ending_says_otherwise) {
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    const auto again = [&](const LeasedJob& job, bool count) {
        must(store().queue().finish({{.id = job.id,
                                      .lease = job.lease,
                                      .state = JobState::Queued,
                                      .count_attempt = count}}));
    };
    again(claim("map").at(0), true);
    EXPECT_EQ(only_job(store()).attempts, 1);
    again(claim("map").at(0), false);
    EXPECT_EQ(only_job(store()).attempts, 1);
    EXPECT_EQ(claim("map").at(0).attempt, 2);
}

TEST_P(StoreContract, a_lost_lease_is_due_again_and_counts) {
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    const auto first = claim("map").at(0);
    clock_.advance(9s);
    EXPECT_TRUE(claim("map").empty());
    clock_.advance(1s);
    const auto second = claim("map").at(0);
    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(second.attempt, 2);
    EXPECT_EQ(must(store().queue().finish({done(first)})), std::vector{first.id});
    EXPECT_EQ(must(store().queue().heartbeat({first}, 10s)), std::vector{first.id});
    EXPECT_EQ(only_job(store()).state, JobState::Running);
    EXPECT_TRUE(must(store().queue().finish({done(second)})).empty());
    EXPECT_EQ(must(store().queue().finish({done(second)})), std::vector{second.id});
}

TEST_P(StoreContract, a_clock_that_is_set_back_makes_no_job_wait_for_the_old_time) {
    constexpr std::chrono::hours kBack{2};
    clock_.advance(kBack);
    must(store().queue().enqueue({{.kind = "held", .key = "a"}}));
    ASSERT_EQ(claim("held").size(), 1U);
    must(store().queue().enqueue(
        {{.kind = "due", .key = "a"},
         {.kind = "later", .key = "a", .run_at = clock_.now() + std::chrono::seconds(30)}}));
    clock_.advance(-kBack);
    EXPECT_EQ(claim("due").size(), 1U);
    EXPECT_TRUE(claim("later").empty());
    EXPECT_TRUE(claim("held").empty());
    clock_.advance(std::chrono::seconds(11));
    EXPECT_EQ(claim("held").size(), 1U) << "its worker is gone: the lease ends as one given now";
    EXPECT_TRUE(claim("later").empty()) << "its pause is kept";
    clock_.advance(std::chrono::seconds(20));
    EXPECT_EQ(claim("later").size(), 1U);
}

TEST_P(StoreContract, a_program_that_starts_after_the_clock_was_set_back_mends_the_times_too) {
    clock_.advance(std::chrono::hours(2));
    must(store().queue().enqueue({{.kind = "due", .key = "a"}}));
    clock_.advance(-std::chrono::hours(2));
    const auto second = open_second();
    EXPECT_EQ(must(second->queue().claim({"due"}, 10, std::chrono::seconds(10))).size(), 1U);
}

TEST_P(StoreContract, a_clock_that_jumps_ahead_ends_leases_and_the_slower_holder_is_told) {
    must(store().queue().enqueue({{.kind = "map", .key = "a"}}));
    const auto first = claim("map");
    ASSERT_EQ(first.size(), 1U);
    clock_.advance(std::chrono::hours(24));
    const auto second = claim("map");
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(must(store().queue().heartbeat(first, std::chrono::seconds(10))).size(), 1U);
    EXPECT_EQ(must(store().queue().finish({done(first[0])})).size(), 1U);
    EXPECT_TRUE(must(store().queue().finish({done(second[0])})).empty());
}

TEST_P(StoreContract, a_heartbeat_prolongs_the_lease) {
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    const auto job = claim("map").at(0);
    for (int i = 0; i < 3; ++i) {
        clock_.advance(8s);
        EXPECT_TRUE(must(store().queue().heartbeat({job}, 10s)).empty());
    }
    EXPECT_TRUE(claim("map").empty());
    EXPECT_TRUE(must(store().queue().finish({done(job)})).empty());
}

TEST_P(StoreContract, jobs_are_claimed_by_priority_then_time_across_kinds) {
    const auto now = clock_.now();
    must(store().queue().enqueue(
        {{.kind = "map", .key = "late", .run_at = now - 1s},
         {.kind = "audit", .key = "early", .run_at = now - 2s},
         {.kind = "map", .key = "high", .priority = 2},
         {.kind = "audit", .key = "low", .priority = -1},
         {.kind = "map", .key = "future", .priority = 9, .run_at = now + 1s},
         {.kind = "other", .key = "not ours", .priority = 9}}));
    std::vector<std::string> keys;
    for (const auto& job : must(store().queue().claim({"map", "audit"}, 3, 10s))) {
        keys.push_back(job.key);
    }
    EXPECT_EQ(keys, (std::vector<std::string>{"high", "early", "late"}));
    EXPECT_EQ(must(store().queue().claim({"map", "audit"}, 3, 10s)).at(0).key, "low");
    EXPECT_TRUE(must(store().queue().claim({}, 3, 10s)).empty());
    EXPECT_TRUE(must(store().queue().claim({"other"}, 0, 10s)).empty());
}

TEST_P(StoreContract, a_job_that_waited_goes_before_those_that_nobody_began) {
    auto& queue = store().queue();
    const auto now = clock_.now();
    must(queue.enqueue({{.kind = "map", .key = "oldest", .run_at = now - 3h},
                        {.kind = "map", .key = "older", .run_at = now - 2h},
                        {.kind = "map", .key = "old", .run_at = now - 1h}}));
    const auto waits = claim("map", 1).at(0);
    EXPECT_EQ(waits.key, "oldest");
    must(queue.finish({{.id = waits.id,
                        .lease = waits.lease,
                        .state = JobState::Queued,
                        .run_at = now + 60s,
                        .priority = 1,
                        .count_attempt = false}}));
    // Not before its time; then before the others, who have been due for longer.
    const auto next = claim("map", 1).at(0);
    EXPECT_EQ(next.key, "older");
    must(queue.finish({done(next)}));
    clock_.advance(60s);
    const auto again = claim("map", 1).at(0);
    EXPECT_EQ(again.key, "oldest");
    EXPECT_EQ(again.attempt, 1);
    // Once it is done that is forgotten; a higher priority of its own never is.
    must(queue.finish({done(again)}));
    must(queue.enqueue({{.kind = "map", .key = "oldest", .run_at = now}}));
    EXPECT_EQ(claim("map", 1).at(0).key, "old");
    must(queue.enqueue({{.kind = "audit", .key = "dear", .priority = 5}}));
    const auto dear = claim("audit").at(0);
    must(queue.finish({{.id = dear.id,
                        .lease = dear.lease,
                        .state = JobState::Queued,
                        .run_at = now,
                        .priority = 1}}));
    for (const auto& row : must(queue.list_jobs({}, "audit", {}, 10))) {
        EXPECT_EQ(row.priority, 5);
    }
}

TEST_P(StoreContract, a_paused_kind_is_left_out) {
    must(store().queue().enqueue({{.kind = "map", .key = "1"}, {.kind = "audit", .key = "1"}}));
    must(store().queue().pause("map"));
    must(store().queue().pause("map"));
    EXPECT_EQ(must(store().queue().list_paused()), std::vector<std::string>{"map"});
    const auto jobs = must(store().queue().claim({"map", "audit"}, 10, 10s));
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].kind, "audit");
    EXPECT_FALSE(must(store().queue().next_due({"map"})));
    must(store().queue().resume("map"));
    must(store().queue().resume("map"));
    EXPECT_TRUE(must(store().queue().next_due({"map"})));
    EXPECT_EQ(claim("map").size(), 1U);
}

TEST_P(StoreContract, an_operator_retries_and_discards) {
    auto& queue = store().queue();
    EXPECT_EQ(code_of(queue.retry(JobId::make())), "NotFound");
    EXPECT_EQ(code_of(queue.discard(JobId::make())), "NotFound");
    must(queue.enqueue({{.kind = "map", .key = "1"}}));
    const auto id = only_job(store()).id;
    EXPECT_EQ(code_of(queue.retry(id)), "Conflict");
    const auto job = claim("map").at(0);
    EXPECT_EQ(code_of(queue.discard(id)), "Conflict");
    must(queue.finish({{.id = id, .lease = job.lease, .state = JobState::Dead}}));
    must(queue.retry(id));
    EXPECT_EQ(only_job(store()).state, JobState::Queued);
    EXPECT_EQ(only_job(store()).attempts, 0);
    must(queue.discard(id));
    EXPECT_EQ(only_job(store()).state, JobState::Discarded);
    EXPECT_EQ(code_of(queue.discard(id)), "Conflict");
    EXPECT_TRUE(claim("map").empty());
    must(queue.retry(id));
    EXPECT_EQ(claim("map").size(), 1U);
}

TEST_P(StoreContract, an_ending_that_is_none_is_refused) {
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    const auto job = claim("map").at(0);
    EXPECT_EQ(code_of(store().queue().finish(
                  {{.id = job.id, .lease = job.lease, .state = JobState::Running}})),
              "Invalid");
    EXPECT_EQ(only_job(store()).state, JobState::Running);
}

TEST_P(StoreContract, jobs_are_listed_by_state_kind_and_page_and_counted) {
    for (int i = 0; i < 5; ++i) {
        must(store().queue().enqueue({{.kind = "map", .key = std::to_string(i)},
                                      {.kind = "audit", .key = std::to_string(i)}}));
    }
    const auto job = claim("map", 1).at(0);
    must(store().queue().finish({{.id = job.id, .lease = job.lease, .state = JobState::Dead}}));
    const auto first = must(store().queue().list_jobs({}, {}, {}, 6));
    ASSERT_EQ(first.size(), 6U);
    EXPECT_EQ(must(store().queue().list_jobs({}, {}, first.back().id, 10)).size(), 4U);
    EXPECT_EQ(must(store().queue().list_jobs(JobState::Dead, {}, {}, 10)).at(0).id, job.id);
    EXPECT_EQ(must(store().queue().list_jobs(JobState::Queued, "map", {}, 10)).size(), 4U);
    EXPECT_EQ(must(store().queue().list_jobs({}, "audit", {}, 10)).size(), 5U);
    std::map<std::pair<std::string, JobState>, std::int64_t> counts;
    for (const auto& count : must(store().queue().count_jobs())) {
        counts[{count.kind, count.state}] = count.count;
    }
    EXPECT_EQ((counts[{"map", JobState::Queued}]), 4);
    EXPECT_EQ((counts[{"map", JobState::Dead}]), 1);
    EXPECT_EQ((counts[{"audit", JobState::Queued}]), 5);
}

TEST_P(StoreContract, jobs_that_are_done_are_not_counted) {
    for (const std::string_view key : {"1", "2", "3"}) {
        must(store().queue().enqueue({{.kind = "map", .key = std::string(key)}}));
    }
    const auto jobs = claim("map", 2);
    must(store().queue().finish({{.id = jobs.at(0).id, .lease = jobs.at(0).lease}}));
    const auto counts = must(store().queue().count_jobs());
    ASSERT_EQ(counts.size(), 2U);
    EXPECT_EQ(counts[0].state, JobState::Queued);
    EXPECT_EQ(counts[0].count, 1);
    EXPECT_EQ(counts[1].state, JobState::Running);
    EXPECT_EQ(counts[1].count, 1);
}

TEST_P(StoreContract, two_claimers_never_get_one_job) {
    constexpr int kJobs = 300;
    std::vector<JobSpec> specs;
    for (int i = 0; i < kJobs; ++i) {
        specs.push_back({.kind = "map", .key = std::to_string(i), .priority = i % 3});
    }
    must(store().queue().enqueue(specs));
    const auto second = open_second();
    std::mutex mutex;
    std::map<std::string, int> times;
    const auto take_all = [&](Store& from) {
        while (true) {
            const auto jobs = must(from.queue().claim({"map"}, 7, 10s));
            if (jobs.empty()) {
                return;
            }
            std::vector<JobEnding> endings;
            for (const auto& job : jobs) {
                endings.push_back(done(job));
                const std::lock_guard lock(mutex);
                ++times[job.key];
            }
            EXPECT_TRUE(must(from.queue().finish(endings)).empty());
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] { take_all(i % 2 == 0 ? store() : *second); });
        }
    }
    EXPECT_EQ(times.size(), std::size_t{kJobs});
    EXPECT_TRUE(std::ranges::all_of(times, [](const auto& entry) { return entry.second == 1; }));
}

TEST_P(StoreContract, queued_jobs_wake_whoever_listens) {
    std::atomic<int> woken = 0;
    store().on_queued([&] { ++woken; });
    must(keep({make_event("a", "START")}));
    EXPECT_EQ(woken, 1);
    must(store().queue().enqueue({{.kind = "map", .key = "1"}}));
    EXPECT_EQ(woken, 2);
    must(keep({make_event("a", "START")}));
    EXPECT_EQ(woken, 2);
    store().on_queued({});
    must(store().queue().enqueue({{.kind = "map", .key = "2"}}));
    EXPECT_EQ(woken, 2);
}

TEST_P(StoreContract, another_opening_sees_what_this_one_wrote) {
    const auto second = open_second();
    must(keep({make_event("a", "START")}));
    EXPECT_EQ(must(second->inbox().list_events({}, {}, 10)).size(), 1U);
    const auto jobs = must(second->queue().claim({"map"}, 10, 10s));
    ASSERT_EQ(jobs.size(), 1U);
    must(second->queue().finish({done(jobs[0])}));
    EXPECT_EQ(only_job(store()).state, JobState::Done);
}

}  // namespace
}  // namespace oidor::store

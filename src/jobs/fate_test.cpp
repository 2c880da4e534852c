#include "jobs/fate.hpp"

#include <map>

#include <gtest/gtest.h>

namespace oidor::jobs {
namespace {

using namespace std::chrono_literals;
using store::JobState;

const Timestamp kNow{1'770'000'000s};
/// Since when the job is due.
const Timestamp kPlace = kNow - 5min;

store::LeasedJob make_job(int attempt) {
    return {.kind = "map", .key = "1", .attempt = attempt, .lease = 3, .run_at = kPlace};
}

store::JobEnding end_with(ErrorCode code, int attempt = 1, const KindOptions& kind = {},
                          std::optional<std::chrono::milliseconds> retry_after = {},
                          bool stopping = false) {
    return to_ending(make_job(attempt), kind,
                     Error{.code = code, .message = "why", .retry_after = retry_after},
                     {.now = kNow, .jitter_ratio = 1.0, .stopping = stopping});
}

TEST(Fate, every_code_has_the_fate_of_its_table) {
    const std::map<JobFate, JobState> expected = {
        {JobFate::Stop, JobState::Dead},      {JobFate::RetryOnce, JobState::Dead},
        {JobFate::Skip, JobState::Skipped},   {JobFate::Wait, JobState::Queued},
        {JobFate::BackOff, JobState::Queued}, {JobFate::Return, JobState::Queued},
        {JobFate::Quarantine, JobState::Dead}};
    for (const auto& faces : error_table()) {
        const auto ending = end_with(faces.code);
        EXPECT_EQ(ending.state, expected.at(faces.fate)) << faces.name;
        EXPECT_EQ(ending.error_code, faces.name);
        EXPECT_EQ(ending.error_message, "why");
        EXPECT_EQ(ending.lease, 3);
        EXPECT_EQ(ending.count_attempt,
                  faces.fate != JobFate::Wait && faces.fate != JobFate::Return);
    }
}

TEST(Fate, pauses_double_up_to_their_bound_with_half_of_jitter) {
    const KindOptions kind = {.back_off_first = 1s, .back_off_max = 10s};
    EXPECT_EQ(back_off(kind, 1, 1.0), 1s);
    EXPECT_EQ(back_off(kind, 1, 0.0), 500ms);
    EXPECT_EQ(back_off(kind, 2, 1.0), 2s);
    EXPECT_EQ(back_off(kind, 4, 1.0), 8s);
    EXPECT_EQ(back_off(kind, 5, 1.0), 10s);
    EXPECT_EQ(back_off(kind, 1'000'000, 0.0), 5s);
}

TEST(Fate, the_last_attempt_is_dead) {
    const KindOptions kind = {.attempts_max = 3};
    EXPECT_EQ(end_with(ErrorCode::Unavailable, 2, kind).state, JobState::Queued);
    EXPECT_EQ(end_with(ErrorCode::Unavailable, 3, kind).state, JobState::Dead);
    EXPECT_EQ(end_with(ErrorCode::RateLimited, 3, kind).state, JobState::Queued);
    EXPECT_EQ(end_with(ErrorCode::Cancelled, 3, kind).state, JobState::Queued);
}

TEST(Fate, what_the_other_side_asked_for_wins_over_our_own_rule) {
    const KindOptions kind = {.delay = [](const auto&, const auto&) { return std::optional(30s); }};
    EXPECT_EQ(end_with(ErrorCode::Unavailable, 1, kind).run_at, kNow + 30s);
    EXPECT_EQ(end_with(ErrorCode::Unavailable, 1, kind, 7s).run_at, kNow + 7s);
    EXPECT_EQ(end_with(ErrorCode::RateLimited, 1, {}, 90s).run_at, kNow + 90s);
    EXPECT_EQ(end_with(ErrorCode::RateLimited).run_at, kNow + 1s);
    EXPECT_EQ(end_with(ErrorCode::RateLimited, 1, {}, -5s).run_at, kNow);
}

TEST(Fate, a_cancelled_job_goes_back_to_its_place_only_when_the_pool_stops) {
    EXPECT_EQ(end_with(ErrorCode::Cancelled, 1, {}, {}, true).run_at, kPlace);
    EXPECT_EQ(end_with(ErrorCode::Cancelled).run_at, kNow + 1s);
    EXPECT_EQ(to_untouched(make_job(1)).run_at, kPlace);
}

TEST(Fate, a_job_that_was_told_to_wait_goes_before_those_that_nobody_began) {
    EXPECT_EQ(end_with(ErrorCode::RateLimited, 1, {}, 90s).priority, kWaitedPriority);
    EXPECT_EQ(end_with(ErrorCode::Unavailable).priority, 0);
    EXPECT_EQ(end_with(ErrorCode::Cancelled).priority, 0);
}

TEST(Fate, a_job_whose_kind_is_closed_keeps_its_place) {
    const Error busy{.code = ErrorCode::RateLimited, .message = "why", .retry_after = 9h};
    const auto ending =
        to_ending(make_job(1), {}, busy, {.now = kNow, .jitter_ratio = 1.0, .closed = true});
    EXPECT_EQ(ending.state, JobState::Queued);
    EXPECT_EQ(ending.run_at, kPlace);
    EXPECT_EQ(ending.priority, 0);
    EXPECT_FALSE(ending.count_attempt);
    // Only asking to wait does that: a failure waits its own time.
    const Error away{.code = ErrorCode::Unavailable, .message = "why", .retry_after = 7s};
    EXPECT_EQ(
        to_ending(make_job(1), {}, away, {.now = kNow, .jitter_ratio = 1.0, .closed = true}).run_at,
        kNow + 7s);
}

}  // namespace
}  // namespace oidor::jobs

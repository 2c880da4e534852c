#include "net/rate_limit.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace oidor::net {
namespace {

using namespace std::chrono_literals;

class HeldClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return now_; }
    void move(std::chrono::microseconds by) { now_ += by; }

  private:
    Timestamp now_{1'770'000'000s};
};

TEST(RateLimiter, lets_a_burst_through_then_one_per_interval) {
    HeldClock clock;
    RateLimiter limiter({.per_second = 2, .burst = 3}, clock);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(limiter.take("a"));
    }
    const auto refused = limiter.take("a");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::RateLimited);
    EXPECT_EQ(refused.error().retry_after, 500ms);
    clock.move(499ms);
    EXPECT_FALSE(limiter.take("a"));
    clock.move(1ms);
    EXPECT_TRUE(limiter.take("a"));
    EXPECT_FALSE(limiter.take("a"));
    clock.move(1h);
    EXPECT_TRUE(limiter.take("a"));
    EXPECT_TRUE(limiter.take("a"));
    EXPECT_TRUE(limiter.take("a"));
    EXPECT_FALSE(limiter.take("a"));
}

TEST(RateLimiter, names_do_not_disturb_each_other) {
    HeldClock clock;
    RateLimiter limiter({.per_second = 1, .burst = 1}, clock);
    EXPECT_TRUE(limiter.take("a"));
    EXPECT_TRUE(limiter.take("b"));
    EXPECT_FALSE(limiter.take("a"));
}

TEST(RateLimiter, checking_takes_nothing) {
    HeldClock clock;
    RateLimiter limiter({.per_second = 1, .burst = 1}, clock);
    EXPECT_TRUE(limiter.check("a"));
    EXPECT_TRUE(limiter.check("a"));
    EXPECT_TRUE(limiter.take("a"));
    EXPECT_FALSE(limiter.check("a"));
    clock.move(1s);
    EXPECT_TRUE(limiter.check("a"));
    EXPECT_EQ(limiter.size(), 1U);
}

TEST(RateLimiter, a_flood_of_names_is_bounded_and_shares_one_bucket) {
    HeldClock clock;
    RateLimiter limiter({.per_second = 1, .burst = 2, .names_max = 10}, clock);
    EXPECT_TRUE(limiter.take("known"));
    int passed = 0;
    for (int i = 0; i < 1000; ++i) {
        passed += limiter.take("flood " + std::to_string(i)) ? 1 : 0;
    }
    EXPECT_EQ(limiter.size(), 10U);
    EXPECT_EQ(passed, 9 + 2);
    EXPECT_TRUE(limiter.take("known"));
    EXPECT_FALSE(limiter.take("known")) << "its bucket was forgotten";
    clock.move(2s);
    EXPECT_TRUE(limiter.take("new")) << "full buckets make room";
    EXPECT_EQ(limiter.size(), 10U);
}

TEST(RateLimiter, a_clock_that_goes_back_gives_nothing) {
    HeldClock clock;
    RateLimiter limiter({.per_second = 1, .burst = 1}, clock);
    EXPECT_TRUE(limiter.take("a"));
    clock.move(-1h);
    EXPECT_FALSE(limiter.take("a"));
    clock.move(1s);
    EXPECT_TRUE(limiter.take("a"));
}

TEST(RateLimiter, many_threads_get_no_more_than_one_would) {
    HeldClock clock;
    RateLimiter limiter({.per_second = 1, .burst = 100}, clock);
    std::atomic<int> passed = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 100; ++i) {
                    passed += limiter.take("a") ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(passed, 100);
}

}  // namespace
}  // namespace oidor::net

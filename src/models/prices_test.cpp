#include "models/prices.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace oidor::models {
namespace {

Prices prices() {
    return {.input = *Decimal::parse("0.15"),
            .cached = *Decimal::parse("0.075"),
            .output = *Decimal::parse("0.60")};
}

TEST(Prices, a_call_is_rounded_half_up_to_a_millionth) {
    // 256 × 0.15 + 256 × 0.075 + 230 × 0.60 = 195.6 millionths.
    EXPECT_EQ(cost_micros({.prompt_tokens = 512, .cached_tokens = 256, .completion_tokens = 230},
                          prices()),
              196);
    EXPECT_EQ(cost_micros({.prompt_tokens = 10, .cached_tokens = 0, .completion_tokens = 0},
                          {.input = *Decimal::parse("0.05"), .cached = {}, .output = {}}),
              1);  // 0.5
    EXPECT_EQ(cost_micros({}, prices()), 0);
}

TEST(Prices, without_a_price_of_its_own_what_was_cached_costs_as_much) {
    auto same = prices();
    same.cached.reset();
    EXPECT_EQ(cost_micros({.prompt_tokens = 1'000'000, .cached_tokens = 1'000'000}, same), 150'000);
}

TEST(Prices, nonsense_counts_neither_overflow_nor_pay_back) {
    EXPECT_GT(cost_micros({.prompt_tokens = std::numeric_limits<std::int64_t>::max(),
                           .cached_tokens = std::numeric_limits<std::int64_t>::max(),
                           .completion_tokens = std::numeric_limits<std::int64_t>::max()},
                          {.input = *Decimal::parse("1000"),
                           .cached = *Decimal::parse("1000"),
                           .output = *Decimal::parse("1000")}),
              0);
    EXPECT_EQ(
        cost_micros({.prompt_tokens = -5, .cached_tokens = -5, .completion_tokens = -5}, prices()),
        0);
    EXPECT_EQ(cost_micros({.prompt_tokens = 10, .cached_tokens = 20}, prices()), 1);  // 0.75
}

TEST(Prices, a_budget_ends_when_it_is_reached) {
    const Budget none;
    EXPECT_FALSE(is_used_up(none, 1'000'000'000, 1'000'000'000));
    EXPECT_FALSE(is_used_up({.cost_micros = 100, .tokens = {}}, 99, 0));
    EXPECT_TRUE(is_used_up({.cost_micros = 100, .tokens = {}}, 100, 0));
    EXPECT_TRUE(is_used_up({.cost_micros = {}, .tokens = 10}, 0, 10));
    EXPECT_TRUE(is_used_up({.cost_micros = 0, .tokens = {}}, 0, 0));
}

TEST(Prices, a_reply_that_does_not_say_its_tokens_is_not_priced) {
    EXPECT_FALSE(is_priced({}));
    EXPECT_FALSE(is_priced({.prompt_tokens = 5}));
    EXPECT_TRUE(is_priced({.prompt_tokens = 5, .cached_tokens = {}, .completion_tokens = 0}));
}

TEST(Prices, what_nobody_counted_is_estimated_by_bytes) {
    CallRecord call;
    call.prompt_bytes = 4'001;
    call.reply_bytes = 40;
    const Prices prices{
        .input = Decimal::from_int(1), .cached = {}, .output = Decimal::from_int(2)};
    EXPECT_EQ(cost_micros(call.usage, prices), 0);
    EXPECT_EQ(cost_micros(estimated(call), prices), 1'001 + 20);
    call.usage = {.prompt_tokens = 7, .cached_tokens = {}, .completion_tokens = 3};
    EXPECT_EQ(estimated(call), call.usage) << "what is told counts";
}

}  // namespace
}  // namespace oidor::models

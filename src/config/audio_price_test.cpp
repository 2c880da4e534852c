#include "config/audio_price.hpp"

#include <gtest/gtest.h>

namespace oidor::config {
namespace {

using namespace std::chrono_literals;

AudioRate rate(std::string_view text) {
    const auto parsed = parse_audio_rate(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(AudioRate{});
}

TEST(AudioPrice, is_read_as_providers_state_it) {
    const auto azure = parse_engine_price("azure 1.00/h");
    ASSERT_TRUE(azure);
    EXPECT_EQ(azure->engine, "azure");
    EXPECT_EQ(azure->model, "");
    EXPECT_EQ(azure->rate, (AudioRate{.amount = Decimal::from_int(1), .per = 1h}));
    const auto groq =
        parse_engine_price("openai:whisper-large-v3  0.111/h  minimum=10s step=1s channels=once");
    ASSERT_TRUE(groq);
    EXPECT_EQ(groq->model, "whisper-large-v3");
    EXPECT_EQ(groq->rate.minimum, 10s);
    EXPECT_FALSE(groq->rate.each_channel);
    EXPECT_EQ(rate("0.006/min step=0s").per, 1min);
    EXPECT_EQ(rate("0/h").amount, Decimal());
}

TEST(AudioPrice, what_is_none_is_refused) {
    for (const auto* const text :
         {"", "azure", "azure 1.00", "azure 1.00/day", "azure -1/h", "azure 1e3/h", "1.00/h",
          "azure 1.00/h step", "azure 1.00/h step=1", "azure 1.00/h step=2h",
          "azure 1.00/h channels=two", "azure 1.00/h cents=3", ": 1/h", "azure: 1/h",
          "az ure 1.00/h", "azure 99999999/h"}) {
        EXPECT_FALSE(parse_engine_price(text)) << text;
    }
}

TEST(AudioPrice, a_models_own_price_comes_before_the_engines) {
    std::vector<EnginePrice> prices;
    for (const auto* const text : {"openai:mini 0.003/min", "openai 0.006/min", "azure 1/h"}) {
        prices.push_back(parse_engine_price(text).value_or(EnginePrice{}));
    }
    EXPECT_EQ(find_rate(prices, "openai", "mini"), &prices[0].rate);
    EXPECT_EQ(find_rate(prices, "openai", "whisper-1"), &prices[1].rate);
    EXPECT_EQ(find_rate(prices, "azure", "mini"), &prices[2].rate);
    EXPECT_EQ(find_rate(prices, "whisper_server", ""), nullptr);
}

TEST(AudioPrice, a_bill_is_rounded_up_to_the_step_and_has_its_minimum) {
    EXPECT_EQ(make_bill(rate("3.60/h"), 1s, 1), (AudioBill{.billed = 1s, .cost_micros = 1000}));
    EXPECT_EQ(make_bill(rate("3.60/h"), 1001ms, 1), (AudioBill{.billed = 2s, .cost_micros = 2000}));
    EXPECT_EQ(make_bill(rate("3.60/h step=0s"), 1500ms, 1),
              (AudioBill{.billed = 1500ms, .cost_micros = 1500}));
    EXPECT_EQ(make_bill(rate("0.006/min step=1m"), 61s, 1),
              (AudioBill{.billed = 2min, .cost_micros = 12'000}));
    EXPECT_EQ(make_bill(rate("0.36/h minimum=10s"), 3s, 1),
              (AudioBill{.billed = 10s, .cost_micros = 1000}));
    // Half of a millionth counts as one.
    EXPECT_EQ(make_bill(rate("0.0018/h"), 1s, 1).cost_micros, 1);
    EXPECT_EQ(make_bill(rate("0.0017/h"), 1s, 1).cost_micros, 0);
}

TEST(AudioPrice, channels_count_or_do_not) {
    EXPECT_EQ(make_bill(rate("3.60/h"), 20s, 2).billed, 20s);
    EXPECT_EQ(make_bill(rate("3.60/h channels=once"), 20s, 2).billed, 10s);
    EXPECT_EQ(make_bill(rate("3.60/h channels=once"), 20s, 0).billed, 20s);
}

TEST(AudioPrice, nothing_sent_costs_nothing_and_the_longest_does_not_overflow) {
    EXPECT_EQ(make_bill(rate("1.00/h minimum=10s"), 0ms, 2), AudioBill{});
    EXPECT_EQ(make_bill(rate("1000000/h"), 24h * 366, 2).cost_micros,
              std::int64_t{1'000'000} * 1'000'000 * 24 * 366);
}

TEST(Money, is_shown_with_its_currency) {
    EXPECT_EQ(format_money(12'345'600, "USD"), "12.35 USD");
    EXPECT_EQ(format_money(999'999'999, "USD"), "1000.00 USD");
    EXPECT_EQ(format_money(55'556, "ARS"), "0.0556 ARS");
    EXPECT_EQ(format_money(0, "USD"), "0.0000 USD");
}

}  // namespace
}  // namespace oidor::config

#include "reports/intervals.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "reports/document.hpp"

namespace oidor::reports {
namespace {

std::string text_of(const std::optional<Interval>& interval) {
    return interval
               ? Fixed{.value = interval->low}.text() + " " + Fixed{.value = interval->high}.text()
               : "none";
}

std::string text_of(const std::optional<Decimal>& value) {
    return value ? Fixed{.value = *value}.text() : "none";
}

Moments moments_of(std::initializer_list<int> values) {
    Moments moments;
    for (const int value : values) {
        moments.add(value);
    }
    return moments;
}

// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
// Medicine 17 (1998), table I, method 3.
TEST(Wilson, gives_the_published_intervals) {
    EXPECT_EQ(text_of(wilson(81, 263)), "25.53 36.62");
    EXPECT_EQ(text_of(wilson(15, 148)), "6.24 16.05");
    EXPECT_EQ(text_of(wilson(0, 20)), "0.00 16.11");
    EXPECT_EQ(text_of(wilson(1, 29)), "0.61 17.18");
}

TEST(Wilson, stays_inside_at_the_ends_and_says_nothing_of_nothing) {
    EXPECT_EQ(text_of(wilson(0, 0)), "none");
    EXPECT_EQ(text_of(wilson(1, 1)), "20.65 100.00");
    EXPECT_EQ(text_of(wilson(0, 1)), "0.00 79.35");
    EXPECT_EQ(text_of(wilson(29, 29)), "88.30 100.00");
    EXPECT_EQ(text_of(wilson(1'000'000, 1'000'000)), "100.00 100.00");
}

TEST(Wilson, mirrors_itself_and_holds_its_share) {
    for (int n = 1; n <= 60; ++n) {
        for (int hits = 0; hits <= n; ++hits) {
            const auto one = *wilson(hits, n);
            const auto other = *wilson(n - hits, n);
            EXPECT_LE(std::abs((Decimal::from_int(100) - one.low - other.high).micros()), 10'000);
            EXPECT_LE(one.low, *percent(hits, n)) << hits << " of " << n;
            EXPECT_GE(one.high, *percent(hits, n)) << hits << " of " << n;
        }
    }
}

TEST(Student, has_the_published_points) {
    const auto places = [](double value) { return std::nearbyint(value * 1000) / 1000; };
    EXPECT_DOUBLE_EQ(places(student_t(1)), 12.706);
    EXPECT_DOUBLE_EQ(places(student_t(4)), 2.776);
    EXPECT_DOUBLE_EQ(places(student_t(10)), 2.228);
    EXPECT_DOUBLE_EQ(places(student_t(30)), 2.042);
    EXPECT_DOUBLE_EQ(places(student_t(40)), 2.021);
    EXPECT_DOUBLE_EQ(places(student_t(60)), 2.000);
    EXPECT_DOUBLE_EQ(places(student_t(120)), 1.980);
    EXPECT_DOUBLE_EQ(places(student_t(1'000'000)), 1.960);
}

TEST(Student, falls_without_a_jump_where_the_table_ends) {
    for (int degrees = 1; degrees < 200; ++degrees) {
        EXPECT_GT(student_t(degrees), student_t(degrees + 1)) << degrees;
    }
}

TEST(Mean, of_nothing_is_nothing_and_of_one_has_no_interval) {
    EXPECT_EQ(text_of(mean(Moments())), "none");
    EXPECT_EQ(text_of(mean_interval(Moments())), "none");
    EXPECT_EQ(text_of(mean(moments_of({70}))), "70.00");
    EXPECT_EQ(text_of(mean_interval(moments_of({70}))), "none");
}

TEST(Mean, has_an_interval_by_its_spread) {
    // Mean 60, standard deviation 15.8114, 2.7764 × 15.8114 / √5 = 19.63.
    const auto moments = moments_of({40, 50, 60, 70, 80});
    EXPECT_EQ(text_of(mean(moments)), "60.00");
    EXPECT_EQ(text_of(mean_interval(moments)), "40.37 79.63");
    EXPECT_EQ(text_of(mean_interval(moments_of({80, 80, 80}))), "80.00 80.00");
    EXPECT_EQ(text_of(mean_interval(moments_of({0, 100}))), "0.00 100.00")
        << "cut where scores end";
}

TEST(Ratio, is_exact_and_ties_go_to_the_even_place) {
    EXPECT_EQ(text_of(percent(1, 3)), "33.33");
    EXPECT_EQ(text_of(percent(2, 3)), "66.67");
    EXPECT_EQ(text_of(percent(0, 0)), "none");
    EXPECT_EQ(Fixed({.value = ratio(1, 800, 2)}).text(), "0.00");
    EXPECT_EQ(Fixed({.value = ratio(3, 200, 2)}).text(), "0.02");
    EXPECT_EQ(Fixed({.value = ratio(1, 200, 2)}).text(), "0.00");
    EXPECT_EQ(Fixed({.value = ratio(-1, 3, 3), .places = 3}).text(), "-0.333");
    EXPECT_EQ(Fixed({.value = ratio(100'000'000, 1, 0), .places = 0}).text(), "100000000");
}

TEST(Mean, of_a_million_calls_does_not_overflow) {
    Moments moments;
    for (int i = 0; i < 1'000'000; ++i) {
        moments.add(i % 101);
    }
    EXPECT_EQ(moments.n, 1'000'000);
    EXPECT_EQ(text_of(mean_interval(moments)), "49.94 50.06");
}

}  // namespace
}  // namespace oidor::reports

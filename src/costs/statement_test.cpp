#include "costs/statement.hpp"

#include <gtest/gtest.h>

namespace oidor::costs {
namespace {

using store::SpeechCallState;
using store::SpeechSpending;

SpeechSpending spent(const std::string& day, const std::string& engine, SpeechCallState state,
                     std::int64_t calls, std::int64_t cost_micros) {
    SpeechSpending sum;
    sum.day = day;
    sum.source = "anura";
    sum.account = "default";
    sum.engine = engine;
    sum.model = engine == "openai" ? "whisper-1" : "";
    sum.currency = "USD";
    sum.state = state;
    sum.calls = calls;
    sum.audio_ms = calls * 60'000;
    sum.sent_ms = calls * 40'000;
    sum.billed_ms = calls * 41'000;
    sum.cost_micros = cost_micros;
    return sum;
}

TEST(Statement, tells_what_was_paid_from_what_may_have_been) {
    const auto statement =
        add_up({spent("2026-02-10", "azure", SpeechCallState::Paid, 3, 900),
                spent("2026-02-11", "azure", SpeechCallState::Paid, 1, 300),
                spent("2026-02-11", "azure", SpeechCallState::Cached, 5, 0),
                spent("2026-02-11", "azure", SpeechCallState::Failed, 2, 0),
                spent("2026-02-11", "azure", SpeechCallState::Refused, 1, 0),
                spent("2026-02-11", "azure", SpeechCallState::Open, 1, 500),
                spent("2026-02-11", "azure", SpeechCallState::Unconfirmed, 2, 700)},
               By::Engine);
    ASSERT_EQ(statement.lines.size(), 1U);
    const Line expected = {.name = "azure",
                           .model = {},
                           .currency = "USD",
                           .calls = 4,
                           .cached = 5,
                           .failed = 3,
                           .open = 1,
                           .unconfirmed = 2,
                           .unpriced = 0,
                           .audio_ms = 240'000,
                           .sent_ms = 160'000,
                           .billed_ms = 164'000,
                           .cost_micros = 1200,
                           .unconfirmed_micros = 700};
    EXPECT_EQ(statement.lines[0], expected);
    ASSERT_EQ(statement.totals.size(), 1U);
    EXPECT_EQ(statement.totals[0].cost_micros, 1200);
}

TEST(Statement, has_a_line_for_each_of_what_is_asked_for) {
    auto other = spent("2026-02-11", "openai", SpeechCallState::Paid, 1, 5);
    other.campaign = "7";
    other.account = "norte";
    const std::vector<SpeechSpending> all = {
        spent("2026-02-10", "azure", SpeechCallState::Paid, 3, 900), other};
    EXPECT_EQ(add_up(all, By::Engine).lines.at(1).model, "whisper-1");
    EXPECT_EQ(add_up(all, By::Day).lines.at(1).name, "2026-02-11");
    EXPECT_EQ(add_up(all, By::Campaign).lines.at(0).name, std::nullopt);
    EXPECT_EQ(add_up(all, By::Campaign).lines.at(1).name, "7");
    EXPECT_EQ(add_up(all, By::Account).lines.at(1).name, "anura/norte");
}

TEST(Statement, currencies_are_never_added_up) {
    auto pesos = spent("2026-02-10", "azure", SpeechCallState::Paid, 1, 1'000'000);
    pesos.currency = "ARS";
    const auto statement =
        add_up({pesos, spent("2026-02-10", "azure", SpeechCallState::Paid, 1, 900)}, By::Day);
    ASSERT_EQ(statement.totals.size(), 2U);
    EXPECT_EQ(statement.totals[0].cost_micros, 1'000'000);
    EXPECT_EQ(statement.totals[1].cost_micros, 900);
    EXPECT_EQ(statement.lines.size(), 2U);
}

TEST(Statement, what_has_no_price_is_counted_as_such) {
    auto unpriced = spent("2026-02-10", "azure", SpeechCallState::Paid, 2, 0);
    unpriced.calls_unpriced = 2;
    EXPECT_EQ(add_up({unpriced}, By::Engine).lines.at(0).unpriced, 2);
}

TEST(Statement, days_are_checked) {
    EXPECT_TRUE(check({.from = "2026-02-10", .to = "2026-02-11"}));
    EXPECT_TRUE(check({.from = "2026-02-10", .to = "2027-02-11"}));
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"2026-02-10", "2026-02-10"},
                                                          {"2026-02-11", "2026-02-10"},
                                                          {"2026-02-10", "2027-02-12"},
                                                          {"hoy", "2026-02-10"},
                                                          {"2026-02-10", ""}}) {
        EXPECT_EQ(check({.from = from, .to = to}).error().code, ErrorCode::Invalid) << from << to;
    }
    EXPECT_EQ(parse_by("campaign"), By::Campaign);
    EXPECT_EQ(parse_by("agent"), std::nullopt);
}

}  // namespace
}  // namespace oidor::costs

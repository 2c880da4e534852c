#include "server/backtest_runs.hpp"

#include <future>

#include <gtest/gtest.h>

namespace oidor::server {
namespace {

using State = BacktestRun::State;

/// The run as soon as it has ended.
BacktestRun ended(const BacktestRuns& runs, const std::string& id) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto run = runs.find(id);
    while (run && run->state == State::Running && std::chrono::steady_clock::now() < until) {
        std::this_thread::yield();
        run = runs.find(id);
    }
    EXPECT_TRUE(run);
    return run.value_or(BacktestRun{});
}

BacktestRuns::Work giving(const std::string& report) {
    return [report](const std::stop_token&, const BacktestRuns::Progress& progress) {
        progress(1, 2);
        return Result<std::string>(report);
    };
}

TEST(BacktestRuns, a_report_is_found_when_it_is_done) {
    BacktestRuns runs;
    const auto id = runs.start(giving("{}"), {"7"});
    ASSERT_TRUE(id);
    const auto run = ended(runs, *id);
    EXPECT_EQ(run.state, State::Done);
    EXPECT_EQ(run.report, "{}");
    EXPECT_EQ(run.done, 2);
    EXPECT_EQ(run.campaigns, std::vector<std::string>{"7"});
    EXPECT_FALSE(runs.find("another"));
}

TEST(BacktestRuns, one_runs_at_a_time_until_it_is_cancelled) {
    BacktestRuns runs;
    std::promise<void> begun;
    const auto id = runs.start(
        [&begun](const std::stop_token& stop,
                 const BacktestRuns::Progress&) -> Result<std::string> {
            begun.set_value();
            while (!stop.stop_requested()) {
                std::this_thread::yield();
            }
            return fail(ErrorCode::Cancelled, "stopped");
        },
        {});
    ASSERT_TRUE(id);
    begun.get_future().wait();
    const auto second = runs.start(giving("{}"), {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::Conflict);
    runs.cancel("another");
    EXPECT_EQ(runs.find(*id)->state, State::Running);
    runs.cancel(*id);
    EXPECT_EQ(ended(runs, *id).state, State::Cancelled);
    const auto third = runs.start(giving("{}"), {});
    ASSERT_TRUE(third);
    EXPECT_EQ(ended(runs, *third).state, State::Done);
    runs.cancel(*id);  // It has ended: nothing.
}

TEST(BacktestRuns, a_failure_is_told_and_the_oldest_are_forgotten) {
    BacktestRuns runs;
    const auto failed = runs.start(
        [](const std::stop_token&, const BacktestRuns::Progress&) -> Result<std::string> {
            return fail(ErrorCode::Unavailable, "the store is away");
        },
        {});
    ASSERT_TRUE(failed);
    const auto run = ended(runs, *failed);
    EXPECT_EQ(run.state, State::Failed);
    EXPECT_EQ(run.error->message, "the store is away");
    for (std::size_t i = 0; i < BacktestRuns::kKept; ++i) {
        const auto id = runs.start(giving("{}"), {});
        ASSERT_TRUE(id);
        ended(runs, *id);
    }
    EXPECT_FALSE(runs.find(*failed));
}

TEST(BacktestRuns, ending_it_cancels_what_runs) {
    std::promise<void> begun;
    bool cancelled = false;
    {
        BacktestRuns runs;
        ASSERT_TRUE(runs.start(
            [&](const std::stop_token& stop, const BacktestRuns::Progress&) -> Result<std::string> {
                begun.set_value();
                while (!stop.stop_requested()) {
                    std::this_thread::yield();
                }
                cancelled = true;
                return fail(ErrorCode::Cancelled, "stopped");
            },
            {}));
        begun.get_future().wait();
    }
    EXPECT_TRUE(cancelled);
}

}  // namespace
}  // namespace oidor::server

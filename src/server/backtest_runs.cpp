#include "server/backtest_runs.hpp"

#include <algorithm>
#include <array>

#include "base/id.hpp"

namespace oidor::server {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"running", "done", "failed", "cancelled"};

}  // namespace

std::string_view format(BacktestRun::State state) {
    return kStates[static_cast<std::size_t>(state)];
}

Result<std::string> BacktestRuns::start(Work work, std::vector<std::string> campaigns) {
    auto id = format_uuid(make_uuid7());
    const bool free = kept_.with([&](Kept& kept) {
        if (kept.running) {
            return false;
        }
        kept.running = true;
        kept.runs.push_back({.id = id, .campaigns = std::move(campaigns)});
        if (kept.runs.size() > kKept) {
            kept.runs.pop_front();
        }
        return true;
    });
    if (!free) {
        return fail(ErrorCode::Conflict, "a back-test is under way: wait for its end or cancel it");
    }
    auto thread = std::make_unique<std::jthread>(
        [this, id, work = std::move(work)](const std::stop_token& stop) mutable {
            end(id, work(stop, [this, &id](std::int64_t done, std::int64_t all) {
                    change(id, [done, all](BacktestRun& run) {
                        run.done = done;
                        run.all = all;
                    });
                }));
        });
    // The one before has ended: taking its place waits for nothing.
    thread_.with([&](std::unique_ptr<std::jthread>& last) { std::swap(last, thread); });
    return id;
}

std::optional<BacktestRun> BacktestRuns::find(const std::string& id) const {
    return kept_.with([&](const Kept& kept) {
        const auto found = std::ranges::find(kept.runs, id, &BacktestRun::id);
        return found != kept.runs.end() ? std::optional(*found) : std::nullopt;
    });
}

void BacktestRuns::cancel(const std::string& id) {
    const auto run = find(id);
    if (run && run->state == BacktestRun::State::Running) {
        thread_.with([](std::unique_ptr<std::jthread>& thread) {
            if (thread) {
                thread->request_stop();
            }
        });
    }
}

void BacktestRuns::change(const std::string& id, const std::function<void(BacktestRun&)>& change) {
    kept_.with([&](Kept& kept) {
        const auto found = std::ranges::find(kept.runs, id, &BacktestRun::id);
        if (found != kept.runs.end()) {
            change(*found);
        }
    });
}

void BacktestRuns::end(const std::string& id, Result<std::string> report) {
    using State = BacktestRun::State;
    kept_.with([&](Kept& kept) {
        kept.running = false;
        const auto found = std::ranges::find(kept.runs, id, &BacktestRun::id);
        if (found == kept.runs.end()) {
            return;
        }
        if (report) {
            found->state = State::Done;
            found->report = std::move(*report);
            found->done = found->all;
        } else {
            found->state =
                report.error().code == ErrorCode::Cancelled ? State::Cancelled : State::Failed;
            found->error = report.error();
        }
    });
}

}  // namespace oidor::server

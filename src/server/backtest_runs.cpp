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

BacktestRuns::~BacktestRuns() {
    kept_.with([](Kept& kept) { kept.stop.request_stop(); });
}

Result<std::string> BacktestRuns::start(Work work, std::vector<std::string> campaigns) {
    auto id = format_uuid(make_uuid7());
    std::stop_source stop;
    const bool free = kept_.with([&](Kept& kept) {
        if (kept.running) {
            return false;
        }
        kept.running = true;
        kept.stop = stop;
        kept.runs.push_back({.id = id, .campaigns = std::move(campaigns)});
        if (kept.runs.size() > kKept) {
            kept.runs.pop_front();
        }
        return true;
    });
    if (!free) {
        return fail(ErrorCode::Conflict, "a back-test is under way: wait for its end or cancel it");
    }
    auto thread = std::make_unique<std::jthread>([this, id, token = stop.get_token(),
                                                  work = std::move(work)]() mutable {
        end(id,
            work(token, [this, &id](std::int64_t done, std::int64_t all) { tell(id, done, all); }));
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
    kept_.with([&](Kept& kept) {
        // The one that runs is the newest.
        if (kept.running && kept.runs.back().id == id) {
            kept.stop.request_stop();
        }
    });
}

void BacktestRuns::tell(const std::string& id, std::int64_t done, std::int64_t all) {
    kept_.with([&](Kept& kept) {
        const auto found = std::ranges::find(kept.runs, id, &BacktestRun::id);
        if (found != kept.runs.end()) {
            found->done = done;
            found->all = all;
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

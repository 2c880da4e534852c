// Back-tests that somebody asked for over HTTP: one at a time, in a thread of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/synchronized.hpp"

namespace oidor::server {

/// How one stands.
struct BacktestRun {
    enum class State { Running, Done, Failed, Cancelled };
    std::string id = {};
    State state = State::Running;
    std::int64_t done = 0;  ///< Conversations.
    std::int64_t all = 0;
    std::string report = {};  ///< JSON, when it is done.
    std::optional<Error> error = {};
    /// Campaigns of the key that asked, when it is limited to some: nobody else's key sees it.
    std::vector<std::string> campaigns = {};
};

/// `running`, `done`, `failed`, `cancelled`.
std::string_view format(BacktestRun::State state);

/// Keeps the newest `kKept` in memory: they are gone after a restart. Safe to call from many
/// threads. Ending it cancels what runs.
class BacktestRuns {
  public:
    static constexpr std::size_t kKept = 8;
    using Progress = std::function<void(std::int64_t done, std::int64_t all)>;
    /// Gives the report as JSON.
    using Work =
        std::move_only_function<Result<std::string>(const std::stop_token&, const Progress&)>;

    BacktestRuns() = default;
    ~BacktestRuns();
    BacktestRuns(const BacktestRuns&) = delete;
    BacktestRuns& operator=(const BacktestRuns&) = delete;

    /// Its id. Conflict while another one runs.
    Result<std::string> start(Work work, std::vector<std::string> campaigns);
    [[nodiscard]] std::optional<BacktestRun> find(const std::string& id) const;
    /// Asks it to stop; nothing when it has ended already.
    void cancel(const std::string& id);

  private:
    struct Kept {
        std::deque<BacktestRun> runs = {};
        bool running = false;
        std::stop_source stop = {};  ///< Of the one that runs, the newest.
    };
    void tell(const std::string& id, std::int64_t done, std::int64_t all);
    void end(const std::string& id, Result<std::string> report);

    Synchronized<Kept> kept_ = {};
    Synchronized<std::unique_ptr<std::jthread>> thread_ = {};
};

}  // namespace oidor::server

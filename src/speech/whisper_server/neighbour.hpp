// A server program that runs beside us on this computer, started and watched over: its crash is
// not ours, and it never outlives us.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/confined_process.hpp"
#include "base/result.hpp"
#include "net/client.hpp"

namespace oidor::speech::whisper_server {

using namespace std::chrono_literals;

/// What is started, and how patiently.
struct NeighbourOptions {
    std::string program = {};                 ///< A path, or a name that PATH finds.
    std::vector<std::string> arguments = {};  ///< `--host` and `--port` are put behind them.
    std::chrono::milliseconds start_max = 2min;
    std::chrono::milliseconds back_off_first = 1s;  ///< Doubled for each start that fails.
    std::chrono::milliseconds back_off_max = 1min;
    std::chrono::milliseconds end_max = 5s;  ///< After SIGTERM; then SIGKILL.
};

/// Starts the program when it is first wanted, on a free port of 127.0.0.1, and again, after a
/// pause that grows, whenever it ends. Safe to call from many threads. Destroying it ends the
/// program; so does our own end, however it comes about.
///
/// The program gets no secret of ours: of the environment only what finds programs, libraries and
/// graphics cards. What it prints is thrown away, as it prints what it hears.
class Neighbour {
  public:
    Neighbour(NeighbourOptions options, std::shared_ptr<const net::OperatorClient> client);
    Neighbour(const Neighbour&) = delete;
    Neighbour& operator=(const Neighbour&) = delete;
    ~Neighbour();

    /// A server that answers. `run` counts its starts.
    struct Running {
        std::string url = {};  ///< `http://127.0.0.1:PORT`
        std::uint64_t run = 0;
    };
    /// Waits until it answers. Errors: Unsupported (no such program), Unavailable with how long to
    /// wait (it ended or did not answer in time when it was started), Timeout, Cancelled.
    [[nodiscard]] Result<Running> get(const Watch& watch);

    /// That start of it does not answer any more: it is ended and started anew.
    void give_up(std::uint64_t run);

    /// The process, while there is one: for tests and `doctor`.
    [[nodiscard]] std::optional<int> find_pid() const;

  private:
    struct Child;
    void watch_over(const std::stop_token& stop);
    Result<Child> start_program();
    bool await_health(Child& child, const std::stop_token& stop, std::string& why);
    void await_end(Child& child, const std::stop_token& stop);
    void end(Child& child) const;
    bool rest(std::chrono::milliseconds pause, const std::stop_token& stop);

    const NeighbourOptions options_;
    const std::shared_ptr<const net::OperatorClient> client_;

    mutable std::mutex mutex_ = {};
    std::condition_variable_any changed_ = {};
    bool wanted_ = false;
    std::optional<Running> running_ = {};
    std::optional<int> pid_ = {};
    std::uint64_t runs_ = 0;
    std::uint64_t given_up_ = 0;  ///< The last start that somebody gave up.
    std::uint64_t failures_ = 0;  ///< Starts that did not come to answer.
    Error last_failure_ = {};
    /// Last, so that it ends first. It starts the program itself: the kernel ends a child with the
    /// thread that made it.
    std::jthread thread_ = {};
};

}  // namespace oidor::speech::whisper_server

// The thread that hears of jobs which other processes queued, and tells them of ours
// (LISTEN/NOTIFY). It saves a wait, nothing more: who hears nothing finds the jobs by polling.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/wakes.hpp"

namespace oidor::store::postgres {

/// Safe to call from many threads.
class Listener {
  public:
    static Result<std::unique_ptr<Listener>> open(const Target& target, Wakes& wakes);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Tells the other processes soon; many calls in a row are one word. Call it after the commit:
    /// a NOTIFY inside it would make all commits of the database wait for each other.
    void announce();

  private:
    Listener(const Target& target, Wakes& wakes) : target_(target), wakes_(wakes) {}
    Result<void> listen();
    void loop();
    /// Hears and says what there is; false when the connection broke.
    bool serve();
    void wait(int timeout_ms);

    Target target_;
    Wakes& wakes_;
    std::unique_ptr<Connection> connection_ = {};
    std::string channel_ = {};
    int signal_ = -1;  ///< An eventfd: something to say, or to stop.
    std::atomic<bool> wanted_ = false;
    std::atomic<bool> stopping_ = false;
    std::jthread thread_ = {};
};

}  // namespace oidor::store::postgres

// A thread for each sink: what fails or is slow keeps nobody else waiting.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "pipeline/courier.hpp"

namespace oidor::pipeline {

/// A sink with the couriers' settings for it.
struct Destination {
    std::unique_ptr<sinks::Sink> sink = {};
    std::string fingerprint = {};  ///< Of what shapes its rows and where they go.
    CourierOptions options = {};
};

/// Owns its threads. `start` and `stop` pair up; stop without start and stop twice are fine.
class Deliveries {
  public:
    struct Parts {
        store::Store& store;
        const Clock& clock;
        telemetry::Telemetry* telemetry = nullptr;  ///< May be null.
        std::chrono::milliseconds poll_every = std::chrono::seconds(1);
    };
    Deliveries(const Parts& parts, std::vector<Destination> destinations);
    ~Deliveries();
    Deliveries(const Deliveries&) = delete;
    Deliveries& operator=(const Deliveries&) = delete;

    /// Tells the store of the sinks: from now on changes are noted for them.
    Result<void> register_sinks();
    void start();
    /// Waits for the calls that are under way; sinks are asked to stop.
    void stop();
    /// Delivers all that waits, in the caller's thread; the first error of a sink ends it.
    Result<int> run_all(const std::string& sink, const std::stop_token& stop);

  private:
    void serve(Courier& courier, const std::stop_token& stop);

    Parts parts_;
    std::vector<Destination> destinations_;
    std::vector<std::unique_ptr<Courier>> couriers_ = {};
    std::mutex mutex_ = {};
    std::condition_variable_any stopping_ = {};
    std::vector<std::jthread> threads_ = {};
};

}  // namespace oidor::pipeline

// A few threads for requests that read the store, so that the I/O threads never wait for a disk.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace oidor::server {

/// Runs tasks in order of arrival on its own threads. Safe to call from many threads.
class Executor {
  public:
    Executor(int threads, std::size_t waiting_max);
    /// Finishes what was accepted.
    ~Executor();
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;

    /// False at the bound of waiting tasks: the caller answers 503.
    [[nodiscard]] bool submit(std::move_only_function<void()>& task);

  private:
    void work(const std::stop_token& stop);

    std::mutex mutex_ = {};
    std::condition_variable_any arrived_ = {};
    std::deque<std::move_only_function<void()>> waiting_ = {};
    std::size_t waiting_max_;
    std::vector<std::jthread> threads_ = {};
};

}  // namespace oidor::server

// Who is to be woken when jobs were queued: the pool of this process.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace oidor::store::postgres {

/// Safe to call from many threads.
class Wakes {
  public:
    /// Null: nobody. No call is under way once this returns.
    void set(std::function<void()> wake) {
        const std::lock_guard lock(mutex_);
        wake_ = std::move(wake);
    }
    void call() {
        const std::lock_guard lock(mutex_);
        if (wake_) {
            wake_();
        }
    }

  private:
    std::mutex mutex_ = {};
    std::function<void()> wake_ = {};
};

}  // namespace oidor::store::postgres

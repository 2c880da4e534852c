// Synchronized<T>: state that threads share, reached only with its lock held.
#pragma once

#include <mutex>
#include <utility>

namespace oidor {

/// Owns a T and its mutex. `with` runs a function with the lock held: no I/O, callback or other
/// lock inside.
template <typename T>
class Synchronized {
  public:
    Synchronized() = default;
    explicit Synchronized(T value) : value_(std::move(value)) {}

    template <typename Function>
    decltype(auto) with(Function&& function) {
        const std::lock_guard lock(mutex_);
        return std::forward<Function>(function)(value_);
    }
    template <typename Function>
    decltype(auto) with(Function&& function) const {
        const std::lock_guard lock(mutex_);
        return std::forward<Function>(function)(value_);
    }

  private:
    mutable std::mutex mutex_ = {};
    T value_ = {};
};

}  // namespace oidor

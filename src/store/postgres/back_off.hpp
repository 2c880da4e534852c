// Pauses between attempts: doubled each time, of which between half and all is taken.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

#include "base/time.hpp"

namespace oidor::store::postgres {

/// One series of attempts.
class BackOff {
  public:
    BackOff(std::chrono::milliseconds first, std::chrono::milliseconds most)
        : next_(first), most_(most) {}

    /// The next pause, never beyond the deadline.
    std::chrono::milliseconds pause(const Deadline& deadline) {
        std::uniform_int_distribution<std::int64_t> half_to_all(next_.count() / 2, next_.count());
        const std::chrono::milliseconds pause(half_to_all(random_));
        next_ = std::min(2 * next_, most_);
        return std::min(pause, deadline.remaining());
    }

  private:
    std::chrono::milliseconds next_;
    std::chrono::milliseconds most_;
    std::minstd_rand random_{std::random_device()()};
};

}  // namespace oidor::store::postgres

// Work that keeps a thread for seconds: few at once, the next is asked to come back.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <semaphore>
#include <string_view>

#include <fmt/format.h>

#include "base/result.hpp"

namespace oidor::server {

/// More than these at once would keep the threads of everybody else's requests.
constexpr std::ptrdiff_t kTurnsAtOnce = 2;

/// Places for one kind of work.
using Turns = std::counting_semaphore<kTurnsAtOnce>;

/// A place among them, given back at the end.
class Turn {
  public:
    /// Errors: Unavailable with retry_after when all are taken; `what`: `reports`, named there.
    static Result<std::unique_ptr<Turn>> take(Turns& turns, std::string_view what) {
        if (!turns.try_acquire()) {
            return fail({.code = ErrorCode::Unavailable,
                         .message = fmt::format("{} {} are under way", kTurnsAtOnce, what),
                         .retry_after = std::chrono::seconds(2)});
        }
        return std::unique_ptr<Turn>(new Turn(turns));
    }
    ~Turn() { turns_.release(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    explicit Turn(Turns& turns) : turns_(turns) {}
    Turns& turns_;
};

}  // namespace oidor::server

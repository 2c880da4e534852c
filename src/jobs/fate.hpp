// What becomes of a job that ended: pure rules, from the error's code (STYLE §5) to the queue's
// row.
#pragma once

#include <chrono>
#include <optional>

#include "base/error.hpp"
#include "base/time.hpp"
#include "jobs/worker_pool.hpp"
#include "store/queue.hpp"

namespace oidor::jobs {

/// `back_off_first` doubled for each attempt after the first, up to `back_off_max`, of which
/// between half and all is taken: `jitter_ratio` is 0 to 1.
std::chrono::milliseconds back_off(const KindOptions& kind, int attempt, double jitter_ratio);

/// What else decides.
struct FateContext {
    Timestamp now = {};
    double jitter_ratio = 0.5;
    bool stopping = false;  ///< The pool is: a cancelled job goes back to its place at once.
    bool closed = false;    ///< Its kind is: a job that has to wait keeps its place.
};

/// Of a job that was told to wait: once it is due it goes before those that nobody began, however
/// long they have been due, and among its like by the time that it waited for.
inline constexpr int kWaitedPriority = 1;

/// The ending of a job that failed with `error`. RetryOnce counts as exhausted here: the second
/// try was made already.
store::JobEnding to_ending(const store::LeasedJob& job, const KindOptions& kind, const Error& error,
                           const FateContext& context);
/// The ending of a job that succeeded.
store::JobEnding to_ending(const store::LeasedJob& job);
/// The ending of a job that was leased but not begun.
store::JobEnding to_untouched(const store::LeasedJob& job);

}  // namespace oidor::jobs

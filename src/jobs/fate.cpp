#include "jobs/fate.hpp"

#include <algorithm>

namespace oidor::jobs {
namespace {

using std::chrono::milliseconds;

/// The pause before the next attempt: what the other side asked for, else the kind's own rule, else
/// the back-off.
milliseconds pause_of(const store::LeasedJob& job, const KindOptions& kind, const Error& error,
                      double jitter_ratio) {
    auto pause = back_off(kind, job.attempt, jitter_ratio);
    if (kind.delay) {
        pause = kind.delay(job, error).value_or(pause);
    }
    return error.retry_after ? std::max(*error.retry_after, milliseconds(0)) : pause;
}

}  // namespace

milliseconds back_off(const KindOptions& kind, int attempt, double jitter_ratio) {
    auto whole = kind.back_off_first;
    for (int i = 1; i < attempt && whole < kind.back_off_max; ++i) {
        whole *= 2;
    }
    whole = std::min(whole, kind.back_off_max);
    const auto half = static_cast<double>(whole.count()) / 2;
    return milliseconds(static_cast<std::int64_t>(half + half * jitter_ratio));
}

store::JobEnding to_ending(const store::LeasedJob& job, const KindOptions& kind, const Error& error,
                           const FateContext& context) {
    const auto& faces = faces_of(error.code);
    store::JobEnding ending = {.id = job.id,
                               .lease = job.lease,
                               .state = store::JobState::Dead,
                               .error_code = std::string(faces.name),
                               .error_message = error.message};
    const auto queue_again = [&](milliseconds pause) {
        ending.state = store::JobState::Queued;
        ending.run_at = context.now + pause;
    };
    switch (faces.fate) {
        case JobFate::Stop:
        case JobFate::RetryOnce:
        case JobFate::Quarantine: break;
        case JobFate::Skip: ending.state = store::JobState::Skipped; break;
        case JobFate::Wait:
            queue_again(pause_of(job, kind, error, context.jitter_ratio));
            if (context.closed) {
                ending.run_at = job.run_at;
            } else {
                // Its time is now later than that of all who were never begun, who may be newer.
                ending.priority = kWaitedPriority;
            }
            ending.count_attempt = false;
            break;
        case JobFate::BackOff:
            if (job.attempt < kind.attempts_max) {
                queue_again(pause_of(job, kind, error, context.jitter_ratio));
            }
            break;
        case JobFate::Return:
            // A handler that gives up by itself is not run again in a tight loop.
            queue_again(kind.back_off_first);
            ending.run_at = context.stopping ? std::optional(job.run_at) : ending.run_at;
            ending.count_attempt = false;
            break;
    }
    return ending;
}

store::JobEnding to_ending(const store::LeasedJob& job) {
    return {.id = job.id, .lease = job.lease, .state = store::JobState::Done};
}

store::JobEnding to_untouched(const store::LeasedJob& job) {
    return {.id = job.id,
            .lease = job.lease,
            .state = store::JobState::Queued,
            .run_at = job.run_at,
            .count_attempt = false};
}

}  // namespace oidor::jobs

#include "jobs/worker_pool_impl.hpp"

#include <algorithm>
#include <exception>

#include <pthread.h>

#include "base/failpoint.hpp"
#include "jobs/fate.hpp"

namespace oidor::jobs {

void WorkerPool::Impl::start() {
    {
        const std::lock_guard lock(mutex_);
        if (shared_.started) {
            return;
        }
        shared_ = Shared{};
        shared_.started = true;
        shared_.batch = std::max(options_.threads, 1);
    }
    const auto run = [this](const char* name, void (Impl::*loop)()) {
        return std::jthread([this, name, loop] {
            pthread_setname_np(pthread_self(), name);
            (this->*loop)();
        });
    };
    claimer_ = run("jobs-claim", &Impl::claim_loop);
    keepers_.push_back(run("jobs-finish", &Impl::finish_loop));
    keepers_.push_back(run("jobs-heartbeat", &Impl::heartbeat_loop));
    for (int i = 0; i < std::max(options_.threads, 1); ++i) {
        workers_.push_back(run("jobs-worker", &Impl::work_loop));
    }
    store_.on_queued([this] { wake(); });
}

void WorkerPool::Impl::stop(Deadline deadline) {
    {
        std::unique_lock lock(mutex_);
        if (!shared_.started || shared_.stopping) {
            return;
        }
        shared_.stopping = true;
        // Jobs that nobody began go back at once.
        for (const auto& key : shared_.ready) {
            shared_.endings.push_back(to_untouched(shared_.held.at(key).job));
        }
        shared_.ready.clear();
    }
    store_.on_queued({});
    claim_ready_.notify_all();
    work_ready_.notify_all();
    finish_ready_.notify_all();
    std::vector<std::stop_source> stops;
    {
        std::unique_lock lock(mutex_);
        while (shared_.running > 0 && !deadline.expired()) {
            ended_.wait_for(lock, std::max(deadline.remaining(), milliseconds(1)));
        }
        for (auto& [key, held] : shared_.held) {
            stops.push_back(held.stop);
        }
    }
    for (auto& source : stops) {
        source.request_stop();
    }
    workers_.clear();
    claimer_ = {};
    {
        const std::lock_guard lock(mutex_);
        shared_.workers_ended = true;
    }
    finish_ready_.notify_all();
    heartbeat_ready_.notify_all();
    keepers_.clear();
    const std::lock_guard lock(mutex_);
    shared_.started = false;
}

void WorkerPool::Impl::wake() {
    {
        const std::lock_guard lock(mutex_);
        shared_.woken = true;
    }
    claim_ready_.notify_one();
}

// ---- Claiming

bool WorkerPool::Impl::wants_more(const Shared& shared) const {
    const auto ready = static_cast<int>(shared.ready.size());
    const int idle = std::max(options_.threads, 1) - shared.running;
    return ready < idle || (shared.batch > options_.threads && ready <= shared.batch / 2);
}

std::vector<std::pair<std::vector<std::string>, int>> WorkerPool::Impl::plan_claims(
    const Shared& shared) const {
    // Kinds without a limit share one claim; each limited one is asked for what it has room for.
    std::vector<std::pair<std::vector<std::string>, int>> claims(1);
    claims.front().second = shared.batch;
    for (const auto& [kind, options] : kinds_) {
        if (is_closed(options)) {
            continue;
        }
        if (options.concurrency <= 0) {
            claims.front().first.push_back(kind);
            continue;
        }
        const auto held = shared.held_by_kind.find(kind);
        const int room =
            options.concurrency - (held != shared.held_by_kind.end() ? held->second : 0);
        if (room > 0) {
            claims.push_back({{kind}, std::min(room, shared.batch)});
        }
    }
    if (claims.front().first.empty()) {
        claims.erase(claims.begin());
    }
    return claims;
}

bool WorkerPool::Impl::is_closed(const KindOptions& kind) const {
    const auto until = kind.closed_until ? kind.closed_until() : std::nullopt;
    return until && clock_.now() < *until;
}

void WorkerPool::Impl::claim_loop() {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            claim_ready_.wait(lock, [&] { return shared_.stopping || wants_more(shared_); });
            if (shared_.stopping) {
                return;
            }
            shared_.woken = false;
        }
        if (claim_some()) {
            continue;
        }
        const auto pause = idle_pause();
        std::unique_lock lock(mutex_);
        claim_ready_.wait_for(lock, pause, [&] { return shared_.stopping || shared_.woken; });
    }
}

bool WorkerPool::Impl::claim_some() {
    std::vector<std::pair<std::vector<std::string>, int>> claims;
    {
        const std::lock_guard lock(mutex_);
        claims = plan_claims(shared_);
    }
    bool any = false;
    for (const auto& [kinds, limit] : claims) {
        // A store that fails now is asked again at the next poll.
        auto jobs = store_.queue().claim(kinds, limit, options_.lease);
        if (jobs && !jobs->empty() && fail_at<Failpoint::jobs_claim_after>()) {
            any = true;
            take_over(std::move(*jobs));
        }
    }
    return any;
}

milliseconds WorkerPool::Impl::idle_pause() const {
    std::vector<std::string> kinds;
    for (const auto& [kind, options] : kinds_) {
        if (!is_closed(options)) {
            kinds.push_back(kind);
        }
    }
    const auto next = store_.queue().next_due(kinds);
    if (!next || !*next) {
        return options_.poll_every;
    }
    const auto until = std::chrono::ceil<milliseconds>(**next - clock_.now());
    // One that is due but was not given waits for room of its kind: a job that ends wakes us.
    return until > milliseconds(0) ? std::min(until, options_.poll_every) : options_.poll_every;
}

void WorkerPool::Impl::take_over(std::vector<store::LeasedJob> jobs) {
    std::vector<std::stop_source> stops;
    {
        const std::lock_guard lock(mutex_);
        shared_.claimed_at = SteadyClock::now();
        for (auto& job : jobs) {
            const LeaseKey key = {job.id, job.lease};
            for (auto old = shared_.held.lower_bound({job.id, 0});
                 old != shared_.held.end() && old->first.first == job.id; ++old) {
                // This pool was too slow and has lost the job to itself.
                old->second.lost = true;
                stops.push_back(old->second.stop);
            }
            ++shared_.held_by_kind[job.kind];
            if (shared_.stopping) {
                shared_.endings.push_back(to_untouched(job));
            } else {
                shared_.ready.push_back(key);
            }
            shared_.held.insert_or_assign(key, Held{.job = std::move(job)});
        }
    }
    work_ready_.notify_all();
    finish_ready_.notify_all();
    for (auto& source : stops) {
        source.request_stop();
    }
}

// ---- Working

void WorkerPool::Impl::work_loop() {
    while (true) {
        Held held;
        bool claim_more = false;
        {
            std::unique_lock lock(mutex_);
            work_ready_.wait(lock, [&] { return shared_.stopping || !shared_.ready.empty(); });
            if (shared_.ready.empty()) {
                return;
            }
            held = shared_.held.at(shared_.ready.front());
            shared_.ready.pop_front();
            ++shared_.running;
            if (shared_.ready.empty()) {
                const bool quick = SteadyClock::now() - shared_.claimed_at < kBatchWaitMax;
                shared_.batch = std::clamp(quick ? shared_.batch * 2 : shared_.batch / 2,
                                           std::max(options_.threads, 1),
                                           std::max(options_.claim_batch, options_.threads));
            }
            claim_more = wants_more(shared_);
        }
        if (claim_more) {
            claim_ready_.notify_one();
        }
        run_job(held);
        {
            const std::lock_guard lock(mutex_);
            --shared_.running;
            claim_more = wants_more(shared_);
        }
        if (claim_more) {
            claim_ready_.notify_one();
        }
        ended_.notify_all();
    }
}

void WorkerPool::Impl::run_job(const Held& held) {
    const JobContext context = {.job = held.job, .stop = held.stop.get_token()};
    const auto& kind = kinds_.at(held.job.kind);
    const auto waited = std::max(std::chrono::microseconds(0), clock_.now() - held.job.queued_at);
    const auto begun = SteadyClock::now();
    Result<void> result;
    if (held.job.attempt > kind.attempts_max) {
        result = fail(ErrorCode::Internal,
                      "job {} {}: given up after {} attempts whose worker ended without a word",
                      held.job.kind, held.job.key, held.job.attempt - 1);
    } else {
        result = fail_at<Failpoint::jobs_run_before>();
        if (result) {
            result = run_handler(kind, context);
        }
        if (!result && faces_of(result.error().code).fate == JobFate::RetryOnce) {
            result = run_handler(kind, context);
        }
    }
    auto ending = decide(kind, context, result);
    bool lease_lost = false;
    {
        const std::lock_guard lock(mutex_);
        lease_lost = shared_.held.at({held.job.id, held.job.lease}).lost;
    }
    const Outcome outcome = {.job = held.job,
                             .state = ending.state,
                             .error = result ? std::nullopt : std::optional(result.error()),
                             .duration = std::chrono::duration_cast<std::chrono::microseconds>(
                                 SteadyClock::now() - begun),
                             .waited = waited,
                             .lease_lost = lease_lost};
    end_job(std::move(ending));
    if (observer_) {
        observer_(outcome);
    }
}

Result<void> WorkerPool::Impl::run_handler(const KindOptions& kind,
                                           const JobContext& context) const {
    // The thread's entry: a handler that throws ends its job, not the program.
    try {
        return kind.handler(context);
    } catch (const std::exception& error) {
        return fail(ErrorCode::Internal, "job {}: exception: {}", context.job.kind, error.what());
    } catch (...) {
        return fail(ErrorCode::Internal, "job {}: exception of an unknown kind", context.job.kind);
    }
}

store::JobEnding WorkerPool::Impl::decide(const KindOptions& kind, const JobContext& context,
                                          const Result<void>& result) {
    if (result) {
        return to_ending(context.job);
    }
    bool stopping = false;
    {
        const std::lock_guard lock(mutex_);
        stopping = shared_.stopping;
    }
    const FateContext fate = {.now = clock_.now(),
                              .jitter_ratio = jitter_ratio(),
                              .stopping = stopping,
                              .closed = is_closed(kind)};
    auto ending = to_ending(context.job, kind, result.error(), fate);
    const bool given_up =
        ending.state == store::JobState::Dead || ending.state == store::JobState::Skipped;
    if (!given_up || !kind.given_up) {
        return ending;
    }
    KindOptions telling = {
        .handler = [&](const JobContext& job) { return kind.given_up(job, result.error()); }};
    if (const auto told = run_handler(telling, context); !told) {
        // What giving up brings about must happen: the job comes back until it does.
        ending.state = store::JobState::Queued;
        ending.run_at = fate.now + back_off(kind, context.job.attempt, fate.jitter_ratio);
        ending.error_code = std::string(faces_of(told.error().code).name);
        ending.error_message = told.error().within("give up").message;
    }
    return ending;
}

double WorkerPool::Impl::jitter_ratio() {
    const std::lock_guard lock(random_mutex_);
    return std::uniform_real_distribution<double>(0.0, 1.0)(random_);
}

WorkerPool::WorkerPool(store::Store& store, const Clock& clock, PoolOptions options)
    : impl_(std::make_unique<Impl>(store, clock, options)) {}
WorkerPool::~WorkerPool() = default;
void WorkerPool::add_kind(const std::string& kind, KindOptions options) {
    impl_->add_kind(kind, std::move(options));
}
void WorkerPool::start() { impl_->start(); }
void WorkerPool::stop(Deadline deadline) { impl_->stop(deadline); }
void WorkerPool::wake() { impl_->wake(); }
void WorkerPool::on_outcome(std::function<void(const Outcome&)> observer) {
    impl_->on_outcome(std::move(observer));
}

}  // namespace oidor::jobs

#include "store/postgres/committer.hpp"

#include <algorithm>
#include <exception>

#include <pthread.h>

#include "base/failpoint.hpp"
#include "store/postgres/back_off.hpp"
#include "store/postgres/keep.hpp"

namespace oidor::store::postgres {
namespace {

using namespace std::chrono_literals;

/// More in one transaction gains nothing and makes the first of them wait.
constexpr std::size_t kBatchMax = 512;
constexpr std::size_t kBatchBytesMax = std::size_t{16} << 20U;
/// How often a batch that lost against others is run again.
constexpr int kRunsMax = 20;

/// An event that an earlier run of the same batch kept, as shows now, is no repeat.
void take_back_repeats(std::vector<EventReceipt>& receipts,
                       const std::vector<EventReceipt>& earlier) {
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        if (receipts[i].event == earlier[i].event) {
            receipts[i].repeated = earlier[i].repeated;
        }
    }
}

}  // namespace

Committer::Committer(const Target& target, const Clock& clock, Herald herald, sql::Seal& seal,
                     CommitterOptions options)
    : target_(target), clock_(clock), herald_(herald), seal_(seal), options_(options) {
    for (int i = 0; i < std::max(options.writers, 1); ++i) {
        threads_.emplace_back([this] {
            pthread_setname_np(pthread_self(), "store-keeper");
            loop();
        });
    }
}

Committer::~Committer() {
    {
        const std::lock_guard lock(mutex_);
        waiting_.stopping = true;
    }
    ready_.notify_all();
    threads_.clear();
}

void Committer::keep(std::vector<NewEvent> delivery, KeepDone done) {
    Delivery waiting = {.events = std::move(delivery),
                        .done = std::move(done),
                        .arrived_at = std::chrono::steady_clock::now()};
    for (const auto& event : waiting.events) {
        waiting.size_bytes += event.normalised.size() + event.raw.size() + sizeof(event);
    }
    bool accepted = false;
    {
        const std::lock_guard lock(mutex_);
        auto& [deliveries, bytes, stopping] = waiting_;
        accepted = !stopping && deliveries.size() < options_.waiting_max &&
                   (deliveries.empty() || bytes + waiting.size_bytes <= options_.waiting_bytes_max);
        if (accepted) {
            bytes += waiting.size_bytes;
            deliveries.push_back(std::move(waiting));
        }
    }
    if (accepted) {
        ready_.notify_one();
    } else {
        // It was moved from only where it was accepted. NOLINTNEXTLINE(bugprone-use-after-move)
        waiting.done(fail(ErrorCode::Unavailable,
                          "too many writes wait for the store; send again in a moment"));
    }
}

std::int64_t Committer::waiting() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(waiting_.deliveries.size());
}

Committer::Batch Committer::take() {
    Batch batch;
    std::size_t bytes = 0;
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return waiting_.stopping || !waiting_.deliveries.empty(); });
    auto& deliveries = waiting_.deliveries;
    while (!deliveries.empty() && batch.size() < kBatchMax &&
           (batch.empty() || bytes + deliveries.front().size_bytes <= kBatchBytesMax)) {
        bytes += deliveries.front().size_bytes;
        waiting_.bytes -= deliveries.front().size_bytes;
        batch.push_back(std::move(deliveries.front()));
        deliveries.pop_front();
    }
    return batch;
}

void Committer::loop() {
    std::unique_ptr<Connection> connection;
    for (auto batch = take(); !batch.empty(); batch = take()) {
        run_batch(connection, batch);
    }
}

void Committer::run_batch(std::unique_ptr<Connection>& connection, std::span<Delivery> batch) {
    auto kept = [&]() -> Result<Receipts> {
        // The thread's entry is the barrier for what throws below, memory that is out above all.
        try {
            return keep_all(connection, batch);
        } catch (const std::exception& error) {
            connection.reset();
            return fail(ErrorCode::Internal, "store: {}", error.what());
        }
    }();
    if (!kept && kept.error().code != ErrorCode::Unavailable && batch.size() > 1) {
        // One that cannot be kept must not take the others with it.
        for (std::size_t i = 0; i < batch.size(); ++i) {
            run_batch(connection, batch.subspan(i, 1));
        }
        return;
    }
    std::size_t next = 0;
    for (auto& delivery : batch) {
        if (!kept) {
            delivery.done(fail(kept.error()));
            continue;
        }
        const auto first = kept->begin() + static_cast<std::ptrdiff_t>(next);
        next += delivery.events.size();
        delivery.done(Receipts(first, first + static_cast<std::ptrdiff_t>(delivery.events.size())));
    }
}

Result<void> Committer::make_ready(std::unique_ptr<Connection>& connection,
                                   const Deadline& deadline) {
    if (connection && !connection->broken()) {
        return {};
    }
    TRY_ASSIGN(connection, connect(target_, deadline));
    // A plan made while a table was small must not read all of it when it is large.
    return connection->execute(
        "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
}

Result<Committer::Receipts> Committer::keep_all(std::unique_ptr<Connection>& connection,
                                                std::span<const Delivery> batch) {
    std::vector<const NewEvent*> events;
    auto oldest = std::chrono::steady_clock::time_point::max();
    for (const auto& delivery : batch) {
        oldest = std::min(oldest, delivery.arrived_at);
        for (const auto& event : delivery.events) {
            events.push_back(&event);
        }
    }
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - oldest);
    const auto deadline = Deadline::after(std::max(options_.wait_max - waited, 0ms));
    BackOff back_off(2ms, 100ms);
    std::vector<Receipts> uncertain;
    for (int run = 1;; ++run) {
        if (auto ready = make_ready(connection, deadline); !ready) {
            // The server went away again between its first answer and the settings.
            const bool lost = connection && connection->broken();
            if (!lost || run == kRunsMax || deadline.expired()) {
                return fail(std::move(ready).error());
            }
            std::this_thread::sleep_for(back_off.pause(deadline));
            continue;
        }
        std::optional<Receipts> receipts;
        const auto transaction =
            run_transaction(*connection, clock_.now(), [&](WriteContext& context) -> Result<void> {
                TRY_ASSIGN(receipts, keep_events(context, seal_, events));
                TRY(fail_at<Failpoint::inbox_rows_after>());
                return receipts ? Result<void>()
                                : fail(ErrorCode::Conflict, "store: another writer was quicker");
            });
        if (transaction.outcome) {
            if (transaction.queued || !uncertain.empty()) {
                herald_.call();
            }
            for (const auto& earlier : uncertain) {
                take_back_repeats(*receipts, earlier);
            }
            return std::move(*receipts);
        }
        if (transaction.uncertain) {
            uncertain.push_back(std::move(*receipts));
        }
        const bool overtaken = transaction.outcome.error().code == ErrorCode::Conflict;
        const bool again = connection->broken() || connection->may_rerun() || overtaken;
        if (!again || run == kRunsMax || deadline.expired()) {
            return fail(transaction.outcome.error());
        }
        std::this_thread::sleep_for(back_off.pause(deadline));
    }
}

}  // namespace oidor::store::postgres

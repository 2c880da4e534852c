#include "store/sqlite/writer.hpp"

#include <algorithm>
#include <exception>

#include <pthread.h>
#include <sqlite3.h>

#include "base/failpoint.hpp"

namespace oidor::store::sqlite {
namespace {

/// More writes in one transaction gain nothing and make the first of them wait.
constexpr std::size_t kBatchMax = 512;
constexpr std::int64_t kPageBytes = 8192;
/// The side thread is asked each time the log has grown by this much.
constexpr std::int64_t kCheckpointEveryBytes = std::int64_t{8} << 20U;
/// How long this thread waits for readers that are in the old part of the log.
constexpr int kRestartBusyMs = 50;

/// Lets a caller wait for a write of its own.
class CalledWrite final : public Write {
  public:
    // No semaphore: libstdc++ 12's can miss a wake-up and sleep for ever (GCC bug 104928).
    struct Caller {
        Result<void> outcome = {};
        std::mutex mutex = {};
        std::condition_variable ended = {};
        bool done = false;

        void wait() {
            std::unique_lock lock(mutex);
            ended.wait(lock, [this] { return done; });
        }
    };
    CalledWrite(sql::FunctionRef<Result<void>(WriteContext&)> work, Caller& caller)
        : work_(work), caller_(caller) {}

    Result<void> run(WriteContext& context) override { return work_(context); }
    void done(Result<void> outcome) override {
        // With the lock held: the caller lives on its own stack and goes as soon as it can.
        const std::lock_guard lock(caller_.mutex);
        caller_.outcome = std::move(outcome);
        caller_.done = true;
        caller_.ended.notify_one();
    }

  private:
    sql::FunctionRef<Result<void>(WriteContext&)> work_;
    Caller& caller_;
};

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, Checkpointer& checkpointer,
               const Clock& clock, WriterOptions options)
    : connection_(std::move(connection)),
      checkpointer_(checkpointer),
      clock_(clock),
      options_(options),
      restart_at_bytes_(options.wal_bytes_max) {
    sqlite3_wal_hook(
        connection_->handle(),
        [](void* bytes, sqlite3*, const char*, int pages) {
            *static_cast<std::int64_t*>(bytes) = std::int64_t{pages} * kPageBytes;
            return SQLITE_OK;
        },
        &wal_bytes_);
    // A failure leaves a longer file, nothing else.
    (void)connection_->execute(
        fmt::format("PRAGMA journal_size_limit = {}", options.wal_bytes_max));
    thread_ = std::jthread([this] {
        pthread_setname_np(pthread_self(), "store-writer");
        loop();
    });
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        waiting_.stopping = true;
    }
    ready_.notify_all();
    thread_.join();
}

void Writer::submit(std::unique_ptr<Write> write) {
    const auto size = write->size_bytes();
    bool accepted = false;
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        accepted = !waiting_.stopping && waiting_.writes.size() < options_.waiting_max &&
                   (waiting_.writes.empty() || waiting_.bytes + size <= options_.waiting_bytes_max);
        if (accepted) {
            first = waiting_.writes.empty();
            waiting_.bytes += size;
            waiting_.writes.push_back(std::move(write));
        }
    }
    if (!accepted) {
        // It was moved from only where it was accepted. NOLINTNEXTLINE(bugprone-use-after-move)
        write->done(fail(ErrorCode::Unavailable,
                         "too many writes wait for the store; send again in a moment"));
    } else if (first) {
        ready_.notify_one();
    }
}

Result<void> Writer::write(sql::FunctionRef<Result<void>(WriteContext&)> work) {
    CalledWrite::Caller caller;
    submit(std::make_unique<CalledWrite>(work, caller));
    caller.wait();
    return std::move(caller.outcome);
}

std::int64_t Writer::waiting() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(waiting_.writes.size());
}

void Writer::on_queued(std::function<void()> wake) {
    const std::lock_guard lock(wake_mutex_);
    wake_ = std::move(wake);
}

void Writer::loop() {
    Batch batch;
    while (true) {
        {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [&] { return waiting_.stopping || !waiting_.writes.empty(); });
            if (waiting_.writes.empty()) {
                return;
            }
            const auto count = std::min(waiting_.writes.size(), kBatchMax);
            for (std::size_t i = 0; i < count; ++i) {
                waiting_.bytes -= waiting_.writes.front()->size_bytes();
                batch.push_back(std::move(waiting_.writes.front()));
                waiting_.writes.pop_front();
            }
        }
        run_batch(batch);
        batch.clear();
        watch_wal();
    }
}

void Writer::run_batch(Batch& batch) {
    WriteContext context{.connection = *connection_, .now = clock_.now()};
    std::vector<Result<void>> outcomes(batch.size());
    const auto committed = run_writes(batch, context, outcomes);
    if (committed && context.queued) {
        const std::lock_guard lock(wake_mutex_);
        if (wake_) {
            wake_();
        }
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        batch[i]->done(committed ? outcomes[i] : committed);
    }
}

Result<void> Writer::run_writes(Batch& batch, WriteContext& context,
                                std::vector<Result<void>>& outcomes) {
    // Failures are rare and savepoints cost a tenth of a write: the first round does without. When
    // a write fails after it changed something, all is undone and run again with savepoints.
    auto done = run_transaction(batch, context, Guard::None, outcomes);
    if (!done && done.error().code == ErrorCode::Cancelled) {
        done = run_transaction(batch, context, Guard::Savepoint, outcomes);
    }
    return done;
}

Result<void> Writer::run_transaction(Batch& batch, WriteContext& context, Guard guard,
                                     std::vector<Result<void>>& outcomes) {
    context.queued = false;
    TRY(connection_->run("BEGIN IMMEDIATE"));
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto changes = sqlite3_total_changes64(connection_->handle());
        outcomes[i] = run_one(*batch[i], context, guard);
        if (!connection_->in_transaction()) {
            // A full disk or a failed one undoes the whole transaction: nobody was told yet.
            return outcomes[i] ? fail(ErrorCode::Internal, "a write ended the shared transaction")
                               : outcomes[i];
        }
        if (!outcomes[i] && guard == Guard::None &&
            sqlite3_total_changes64(connection_->handle()) != changes) {
            (void)connection_->run("ROLLBACK");
            return fail(ErrorCode::Cancelled, "a write failed halfway");
        }
    }
    auto committed = [&]() -> Result<void> {
        TRY(fail_at<Failpoint::store_commit_before>());
        TRY(connection_->run("COMMIT"));
        return {};
    }();
    if (committed) {
        pass<Failpoint::store_commit_after>();
        return {};
    }
    if (connection_->in_transaction()) {
        (void)connection_->run("ROLLBACK");
    }
    return fail(std::move(committed).error());
}

Result<void> Writer::run_one(Write& write, WriteContext& context, Guard guard) {
    if (guard == Guard::Savepoint) {
        TRY(connection_->run("SAVEPOINT one"));
    }
    auto outcome = [&]() -> Result<void> {
        // The thread's entry is the barrier for what throws below, memory that is out above all.
        try {
            return write.run(context);
        } catch (const std::exception& error) {
            return fail(ErrorCode::Internal, "store: {}", error.what());
        }
    }();
    if (guard == Guard::Savepoint && connection_->in_transaction()) {
        if (!outcome) {
            TRY(connection_->run("ROLLBACK TO one"));
        }
        TRY(connection_->run("RELEASE one"));
    }
    return outcome;
}

void Writer::watch_wal() {
    if (wal_bytes_ < checkpointed_at_) {
        // The log began anew.
        checkpointed_at_ = 0;
        restart_at_bytes_ = options_.wal_bytes_max;
    }
    if (wal_bytes_ >= restart_at_bytes_) {
        // The file is written again from its start: its blocks are there, which makes each fsync
        // cheaper than after a truncation. `journal_size_limit` cuts off what passed the bound.
        // No write is under way, so what the side thread could not reach is moved now. While a
        // reader is in the old part, this stays incomplete and is tried again a quarter later.
        pass<Failpoint::store_checkpoint_before>();
        sqlite3_busy_timeout(connection_->handle(), kRestartBusyMs);
        const int result = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr,
                                                     SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
        sqlite3_busy_timeout(connection_->handle(),
                             static_cast<int>(options_.busy_timeout.count()));
        pass<Failpoint::store_checkpoint_after>();
        if (result == SQLITE_OK) {
            wal_bytes_ = 0;
        } else {
            restart_at_bytes_ = wal_bytes_ + options_.wal_bytes_max / 4;
        }
    } else if (wal_bytes_ >= checkpointed_at_ + kCheckpointEveryBytes) {
        checkpointed_at_ = wal_bytes_;
        checkpointer_.want();
    }
}

}  // namespace oidor::store::sqlite

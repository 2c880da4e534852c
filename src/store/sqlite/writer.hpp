// The one thread that writes: all writes that wait share a transaction and its fsync (group
// commit).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/sql/work.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/connection.hpp"

namespace oidor::store::sqlite {

using sql::WriteContext;

/// A write that waits for its turn. `run` may be called again when another write of its transaction
/// failed and the transaction was begun anew; `done` is called once, after the commit or with what
/// went wrong.
class Write {
  public:
    virtual ~Write() = default;
    virtual Result<void> run(WriteContext& context) = 0;
    virtual void done(Result<void> outcome) = 0;
    /// What it holds while it waits.
    [[nodiscard]] virtual std::size_t size_bytes() const { return 0; }
};

struct WriterOptions {
    std::size_t waiting_max = 20'000;
    std::size_t waiting_bytes_max = std::size_t{256} << 20U;
    std::int64_t wal_bytes_max = std::int64_t{64} << 20U;
    std::chrono::milliseconds busy_timeout = std::chrono::seconds(10);
};

/// Safe to call from many threads. Destruction finishes what was accepted.
class Writer final : public sql::Writer {
  public:
    Writer(std::unique_ptr<Connection> connection, Checkpointer& checkpointer, const Clock& clock,
           WriterOptions options);
    ~Writer() override;

    /// Queues a write; at the bound `done` is called at once with Unavailable.
    void submit(std::unique_ptr<Write> write);

    [[nodiscard]] std::int64_t waiting() const;
    /// Called after a commit that queued jobs; null: nobody. No call is under way once this
    /// returns.
    void on_queued(std::function<void()> wake);

  protected:
    /// Not from the writer's own thread.
    Result<void> write(sql::FunctionRef<Result<void>(WriteContext&)> work) override;

  private:
    struct Waiting {
        std::deque<std::unique_ptr<Write>> writes = {};
        std::size_t bytes = 0;
        bool stopping = false;
    };
    using Batch = std::vector<std::unique_ptr<Write>>;

    void loop();
    void run_batch(Batch& batch);
    /// Whether each write gets a savepoint of its own.
    enum class Guard { None, Savepoint };
    Result<void> run_writes(Batch& batch, WriteContext& context,
                            std::vector<Result<void>>& outcomes);
    Result<void> run_transaction(Batch& batch, WriteContext& context, Guard guard,
                                 std::vector<Result<void>>& outcomes);
    Result<void> run_one(Write& write, WriteContext& context, Guard guard);
    void watch_wal();

    std::unique_ptr<Connection> connection_;
    Checkpointer& checkpointer_;
    const Clock& clock_;
    WriterOptions options_;
    std::int64_t wal_bytes_ = 0;         ///< Of the log since it last began anew.
    std::int64_t checkpointed_at_ = 0;   ///< Its size when the side thread was asked last.
    std::int64_t restart_at_bytes_ = 0;  ///< Its size at which this thread checkpoints itself.
    mutable std::mutex mutex_ = {};
    std::condition_variable ready_ = {};
    Waiting waiting_ = {};
    std::mutex wake_mutex_ = {};
    std::function<void()> wake_ = {};
    std::jthread thread_ = {};
};

}  // namespace oidor::store::sqlite

// Writes and reads over the pool: each in the caller's thread, in a transaction of its own.
#pragma once

#include "base/time.hpp"
#include "store/postgres/listener.hpp"
#include "store/postgres/pool.hpp"
#include "store/postgres/wakes.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::postgres {

using sql::WriteContext;

/// Runs `work` in a transaction; tells whether it queued jobs. When the connection is broken
/// afterwards and the error came from the commit, nobody knows what became of it: `uncertain`.
struct Transaction {
    Result<void> outcome = {};
    bool queued = false;
    bool uncertain = false;
};
Transaction run_transaction(Connection& connection, Timestamp now,
                            sql::FunctionRef<Result<void>(WriteContext&)> work);

/// Tells this process and the others that jobs were queued.
struct Herald {
    Wakes& wakes;
    Listener& listener;
    void call() const {
        wakes.call();
        listener.announce();
    }
};

/// Safe to call from many threads. Two writes may run at the same time: ports lock the rows that
/// they judge by. A write that lost against another, or whose connection broke before its commit,
/// is run again; one whose commit nobody knows the end of is Unavailable, and says so.
class PoolWriter final : public sql::Writer {
  public:
    PoolWriter(Pool& pool, const Clock& clock, Herald herald)
        : pool_(pool), clock_(clock), herald_(herald) {}

  protected:
    Result<void> write(sql::FunctionRef<Result<void>(WriteContext&)> work) override;

  private:
    Pool& pool_;
    const Clock& clock_;
    Herald herald_;
};

/// Safe to call from many threads. A read whose connection broke is run again.
class PoolReaders final : public sql::Readers {
  public:
    explicit PoolReaders(Pool& pool) : pool_(pool) {}

  protected:
    Result<void> read(sql::FunctionRef<Result<void>(sql::Connection&)> work) override;

  private:
    Pool& pool_;
};

}  // namespace oidor::store::postgres

// Work on a store: writes in a transaction, reads of one state.
#pragma once

#include <optional>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/sql/connection.hpp"

namespace oidor::store::sql {

/// What a write may use while it runs.
struct WriteContext {
    Connection& connection;
    Timestamp now = {};
    bool queued = false;  ///< Set by a write that queued a job: others are woken after the commit.
};

/// Runs writes. Safe to call from many threads.
class Writer {
  public:
    virtual ~Writer() = default;
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Runs `work(WriteContext&)`, which gives a Result<T>, in a transaction, and waits until it is
    /// durable. It may be run again when the transaction had to be begun anew; a failure undoes
    /// what it did.
    template <typename T, typename Work>
    Result<T> call(Work&& work) {
        std::optional<Result<T>> result;
        const auto written = write([&](WriteContext& context) -> Result<void> {
            result.emplace(work(context));
            if (!*result) {
                return fail(result->error());
            }
            return {};
        });
        TRY(written);
        return std::move(*result);
    }

  protected:
    Writer() = default;
    virtual Result<void> write(FunctionRef<Result<void>(WriteContext&)> work) = 0;
};

/// Runs reads. Safe to call from many threads.
class Readers {
  public:
    virtual ~Readers() = default;
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;

    /// Runs `work(Connection&)`, which gives a Result, over one state of the store. It may be run
    /// again. Unavailable when all connections stay busy.
    template <typename Work>
    auto with(Work&& work) -> decltype(work(std::declval<Connection&>())) {
        std::optional<decltype(work(std::declval<Connection&>()))> result;
        const auto was_read = read([&](Connection& connection) -> Result<void> {
            result.emplace(work(connection));
            if (!*result) {
                return fail(result->error());
            }
            return {};
        });
        TRY(was_read);
        return std::move(*result);
    }

  protected:
    Readers() = default;
    virtual Result<void> read(FunctionRef<Result<void>(Connection&)> work) = 0;
};

}  // namespace oidor::store::sql

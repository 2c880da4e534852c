#include "store/postgres/work.hpp"

#include <thread>

#include "base/failpoint.hpp"
#include "store/postgres/back_off.hpp"

namespace oidor::store::postgres {
namespace {

using namespace std::chrono_literals;

/// How often a write that lost against others is run again.
constexpr int kRunsMax = 10;

}  // namespace

Transaction run_transaction(Connection& connection, Timestamp now,
                            sql::FunctionRef<Result<void>(WriteContext&)> work) {
    Transaction transaction;
    WriteContext context{.connection = connection, .now = now};
    transaction.outcome = [&]() -> Result<void> {
        TRY(connection.execute("BEGIN"));
        TRY(work(context));
        return fail_at<Failpoint::store_commit_before>();
    }();
    if (!transaction.outcome) {
        connection.roll_back();
        return transaction;
    }
    transaction.outcome = connection.commit();
    transaction.uncertain = !transaction.outcome && connection.broken();
    connection.roll_back();
    transaction.queued = context.queued;
    if (transaction.outcome) {
        pass<Failpoint::store_commit_after>();
    }
    return transaction;
}

Result<void> PoolWriter::write(sql::FunctionRef<Result<void>(WriteContext&)> work) {
    const auto deadline = pool_.deadline();
    BackOff back_off(4ms, 200ms);
    for (int run = 1;; ++run) {
        TRY_ASSIGN(const auto connection, pool_.take(deadline));
        auto transaction = run_transaction(*connection, clock_.now(), work);
        if (transaction.outcome) {
            if (transaction.queued) {
                herald_.call();
            }
            return {};
        }
        if (transaction.uncertain) {
            return fail(transaction.outcome.error().within(
                "nobody knows whether this was written; look before it is repeated"));
        }
        const bool again = connection->broken() || connection->may_rerun();
        if (!again || run == kRunsMax || deadline.expired()) {
            return transaction.outcome;
        }
        if (!connection->broken()) {
            std::this_thread::sleep_for(back_off.pause(deadline));
        }
    }
}

Result<void> PoolReaders::read(sql::FunctionRef<Result<void>(sql::Connection&)> work) {
    const auto deadline = pool_.deadline();
    for (int run = 1;; ++run) {
        TRY_ASSIGN(const auto connection, pool_.take(deadline));
        auto outcome = [&]() -> Result<void> {
            TRY(connection->execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
            return work(*connection);
        }();
        connection->roll_back();
        if (outcome || !connection->broken() || run == kRunsMax || deadline.expired()) {
            return outcome;
        }
    }
}

}  // namespace oidor::store::postgres

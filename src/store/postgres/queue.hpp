// The queue's rows in PostgreSQL: batches with one statement, due jobs claimed past those that
// others hold.
#pragma once

#include "store/postgres/work.hpp"
#include "store/sql/queue.hpp"

namespace oidor::store::postgres {

/// Queues jobs with one statement, in the order of their keys; two of one key are merged.
Result<void> enqueue_many(WriteContext& context, const std::vector<JobSpec>& jobs);

class PostgresQueue final : public sql::SqlQueue {
  public:
    using SqlQueue::SqlQueue;

    Result<void> enqueue(const std::vector<JobSpec>& jobs) override;
    Result<std::vector<LeasedJob>> claim(const std::vector<std::string>& kinds, int limit,
                                         std::chrono::milliseconds lease) override;
    Result<std::vector<JobId>> heartbeat(const std::vector<LeasedJob>& jobs,
                                         std::chrono::milliseconds lease) override;
    Result<std::vector<JobId>> finish(const std::vector<JobEnding>& endings) override;
};

}  // namespace oidor::store::postgres

// The queue's rows in SQLite.
#pragma once

#include "store/sql/queue.hpp"
#include "store/sqlite/readers.hpp"
#include "store/sqlite/writer.hpp"

namespace oidor::store::sqlite {

class SqliteQueue final : public sql::SqlQueue {
  public:
    using SqlQueue::SqlQueue;

    Result<void> enqueue(const std::vector<JobSpec>& jobs) override;
    Result<std::vector<LeasedJob>> claim(const std::vector<std::string>& kinds, int limit,
                                         std::chrono::milliseconds lease) override;
    Result<std::vector<JobId>> heartbeat(const std::vector<LeasedJob>& jobs,
                                         std::chrono::milliseconds lease) override;
    Result<std::vector<JobId>> finish(const std::vector<JobEnding>& endings) override;
};

}  // namespace oidor::store::sqlite

// The queue's rows in SQLite.
#pragma once

#include "store/queue.hpp"
#include "store/sqlite/readers.hpp"
#include "store/sqlite/writer.hpp"

namespace oidor::store::sqlite {

/// Queues jobs inside somebody's write (JobSpec tells how), and notes that others are to be woken.
Result<void> enqueue_jobs(WriteContext& context, const std::vector<JobSpec>& jobs);
/// The same for one job, without building a JobSpec: the inbox' path.
Result<void> enqueue_job(WriteContext& context, std::string_view kind, std::string_view key,
                         int priority, Timestamp run_at);

class SqliteQueue final : public Queue {
  public:
    SqliteQueue(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

    Result<void> enqueue(const std::vector<JobSpec>& jobs) override;
    Result<std::vector<LeasedJob>> claim(const std::vector<std::string>& kinds, int limit,
                                         std::chrono::milliseconds lease) override;
    Result<std::vector<JobId>> heartbeat(const std::vector<LeasedJob>& jobs,
                                         std::chrono::milliseconds lease) override;
    Result<std::vector<JobId>> finish(const std::vector<JobEnding>& endings) override;
    [[nodiscard]] Result<std::vector<JobRow>> list_jobs(std::optional<JobState> state,
                                                        std::optional<std::string> kind,
                                                        std::optional<JobId> after,
                                                        int limit) const override;
    [[nodiscard]] Result<std::vector<JobCount>> count_jobs() const override;
    [[nodiscard]] Result<std::optional<Timestamp>> next_due(
        const std::vector<std::string>& kinds) const override;
    Result<void> retry(JobId id) override;
    Result<void> discard(JobId id) override;
    Result<void> pause(const std::string& kind) override;
    Result<void> resume(const std::string& kind) override;
    [[nodiscard]] Result<std::vector<std::string>> list_paused() const override;

  private:
    Writer& writer_;
    Readers& readers_;
};

}  // namespace oidor::store::sqlite

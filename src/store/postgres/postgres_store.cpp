// The PostgreSQL store behind the door of store.hpp: deliveries are committed in groups by threads
// of their own, everything else over a pool of connections.
#include <algorithm>
#include <chrono>
#include <optional>

#include "base/synchronized.hpp"
#include "store/postgres/committer.hpp"
#include "store/postgres/listener.hpp"
#include "store/postgres/migrations.hpp"
#include "store/postgres/pool.hpp"
#include "store/postgres/queue.hpp"
#include "store/postgres/work.hpp"
#include "store/sql/conversations.hpp"
#include "store/sql/coverage.hpp"
#include "store/sql/directory.hpp"
#include "store/sql/erasure.hpp"
#include "store/sql/events.hpp"
#include "store/sql/keyring.hpp"
#include "store/sql/model_records.hpp"
#include "store/sql/outbox.hpp"
#include "store/sql/reports.hpp"
#include "store/sql/speech_records.hpp"
#include "store/sql/tables.hpp"
#include "store/store.hpp"

namespace oidor::store {
namespace {

constexpr std::chrono::minutes kSizeKept{1};

class PostgresInbox final : public sql::SqlInbox {
  public:
    PostgresInbox(postgres::Committer& committer, sql::Writer& writer, sql::Readers& readers)
        : SqlInbox(writer, readers), committer_(committer) {}

    void keep(std::vector<NewEvent> delivery, KeepDone done) override {
        committer_.keep(std::move(delivery), std::move(done));
    }

  private:
    postgres::Committer& committer_;
};

class PostgresErasure final : public sql::SqlErasure {
  public:
    using SqlErasure::SqlErasure;

    /// What the server does with the pages of deleted rows is its own (VACUUM).
    Result<ScrubOutcome> scrub(std::int64_t /*size_bytes_max*/) override {
        return ScrubOutcome::ByServer;
    }
};

class PostgresStore final : public Store {
  public:
    PostgresStore(const postgres::Target& target, const PostgresOptions& options,
                  std::unique_ptr<postgres::Wakes> wakes,
                  std::unique_ptr<postgres::Listener> listener, const Clock& clock)
        : clock_(clock),
          wakes_(std::move(wakes)),
          listener_(std::move(listener)),
          pool_(target, std::max(options.connections, 2), options.wait_max),
          writer_(pool_, clock, {.wakes = *wakes_, .listener = *listener_}),
          readers_(pool_),
          committer_(target, clock, {.wakes = *wakes_, .listener = *listener_}, seal_,
                     {.writers = options.inbox_writers,
                      .waiting_max = options.waiting_writes_max,
                      .waiting_bytes_max = options.waiting_bytes_max,
                      .wait_max = options.wait_max}) {}

    Inbox& inbox() override { return inbox_; }
    Queue& queue() override { return queue_; }
    Conversations& conversations() override { return conversations_; }
    Directory& directory() override { return directory_; }
    Keyring& keyring() override { return keyring_; }
    Outbox& outbox() override { return outbox_; }
    Coverage& coverage() override { return coverage_; }
    Erasure& erasure() override { return erasure_; }
    ModelRecords& model_records() override { return model_records_; }
    SpeechRecords& speech_records() override { return speech_records_; }
    Reports& reports() override { return reports_; }

    [[nodiscard]] Result<StoreHealth> health() const override {
        StoreHealth health;
        health.backend = "postgres";
        health.waiting_writes = committer_.waiting();
        const auto read = readers_.with([&](sql::Connection& connection) -> Result<void> {
            TRY_ASSIGN(health.schema_version, postgres::schema_version(connection));
            TRY(connection.first("SELECT current_setting('server_version')",
                                 [&](const sql::Row& row) { health.version = row.text(0); }));
            TRY_ASSIGN(health.size_bytes, size_of(connection));
            return {};
        });
        TRY(read);
        return health;
    }

    void on_queued(std::function<void()> wake) override { wakes_->set(std::move(wake)); }

  private:
    /// The server looks at every file of the database for it: asked for once in a while only.
    Result<std::int64_t> size_of(sql::Connection& connection) const {
        const auto now = std::chrono::steady_clock::now();
        auto known = size_.with([](const Size& size) { return size; });
        if (!known.read_at || now - *known.read_at >= kSizeKept) {
            TRY(connection.first("SELECT pg_database_size(current_database())",
                                 [&](const sql::Row& row) { known.bytes = row.int64(0); }));
            size_.with([&](Size& size) { size = {.bytes = known.bytes, .read_at = now}; });
        }
        return known.bytes;
    }

    struct Size {
        std::int64_t bytes = 0;
        std::optional<std::chrono::steady_clock::time_point> read_at = {};
    };
    mutable Synchronized<Size> size_ = {};
    const Clock& clock_;
    sql::Seal seal_;
    // The committer goes first: it finishes what was accepted.
    std::unique_ptr<postgres::Wakes> wakes_;
    std::unique_ptr<postgres::Listener> listener_;
    postgres::Pool pool_;
    postgres::PoolWriter writer_;
    mutable postgres::PoolReaders readers_;
    postgres::Committer committer_;
    PostgresInbox inbox_{committer_, writer_, readers_};
    postgres::PostgresQueue queue_{writer_, readers_};
    sql::SqlConversations conversations_{writer_, readers_, seal_};
    sql::SqlDirectory directory_{writer_, readers_};
    sql::SqlCoverage coverage_{writer_, readers_, seal_};
    sql::SqlKeyring keyring_{writer_, readers_, readers_};
    sql::SqlOutbox outbox_{writer_, readers_};
    sql::SqlModelRecords model_records_{writer_, readers_};
    sql::SqlSpeechRecords speech_records_{writer_, readers_};
    sql::SqlReports reports_{readers_};
    PostgresErasure erasure_{writer_, readers_, seal_, clock_};
};

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& options,
                                                   const Clock& clock) {
    TRY_ASSIGN(const auto target, postgres::read_target(options));
    {
        TRY_ASSIGN(const auto connection, postgres::Connection::open(target));
        TRY_ASSIGN(const bool marked, postgres::has_table(*connection, sql::kUnfinished));
        if (const auto finished = sql::check_finished(marked && !options.may_be_unfinished);
            !finished) {
            return fail(finished.error().within(fmt::format("open the store {}", target.shown)));
        }
        if (const auto migrated =
                postgres::migrate(*connection, postgres_migrations(), clock.now());
            !migrated) {
            return fail(migrated.error().within(fmt::format("open the store {}", target.shown)));
        }
    }
    auto wakes = std::make_unique<postgres::Wakes>();
    TRY_ASSIGN(auto listener, postgres::Listener::open(target, *wakes));
    return std::unique_ptr<Store>(std::make_unique<PostgresStore>(target, options, std::move(wakes),
                                                                  std::move(listener), clock));
}

}  // namespace oidor::store

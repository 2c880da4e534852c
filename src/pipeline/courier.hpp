// Delivers what waits for one sink: what it is to hold, less what it holds.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pipeline/outgoing_rows.hpp"
#include "sinks/sink.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// One sink, and when its turn comes.
struct CourierOptions {
    std::string name = {};
    OutgoingOptions rows = {};
    int batch_size = 200;  ///< Conversations.
    std::chrono::milliseconds batch_age = std::chrono::seconds(30);
    /// How long a turn is ours without being prolonged: after a crash another process goes on.
    std::chrono::milliseconds lease = std::chrono::seconds(12);
    /// A call of the sink, a whole batch.
    std::chrono::milliseconds send_within = std::chrono::minutes(2);
    std::chrono::milliseconds back_off_first = std::chrono::seconds(1);
    std::chrono::milliseconds back_off_max = std::chrono::minutes(10);
};

/// Whether a batch may wait until it is full or old enough, and a sink that failed until its pause
/// is over.
enum class Haste { Patient, Now };

/// What one batch came to.
struct Batch {
    bool worked = false;              ///< There was something to do: another may follow at once.
    int conversations = 0;            ///< Delivered.
    std::optional<Error> error = {};  ///< The sink failed; it waits now.
};

/// One caller at a time; several processes may run one for the same sink, and take turns.
class Courier {
  public:
    /// All outlive it; `telemetry` may be null.
    Courier(store::Store& store, sinks::Sink& sink, const Clock& clock,
            telemetry::Telemetry* telemetry, CourierOptions options);

    /// Delivers one batch, if it is its time. Errors: those of the store.
    Result<Batch> run(Haste haste, const std::stop_token& stop);

    [[nodiscard]] const std::string& name() const { return options_.name; }
    /// `sinks.<name>`, as log lines have it.
    [[nodiscard]] const std::string& setting() const { return setting_; }

  private:
    /// A conversation on its way: what of it goes, and what is to be removed.
    struct Plan {
        store::OutboxItem item = {};
        std::vector<sinks::Row> puts = {};
        std::vector<store::SentRow> sent = {};  ///< What `puts` become at the sink.
        std::vector<store::HeldRow> removes = {};
    };
    /// Whose failure it is decides who waits.
    enum class Blame { Nobody, Rows, Sink, Turn };
    struct Ending {
        Blame blame = Blame::Nobody;
        std::optional<Error> error = {};
        bool maybe_arrived = false;
    };

    Result<Batch> deliver(const store::SinkTurn& turn, const std::stop_token& stop);
    Result<std::vector<Plan>> make_plans(const store::SinkTurn& turn);
    Result<Plan> make_plan(store::OutboxItem item) const;
    Result<bool> deliver_each(const store::SinkTurn& turn, std::vector<Plan>& plans,
                              const std::stop_token& stop, Batch& batch);
    Result<Ending> send(const store::SinkTurn& turn, std::span<Plan> plans,
                        const std::stop_token& stop);
    Result<Ending> send_rows_alone(const store::SinkTurn& turn, Plan& plan,
                                   const std::stop_token& stop);
    Result<Ending> settle(const store::SinkTurn& turn, std::span<Plan> plans);
    Result<void> take_back(const store::SinkTurn& turn, const Plan& plan, std::size_t row);
    Result<void> set_aside(const store::SinkTurn& turn, const store::OutboxItem& item,
                           store::OutboxState state, const Error& error);
    Result<void> fail_sink(const store::SinkTurn& turn, const Error& error);
    [[nodiscard]] bool asks_once() const;
    void emit(telemetry::Event event, const telemetry::Fields& fields) const;

    store::Store& store_;
    sinks::Sink& sink_;
    const Clock& clock_;
    telemetry::Telemetry* telemetry_;
    CourierOptions options_;
    std::string setting_;
    int failures_ = 0;
};

}  // namespace oidor::pipeline

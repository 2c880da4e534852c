#include "pipeline/courier.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/failpoint.hpp"
#include "jobs/fate.hpp"

namespace oidor::pipeline {
namespace {

constexpr int kBackfillPage = 500;

/// What the sink does not take of these rows; anything else is about the sink.
bool is_about_rows(ErrorCode code) {
    return code == ErrorCode::Invalid || code == ErrorCode::TooLarge ||
           code == ErrorCode::Unsupported || code == ErrorCode::Corrupt;
}

/// The turn is over without anybody's fault: stopped, or another process has it.
bool is_about_turn(ErrorCode code) {
    return code == ErrorCode::Conflict || code == ErrorCode::Cancelled;
}

sinks::RowKey to_key(const store::HeldRow& held) {
    return {.table = sinks::parse_table(held.table).value_or(sinks::Table::Audits),
            .key = held.key,
            .days = held.days};
}

const store::HeldRow* find_held(const store::OutboxItem& item, const sinks::Row& row) {
    const auto found = std::ranges::find_if(item.held, [&row](const store::HeldRow& held) {
        return held.key == row.key.key && held.table == sinks::format(row.key.table);
    });
    return found != item.held.end() ? &*found : nullptr;
}

bool is_wanted(const std::vector<sinks::Row>& rows, const store::HeldRow& held) {
    return std::ranges::any_of(rows, [&held](const sinks::Row& row) {
        return held.key == row.key.key && held.table == sinks::format(row.key.table);
    });
}

}  // namespace

Courier::Courier(store::Store& store, sinks::Sink& sink, const Clock& clock,
                 telemetry::Telemetry* telemetry, CourierOptions options)
    : store_(store),
      sink_(sink),
      clock_(clock),
      telemetry_(telemetry),
      options_(std::move(options)),
      setting_(fmt::format("sinks.{}", options_.name)) {}

Result<Batch> Courier::run(Haste haste, const std::stop_token& stop) {
    auto& outbox = store_.outbox();
    TRY_ASSIGN(const auto glance, outbox.glance(options_.name, options_.batch_size));
    const auto now = clock_.now();
    const bool due = haste == Haste::Now || glance.backfilling ||
                     glance.waiting >= options_.batch_size ||
                     (glance.oldest_at && now - *glance.oldest_at >= options_.batch_age);
    const bool anything = glance.backfilling || glance.waiting > 0;
    const bool resting = haste == Haste::Patient && glance.next_at.value_or(now) > now;
    if (!glance.ready || !due || !anything || resting) {
        return Batch();
    }
    TRY_ASSIGN(const auto turn, outbox.take_turn(options_.name, options_.lease));
    if (!turn) {
        return Batch();
    }
    auto batch = deliver(*turn, stop);
    const auto ended = outbox.end_turn(*turn);
    if (batch && !ended) {
        return fail(ended.error());
    }
    return batch;
}

Result<Batch> Courier::deliver(const store::SinkTurn& turn, const std::stop_token& stop) {
    const auto began = std::chrono::steady_clock::now();
    Batch batch;
    if (turn.backfilling) {
        TRY(store_.outbox().backfill(turn, kBackfillPage));
        batch.worked = true;
    }
    TRY_ASSIGN(auto plans, make_plans(turn));
    if (plans.empty()) {
        return batch;
    }
    std::int64_t rows = 0;
    for (const auto& plan : plans) {
        rows += std::ssize(plan.puts) + std::ssize(plan.removes);
    }
    auto ending = Ending{.blame = Blame::Rows};
    if (!asks_once()) {
        TRY_ASSIGN(ending, send(turn, plans, stop));
    }
    if (ending.blame == Blame::Nobody) {
        batch.conversations = static_cast<int>(plans.size());
    } else if (ending.blame == Blame::Rows) {
        // One of them it is: each goes alone, so that the others do not wait for it.
        TRY_ASSIGN(const bool whole, deliver_each(turn, plans, stop, batch));
        if (!whole) {
            return batch;
        }
    } else if (ending.blame == Blame::Sink) {
        TRY(fail_sink(turn, *ending.error));
        batch.error = ending.error;
        return batch;
    } else {
        return batch;
    }
    batch.worked = true;
    emit(telemetry::Event::rows_delivered,
         {.duration = std::chrono::duration_cast<std::chrono::microseconds>(
              std::chrono::steady_clock::now() - began),
          .count = rows,
          .stage = telemetry::Stage::Deliver,
          .setting = setting_});
    return batch;
}

Result<std::vector<Courier::Plan>> Courier::make_plans(const store::SinkTurn& turn) {
    TRY_ASSIGN(auto items, store_.outbox().list_waiting(options_.name, options_.batch_size));
    std::vector<Plan> plans;
    for (auto& item : items) {
        auto plan = make_plan(item);
        if (plan) {
            plans.push_back(std::move(*plan));
        } else if (is_about_rows(plan.error().code)) {
            TRY(set_aside(turn, item, store::OutboxState::Refused, plan.error()));
        } else {
            return fail(std::move(plan).error());
        }
    }
    return plans;
}

Result<Courier::Plan> Courier::make_plan(store::OutboxItem item) const {
    Plan plan{.item = std::move(item)};
    TRY_ASSIGN(const auto parcel, store_.outbox().find_parcel(plan.item.conversation));
    std::vector<sinks::Row> wanted;
    if (parcel) {
        TRY_ASSIGN(wanted, outgoing_rows(*parcel, options_.rows));
    }
    for (const auto& held : plan.item.held) {
        if (!is_wanted(wanted, held)) {
            plan.removes.push_back(held);
        }
    }
    for (auto& row : wanted) {
        const auto* held = find_held(plan.item, row);
        const auto hash = hash_of(row);
        if (held != nullptr && !plan.item.again && held->sha256_hex == hash) {
            continue;
        }
        store::SentRow sent{.conversation = plan.item.conversation,
                            .row = {.table = std::string(sinks::format(row.key.table)),
                                    .key = row.key.key,
                                    .days = {row.day},
                                    .sha256_hex = hash}};
        if (held != nullptr) {
            row.key.days = held->days;
            row.maybe_there = !held->sha256_hex;
        }
        plan.puts.push_back(std::move(row));
        plan.sent.push_back(std::move(sent));
    }
    return plan;
}

/// Nobody can ask such a sink afterwards: rows go one at a time, and one in doubt stays behind.
bool Courier::asks_once() const { return sink_.capabilities().repeat == sinks::Repeat::None; }

/// False when the sink or the turn ended it before the last.
Result<bool> Courier::deliver_each(const store::SinkTurn& turn, std::vector<Plan>& plans,
                                   const std::stop_token& stop, Batch& batch) {
    for (auto& plan : plans) {
        Ending ending;
        if (asks_once()) {
            TRY_ASSIGN(ending, send_rows_alone(turn, plan, stop));
        } else {
            TRY_ASSIGN(ending, send(turn, {&plan, 1}, stop));
        }
        if (ending.maybe_arrived) {
            TRY(set_aside(turn, plan.item, store::OutboxState::NeedsAttention, *ending.error));
        } else if (ending.blame == Blame::Rows) {
            TRY(set_aside(turn, plan.item, store::OutboxState::Refused, *ending.error));
        }
        if (ending.blame == Blame::Sink) {
            TRY(fail_sink(turn, *ending.error));
            batch.error = ending.error;
            return false;
        }
        if (ending.blame == Blame::Turn) {
            return false;
        }
        batch.conversations += ending.blame == Blame::Nobody && !ending.maybe_arrived ? 1 : 0;
    }
    return true;
}

namespace {

/// Keeps a turn ours while a sink is busy, and stops the sink once it is lost.
class KeptTurn {
  public:
    KeptTurn(store::Outbox& outbox, const store::SinkTurn& turn, const CourierOptions& options,
             const std::stop_token& stop)
        : outbox_(outbox),
          turn_(turn),
          lease_(options.lease),
          send_within_(options.send_within),
          chained_(stop, [this] { lost_.request_stop(); }),
          thread_([this](const std::stop_token& done) { keep(done); }) {}

    /// Lives as long as this.
    sinks::Turn turn() {
        return {.deadline = Deadline::after(send_within_),
                .stop = lost_.get_token(),
                .still_ours = [this] { return outbox_.prolong(turn_, lease_); }};
    }

  private:
    void keep(const std::stop_token& done) {
        std::unique_lock lock(mutex_);
        while (
            !ended_.wait_for(lock, done, lease_ / 3, [&done] { return done.stop_requested(); })) {
            const auto prolonged = outbox_.prolong(turn_, lease_);
            if (!prolonged && is_about_turn(prolonged.error().code)) {
                lost_.request_stop();
                return;
            }
        }
    }

    store::Outbox& outbox_;
    const store::SinkTurn& turn_;
    std::chrono::milliseconds lease_;
    std::chrono::milliseconds send_within_;
    std::stop_source lost_ = {};
    std::stop_callback<std::function<void()>> chained_;
    std::mutex mutex_ = {};
    std::condition_variable_any ended_ = {};
    std::jthread thread_;  ///< Last: it ends before what it uses.
};

/// The error of a sink, and whose it is.
template <typename Ending, typename Blame>
Ending to_ending(const Error& error, Blame rows, Blame sink, Blame turn) {
    const auto blame = is_about_turn(error.code) ? turn : is_about_rows(error.code) ? rows : sink;
    return {.blame = blame, .error = error};
}

}  // namespace

Result<Courier::Ending> Courier::send(const store::SinkTurn& turn, std::span<Plan> plans,
                                      const std::stop_token& stop) {
    const auto ended_by = [](const Error& error) {
        return to_ending<Ending>(error, Blame::Rows, Blame::Sink, Blame::Turn);
    };
    std::vector<sinks::Row> puts;
    std::vector<store::SentRow> begun;
    std::vector<sinks::RowKey> removes;
    for (const auto& plan : plans) {
        for (std::size_t i = 0; i < plan.puts.size(); ++i) {
            puts.push_back(plan.puts[i]);
            begun.push_back(plan.sent[i]);
            // Until it is settled it may lie under the days before as well as under the new one.
            auto& days = begun.back().row.days;
            for (const auto& day : plan.puts[i].key.days) {
                if (std::ranges::find(days, day) == days.end()) {
                    days.push_back(day);
                }
            }
        }
        std::ranges::transform(plan.removes, std::back_inserter(removes), to_key);
    }
    if (!puts.empty()) {
        if (const auto begins = store_.outbox().begin(turn, begun); !begins) {
            return is_about_turn(begins.error().code) ? Result<Ending>(ended_by(begins.error()))
                                                      : fail(begins.error());
        }
        TRY(fail_at<Failpoint::pipeline_deliver_after_begin>());
        KeptTurn kept(store_.outbox(), turn, options_, stop);
        const auto sent = sink_.put(puts, kept.turn());
        if (!sent.outcome) {
            auto ending = ended_by(sent.outcome.error());
            ending.maybe_arrived = asks_once() && sent.maybe_arrived;
            return ending;
        }
    }
    TRY(fail_at<Failpoint::pipeline_deliver_after_put>());
    if (!removes.empty()) {
        KeptTurn kept(store_.outbox(), turn, options_, stop);
        if (const auto removed = sink_.remove(removes, kept.turn()); !removed) {
            return ended_by(removed.error());
        }
    }
    return settle(turn, plans);
}

Result<Courier::Ending> Courier::settle(const store::SinkTurn& turn, std::span<Plan> plans) {
    store::Settled settled;
    for (auto& plan : plans) {
        settled.put.insert(settled.put.end(), plan.sent.begin(), plan.sent.end());
        settled.removed.insert(settled.removed.end(), plan.removes.begin(), plan.removes.end());
        settled.done.push_back(plan.item);
    }
    const auto done = store_.outbox().settle(turn, settled);
    if (!done && is_about_turn(done.error().code)) {
        // Whoever has the turn now finds the rows under way, and repeats them.
        return Ending{.blame = Blame::Turn, .error = done.error()};
    }
    TRY(done);
    TRY(fail_at<Failpoint::pipeline_deliver_after_settle>());
    failures_ = 0;
    return Ending();
}

Result<Courier::Ending> Courier::send_rows_alone(const store::SinkTurn& turn, Plan& plan,
                                                 const std::stop_token& stop) {
    for (std::size_t i = 0; i < plan.puts.size(); ++i) {
        if (plan.puts[i].maybe_there && !plan.item.again) {
            return Ending{.blame = Blame::Nobody,
                          .error = Error{.code = ErrorCode::Unavailable,
                                         .message = "an earlier attempt may have arrived, and "
                                                    "this sink cannot be asked",
                                         .retry_after = {}},
                          .maybe_arrived = true};
        }
        Plan one{.item = plan.item, .puts = {plan.puts[i]}, .sent = {plan.sent[i]}};
        auto& outbox = store_.outbox();
        if (const auto begins = outbox.begin(turn, one.sent); !begins) {
            return is_about_turn(begins.error().code)
                       ? Result<Ending>(Ending{.blame = Blame::Turn, .error = begins.error()})
                       : fail(begins.error());
        }
        KeptTurn kept(outbox, turn, options_, stop);
        const auto sent = sink_.put(one.puts, kept.turn());
        if (!sent.outcome) {
            if (!sent.maybe_arrived) {
                TRY(take_back(turn, plan, i));
            }
            auto ending =
                to_ending<Ending>(sent.outcome.error(), Blame::Rows, Blame::Sink, Blame::Turn);
            ending.maybe_arrived = sent.maybe_arrived;
            ending.blame = sent.maybe_arrived ? Blame::Nobody : ending.blame;
            return ending;
        }
        if (const auto done = outbox.settle(turn, {.put = one.sent}); !done) {
            return is_about_turn(done.error().code)
                       ? Result<Ending>(Ending{.blame = Blame::Turn, .error = done.error()})
                       : fail(done.error());
        }
    }
    plan.puts.clear();
    plan.sent.clear();
    return send(turn, {&plan, 1}, stop);
}

/// It did not arrive: the sink holds what it held before.
Result<void> Courier::take_back(const store::SinkTurn& turn, const Plan& plan, std::size_t row) {
    store::Settled before;
    if (const auto* held = find_held(plan.item, plan.puts[row])) {
        before.put.push_back({.conversation = plan.item.conversation, .row = *held});
    } else {
        before.removed.push_back(plan.sent[row].row);
    }
    const auto done = store_.outbox().settle(turn, before);
    return !done && !is_about_turn(done.error().code) ? done : Result<void>();
}

Result<void> Courier::set_aside(const store::SinkTurn& turn, const store::OutboxItem& item,
                                store::OutboxState state, const Error& error) {
    const auto done = store_.outbox().set_aside(turn, item, state, error);
    if (!done) {
        return is_about_turn(done.error().code) ? Result<void>() : done;
    }
    emit(telemetry::Event::delivery_set_aside, {.conversation_id = item.conversation.uuid,
                                                .error = &error,
                                                .stage = telemetry::Stage::Deliver,
                                                .setting = setting_,
                                                .reason = store::format(state)});
    return {};
}

Result<void> Courier::fail_sink(const store::SinkTurn& turn, const Error& error) {
    const jobs::KindOptions pauses{.back_off_first = options_.back_off_first,
                                   .back_off_max = options_.back_off_max};
    auto pause = options_.back_off_max;
    switch (faces_of(error.code).fate) {
        case JobFate::Wait: pause = error.retry_after.value_or(std::chrono::minutes(1)); break;
        case JobFate::BackOff: {
            static constexpr double kByteMax = 255;
            const auto byte = static_cast<unsigned char>(random_bytes(1).front());
            pause = error.retry_after.value_or(
                jobs::back_off(pauses, failures_ + 1, static_cast<double>(byte) / kByteMax));
            break;
        }
        // What an operator has to mend is asked for again all the same, seldom: so it heals by
        // itself once it is mended.
        case JobFate::Stop:
        case JobFate::RetryOnce:
        case JobFate::Skip:
        case JobFate::Return:
        case JobFate::Quarantine: break;
    }
    const auto failures = store_.outbox().put_failure(turn, error, clock_.now() + pause);
    if (!failures) {
        return is_about_turn(failures.error().code) ? Result<void>() : fail(failures.error());
    }
    failures_ = *failures;
    emit(telemetry::Event::delivery_failed, {.attempt = *failures,
                                             .error = &error,
                                             .stage = telemetry::Stage::Deliver,
                                             .setting = setting_});
    return {};
}

void Courier::emit(telemetry::Event event, const telemetry::Fields& fields) const {
    if (telemetry_ != nullptr) {
        telemetry_->emit(event, fields);
    }
}

}  // namespace oidor::pipeline

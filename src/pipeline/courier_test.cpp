#include "pipeline/courier.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "pipeline/deliveries.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::must;

/// A sink in memory that fails as it is told.
class FakeSink final : public sinks::Sink {
  public:
    explicit FakeSink(sinks::Repeat repeat = sinks::Repeat::Lookup)
        : capabilities_{.kind = "fake", .repeat = repeat} {}

    [[nodiscard]] const sinks::Capabilities& capabilities() const override { return capabilities_; }

    sinks::Sent put(std::span<const sinks::Row> rows, const sinks::Turn& turn) override {
        ++puts;
        if (before_put) {
            before_put(turn);
        }
        if (const auto ours = turn.still_ours(); !ours) {
            return {.outcome = fail(ours.error())};
        }
        for (const auto& row : rows) {
            if (refused_key && row.key.key.starts_with(*refused_key)) {
                return {.outcome = fail(ErrorCode::TooLarge, "a row of 3 MB")};
            }
        }
        if (put_error && put_arrives_anyway) {
            keep(rows);
        }
        if (put_error) {
            return {.outcome = fail(*put_error), .maybe_arrived = maybe_arrived};
        }
        keep(rows);
        return {};
    }

    Result<void> remove(std::span<const sinks::RowKey> keys, const sinks::Turn&) override {
        if (remove_error) {
            return fail(*remove_error);
        }
        for (const auto& key : keys) {
            rows.erase(key.key);
        }
        return {};
    }

    [[nodiscard]] Result<std::string> probe() override { return std::string("fine"); }

    std::map<std::string, sinks::Row> rows = {};
    std::map<std::string, int> times = {};
    int puts = 0;
    std::optional<Error> put_error = {};
    std::optional<Error> remove_error = {};
    bool put_arrives_anyway = false;
    bool maybe_arrived = false;
    std::optional<std::string> refused_key = {};
    std::function<void(const sinks::Turn&)> before_put = {};

  private:
    void keep(std::span<const sinks::Row> given) {
        for (const auto& row : given) {
            rows[row.key.key] = row;
            ++times[row.key.key];
        }
    }
    sinks::Capabilities capabilities_;
};

class Delivering : public testing::House {
  protected:
    Delivering() {
        must(store_->outbox().register_sinks(
            {{.name = "tablero", .kind = "fake", .fingerprint = "1", .wants_past = false}}));
    }

    static CourierOptions options(int batch_size = 10) {
        CourierOptions options;
        options.name = "tablero";
        options.rows = {.tables = {sinks::Table::Recordings, sinks::Table::Transcriptions,
                                   sinks::Table::Audits},
                        .public_url = "https://oidor.example.com"};
        options.batch_size = batch_size;
        options.batch_age = 30s;
        return options;
    }

    Batch run(Haste haste = Haste::Now) { return run(sink_, haste); }
    Batch run(FakeSink& sink, Haste haste = Haste::Now) {
        Courier courier(*store_, sink, clock_, &telemetry_, options());
        return must(courier.run(haste, {}));
    }

    ConversationId make_call(int number, std::vector<std::string> legs = {"Ana"}) {
        const auto id = must(store_->conversations().identify(
            {.source = "anura", .account = "default", .external_id = std::to_string(number)}));
        merge(id, std::move(legs));
        return id;
    }

    store::ConversationRow merge(ConversationId id, std::vector<std::string> legs,
                                 const std::string& day = "2026-02-10") {
        store::MappedConversation mapped;
        mapped.conversation.id = id;
        mapped.conversation.day = day;
        mapped.conversation.address_from = "+5491167950079";
        for (const auto& leg : legs) {
            mapped.participations.push_back({.leg = leg, .agent_name = leg});
        }
        mapped.recordings = {{.external_id = "main", .candidate_urls = {"https://a"}}};
        return must(store_->conversations().merge(mapped, {}));
    }

    void audit(ConversationId id, const std::string& input, int score = 50) {
        const auto parts = row(id).participations;
        for (const auto& part : parts) {
            must(store_->conversations().put_audit(
                {.id = AuditId::make(),
                 .participation = part.id,
                 .conversation = id,
                 .scorecard_id = "general-es",
                 .input_sha256 = sha256_hex(input),
                 .quality_score = score,
                 .json = R"({"saludo_correcto":true,"issues":["x"]})",
                 .created_at = clock_.now()},
                ConversationState::Audited, std::nullopt));
        }
    }

    store::SinkStatus status() { return must(store_->outbox().list_sinks()).at(0); }

    FakeSink sink_;
};

TEST_F(Delivering, what_changed_goes_out_once) {
    const auto id = make_call(1);
    audit(id, "1");
    EXPECT_EQ(run().conversations, 1);
    EXPECT_EQ(sink_.rows.size(), 2U);
    EXPECT_EQ(run().conversations, 0);
    EXPECT_FALSE(run().worked);
    EXPECT_EQ(must(store_->outbox().count_waiting(id)), 0);
    // Merged again without a difference: nothing goes.
    merge(id, {"Ana"});
    EXPECT_EQ(run().conversations, 1);
    for (const auto& [key, times] : sink_.times) {
        EXPECT_EQ(times, 1) << key;
    }
    EXPECT_EQ(telemetry_.value(telemetry::Metric::pipeline_rows_delivered_total), 2);
}

TEST_F(Delivering, a_newer_audit_takes_the_place_of_the_older) {
    const auto id = make_call(1);
    audit(id, "1", 50);
    run();
    audit(id, "2", 70);
    run();
    EXPECT_EQ(sink_.rows.size(), 2U);
    const auto key = row(id).participations.at(0).id.text() + "/general-es";
    EXPECT_EQ(sink_.rows.at(key).values[8], sinks::Value(std::int64_t{70}));
    EXPECT_EQ(sink_.times.at(row(id).recordings.at(0).id.text()), 1);
}

TEST_F(Delivering, the_audit_of_a_leg_that_was_dropped_is_removed) {
    const auto id = make_call(1, {"Ana", "Luis"});
    audit(id, "1");
    run();
    EXPECT_EQ(sink_.rows.size(), 3U);
    merge(id, {"Luis"});
    sink_.remove_error = Error{.code = ErrorCode::Unavailable, .message = "away"};
    EXPECT_TRUE(run().error);
    EXPECT_EQ(sink_.rows.size(), 3U);
    sink_.remove_error = {};
    run();
    EXPECT_EQ(sink_.rows.size(), 2U);
    EXPECT_EQ(must(store_->outbox().count_held("tablero")), 2);
}

TEST_F(Delivering, waits_until_a_batch_is_full_or_old_enough) {
    make_call(1);
    EXPECT_FALSE(run(Haste::Patient).worked);
    clock_.advance(30s);
    EXPECT_TRUE(run(Haste::Patient).worked);
    for (int i = 2; i <= 11; ++i) {
        EXPECT_FALSE(run(Haste::Patient).worked);
        make_call(i);
    }
    EXPECT_EQ(run(Haste::Patient).conversations, 10);
}

TEST_F(Delivering, a_row_that_moves_tells_where_it_lay) {
    const auto id = make_call(1);
    run();
    merge(id, {"Ana"}, "2026-02-11");
    run();
    const auto& row = sink_.rows.begin()->second;
    EXPECT_EQ(row.day, "2026-02-11");
    EXPECT_EQ(row.key.days, std::vector<std::string>{"2026-02-10"});
    must(store_->outbox().deliver_again("tablero", {}, {}));
    run();
    EXPECT_EQ(sink_.rows.begin()->second.key.days, std::vector<std::string>{"2026-02-11"});
}

TEST_F(Delivering, a_move_that_failed_half_way_still_knows_both_days) {
    const auto id = make_call(1);
    run();
    merge(id, {"Ana"}, "2026-02-11");
    sink_.put_error = Error{.code = ErrorCode::Unavailable, .message = "away"};
    run();
    merge(id, {"Ana"}, "2026-02-12");
    sink_.put_error = {};
    run();
    auto days = sink_.rows.begin()->second.key.days;
    std::ranges::sort(days);
    EXPECT_EQ(days, (std::vector<std::string>{"2026-02-10", "2026-02-11"}));
}

TEST_F(Delivering, a_day_is_delivered_again_without_doubling) {
    make_call(1);
    make_call(2);
    run();
    EXPECT_EQ(must(store_->outbox().deliver_again("tablero", "2026-02-10", "2026-02-10")), 2);
    run();
    EXPECT_EQ(sink_.rows.size(), 2U);
    for (const auto& [key, times] : sink_.times) {
        EXPECT_EQ(times, 2) << key;
    }
}

TEST_F(Delivering, a_crash_between_the_write_and_its_mark_leaves_one_effect) {
    const auto id = make_call(1);
    sink_.put_error = Error{.code = ErrorCode::Internal, .message = "we died here"};
    sink_.put_arrives_anyway = true;
    EXPECT_TRUE(run().error);
    sink_.put_error = {};
    EXPECT_EQ(run().conversations, 1);
    EXPECT_EQ(sink_.rows.size(), 1U);
    EXPECT_TRUE(sink_.rows.begin()->second.maybe_there);
    EXPECT_EQ(must(store_->outbox().count_waiting(id)), 0);
}

TEST_F(Delivering, what_may_have_arrived_is_removed_when_it_is_gone) {
    const auto id = make_call(1, {"Ana", "Luis"});
    audit(id, "1");
    sink_.put_error = Error{.code = ErrorCode::Internal, .message = "we died here"};
    sink_.put_arrives_anyway = true;
    run();
    EXPECT_EQ(sink_.rows.size(), 3U);
    sink_.put_error = {};
    merge(id, {"Luis"});
    run();
    EXPECT_EQ(sink_.rows.size(), 2U);
}

TEST_F(Delivering, a_sink_that_is_away_waits_with_growing_pauses) {
    make_call(1);
    sink_.put_error = Error{.code = ErrorCode::Unavailable, .message = "away"};
    EXPECT_EQ(run().error->code, ErrorCode::Unavailable);
    const auto first = *status().next_at - clock_.now();
    EXPECT_GE(first, 500ms);
    EXPECT_LE(first, 1s);
    clock_.advance(30s);
    Courier courier(*store_, sink_, clock_, &telemetry_, options());
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(must(courier.run(Haste::Now, {})).error);
    }
    const auto later = *status().next_at - clock_.now();
    EXPECT_GE(later, 5min);
    EXPECT_LE(later, 10min);
    EXPECT_EQ(status().failures, 21);
    const auto puts = sink_.puts;
    EXPECT_FALSE(must(courier.run(Haste::Patient, {})).worked);
    EXPECT_EQ(sink_.puts, puts);
    clock_.advance(10min);
    sink_.put_error = {};
    EXPECT_EQ(must(courier.run(Haste::Patient, {})).conversations, 1);
    EXPECT_EQ(status().failures, 0);
    EXPECT_EQ(telemetry_.value(telemetry::Metric::pipeline_deliveries_failed_total,
                               {.error_code = ErrorCode::Unavailable}),
              21);
}

TEST_F(Delivering, pauses_follow_the_class_of_the_error) {
    make_call(1);
    const auto pause_after = [&](const Error& error) {
        sink_.put_error = error;
        run();
        return *status().next_at - clock_.now();
    };
    EXPECT_EQ(pause_after({.code = ErrorCode::RateLimited, .message = "slow", .retry_after = 7s}),
              7s);
    EXPECT_EQ(pause_after({.code = ErrorCode::RateLimited, .message = "slow"}), 1min);
    EXPECT_EQ(pause_after({.code = ErrorCode::Unauthenticated, .message = "no"}), 10min);
    EXPECT_EQ(pause_after({.code = ErrorCode::Forbidden, .message = "no"}), 10min);
    EXPECT_EQ(status().waiting, 1);
    // Stopped or overtaken is nobody's failure.
    const auto failures = status().failures;
    for (const auto code : {ErrorCode::Cancelled, ErrorCode::Conflict}) {
        sink_.put_error = Error{.code = code, .message = "stop"};
        EXPECT_FALSE(run().error);
    }
    EXPECT_EQ(status().failures, failures);
    EXPECT_EQ(status().waiting, 1);
}

TEST_F(Delivering, a_row_that_is_refused_keeps_nobody_waiting) {
    make_call(1);
    const auto bad = make_call(2);
    make_call(3);
    sink_.refused_key = row(bad).recordings.at(0).id.text();
    EXPECT_EQ(run().conversations, 2);
    EXPECT_EQ(sink_.rows.size(), 2U);
    EXPECT_EQ(status().refused, 1);
    EXPECT_EQ(status().waiting, 0);
    EXPECT_EQ(status().failures, 0);
    EXPECT_NE(lines_.text.find("delivery_set_aside"), std::string::npos);
    sink_.refused_key = {};
    EXPECT_EQ(run().conversations, 0);
    EXPECT_EQ(must(store_->outbox().retry("tablero")), 1);
    EXPECT_EQ(run().conversations, 1);
    EXPECT_EQ(sink_.rows.size(), 3U);
}

TEST_F(Delivering, a_turn_that_was_lost_settles_nothing) {
    make_call(1);
    sink_.before_put = [&](const sinks::Turn&) {
        clock_.advance(1h);
        ASSERT_TRUE(must(store_->outbox().take_turn("tablero", 10s)));
    };
    const auto batch = run();
    EXPECT_FALSE(batch.error);
    EXPECT_EQ(batch.conversations, 0);
    EXPECT_TRUE(sink_.rows.empty());
    EXPECT_EQ(status().waiting, 1);
}

TEST_F(Delivering, two_workers_do_not_deliver_the_same_at_once) {
    make_call(1);
    FakeSink other;
    sink_.before_put = [&](const sinks::Turn&) { EXPECT_FALSE(run(other).worked); };
    EXPECT_EQ(run().conversations, 1);
    EXPECT_TRUE(other.rows.empty());
    EXPECT_FALSE(run(other).worked);
}

TEST_F(Delivering, a_long_call_keeps_its_turn_and_stops_when_it_is_lost) {
    make_call(1);
    auto settings = options();
    settings.lease = 30ms;
    Courier courier(*store_, sink_, clock_, nullptr, settings);
    sink_.before_put = [&](const sinks::Turn& turn) {
        must(store_->outbox().pause("tablero"));
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any stopped;
        // Ends as soon as the pause is noticed.
        stopped.wait_for(lock, turn.stop, 20s, [] { return false; });
        EXPECT_TRUE(turn.stop.stop_requested());
    };
    EXPECT_EQ(must(courier.run(Haste::Now, {})).conversations, 0);
    EXPECT_TRUE(sink_.rows.empty());
    sink_.before_put = {};
    must(store_->outbox().resume("tablero"));
    EXPECT_EQ(must(courier.run(Haste::Now, {})).conversations, 1);
}

TEST_F(Delivering, a_sink_that_cannot_be_asked_gets_each_row_once) {
    FakeSink mail(sinks::Repeat::None);
    const auto id = make_call(1);
    audit(id, "1");
    EXPECT_EQ(run(mail).conversations, 1);
    EXPECT_EQ(mail.puts, 2);
    audit(id, "2", 70);
    EXPECT_EQ(run(mail).conversations, 1);
    EXPECT_EQ(mail.puts, 3);
}

TEST_F(Delivering, what_may_have_arrived_there_is_not_sent_again_by_itself) {
    FakeSink mail(sinks::Repeat::None);
    make_call(1);
    mail.put_error = Error{.code = ErrorCode::Timeout, .message = "no answer"};
    mail.maybe_arrived = true;
    EXPECT_EQ(run(mail).conversations, 0);
    EXPECT_EQ(status().needs_attention, 1);
    EXPECT_EQ(status().failures, 0);
    mail.put_error = {};
    EXPECT_FALSE(run(mail).worked);
    EXPECT_EQ(mail.puts, 1);
    // An operator may.
    EXPECT_EQ(must(store_->outbox().retry("tablero")), 1);
    EXPECT_EQ(run(mail).conversations, 1);
    EXPECT_EQ(mail.puts, 2);
}

TEST_F(Delivering, a_crash_while_it_was_sent_there_needs_attention) {
    FakeSink mail(sinks::Repeat::None);
    const auto id = make_call(1);
    const auto turn = *must(store_->outbox().take_turn("tablero", 10s));
    must(store_->outbox().begin(turn, {{.conversation = id,
                                        .row = {.table = "call_recordings",
                                                .key = row(id).recordings.at(0).id.text(),
                                                .days = {"2026-02-10"}}}}));
    clock_.advance(1min);
    EXPECT_EQ(run(mail).conversations, 0);
    EXPECT_EQ(mail.puts, 0);
    EXPECT_EQ(status().needs_attention, 1);
}

TEST_F(Delivering, what_surely_did_not_arrive_is_sent_again) {
    FakeSink mail(sinks::Repeat::None);
    make_call(1);
    mail.put_error = Error{.code = ErrorCode::Unavailable, .message = "connection refused"};
    EXPECT_TRUE(run(mail).error);
    EXPECT_EQ(status().needs_attention, 0);
    mail.put_error = {};
    EXPECT_EQ(run(mail).conversations, 1);
}

TEST_F(Delivering, threads_deliver_while_one_sink_fails) {
    must(store_->outbox().register_sinks(
        {{.name = "away", .kind = "fake", .fingerprint = "1", .wants_past = false}}));
    make_call(1);
    clock_.advance(1min);
    std::vector<Destination> destinations(2);
    auto good = std::make_unique<FakeSink>();
    auto bad = std::make_unique<FakeSink>();
    bad->put_error = Error{.code = ErrorCode::Unavailable, .message = "away"};
    const auto& delivered = *good;
    destinations[0] = {.sink = std::move(bad), .options = options()};
    destinations[0].options.name = "away";
    destinations[1] = {.sink = std::move(good), .options = options()};
    Deliveries deliveries({.store = *store_, .clock = clock_, .poll_every = 5ms},
                          std::move(destinations));
    deliveries.start();
    deliveries.start();
    const auto deadline = Deadline::after(20s);
    const auto failures = [&] { return must(store_->outbox().list_sinks()).at(0).failures; };
    while (failures() == 0 || !must(store_->outbox().list_waiting("tablero", 1)).empty()) {
        ASSERT_FALSE(deadline.expired());
        std::this_thread::yield();
    }
    deliveries.stop();
    deliveries.stop();
    EXPECT_EQ(delivered.rows.size(), 1U);
    EXPECT_EQ(must(store_->outbox().list_waiting("away", 1)).size(), 1U);
}

}  // namespace
}  // namespace oidor::pipeline

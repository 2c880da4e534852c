// What the network, other programs and operators do to the database.
#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <map>
#include <set>
#include <thread>

#include "store/postgres/failure.hpp"
#include "store/postgres/test_server.hpp"

namespace oidor::store::postgres {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Store> open_store(const PostgresOptions& options) {
    static const SystemClock clock;
    return must(open_postgres_store(options, clock));
}

Result<std::vector<EventReceipt>> keep(Store& store, std::vector<NewEvent> delivery) {
    std::promise<Result<std::vector<EventReceipt>>> promise;
    store.inbox().keep(std::move(delivery), [&](auto kept) { promise.set_value(std::move(kept)); });
    return promise.get_future().get();
}

/// All bodies that were kept; each once.
std::set<std::string> bodies_of(Store& store) {
    std::set<std::string> bodies;
    std::optional<std::int64_t> before;
    while (true) {
        const auto events = must(store.inbox().list_events({}, before, 500));
        if (events.empty()) {
            return bodies;
        }
        for (const auto& event : events) {
            EXPECT_TRUE(bodies.insert(event.normalised).second) << "kept twice";
        }
        before = events.back().sequence;
    }
}

/// Keeps events, several deliveries at a time, while `disturb` is called again and again; then
/// looks whether each is there once, with its job.
void keep_while(const TestSchema& schema, int rounds, const std::function<void()>& disturb) {
    const auto store = open_store({.url = Secret(schema.url()), .wait_max = 60s});
    constexpr int kThreads = 4;
    std::atomic<bool> stop = false;
    std::atomic<int> acknowledged = 0;
    std::atomic<int> repeats = 0;
    std::array<int, kThreads> counts = {};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t] {
                while (!stop) {
                    const int number = t * 1'000'000 + counts.at(static_cast<std::size_t>(t))++;
                    const auto kept =
                        keep(*store, {make_event(std::to_string(number % 7), "TALK", number)});
                    EXPECT_TRUE(kept) << kept.error().message;
                    acknowledged += kept ? 1 : 0;
                    repeats += kept && kept->at(0).repeated ? 1 : 0;
                }
            });
        }
        for (int round = 0; round < rounds; ++round) {
            const int until = acknowledged + 50;
            while (acknowledged < until && !testing::Test::HasFailure()) {
                std::this_thread::yield();
            }
            disturb();
        }
        stop = true;
    }
    const auto bodies = bodies_of(*store);
    for (int t = 0; t < kThreads; ++t) {
        for (int i = 0; i < counts.at(static_cast<std::size_t>(t)); ++i) {
            const int number = t * 1'000'000 + i;
            EXPECT_TRUE(
                bodies.contains(make_event(std::to_string(number % 7), "TALK", number).normalised))
                << "lost: " << number;
        }
    }
    EXPECT_EQ(static_cast<int>(bodies.size()), acknowledged);
    // Kept in a run whose answer got lost, it is still no repeat.
    EXPECT_EQ(repeats, 0);
    EXPECT_EQ(must(store->queue().claim({"map"}, 100, 1s)).size(), 7U);
}

void cut_all(Connection& operator_connection) {
    must(operator_connection.each(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        [](const sql::Row&) {}));
}

TEST(PostgresFaults, the_tests_run_on_a_server_that_syncs) {
    std::string fsync;
    must(TestSchema().open_raw()->first("SHOW fsync",
                                        [&](const sql::Row& row) { fsync = row.text(0); }));
    EXPECT_EQ(fsync, "on");
}

TEST(PostgresFaults, connections_cut_under_way_lose_and_double_nothing) {
    const TestSchema schema;
    const auto raw = schema.open_raw();
    keep_while(schema, 30, [&] { cut_all(*raw); });
}

TEST(PostgresFaults, a_server_that_dies_and_comes_back_loses_and_doubles_nothing) {
    const TestSchema schema;
    keep_while(schema, 3, [] {
        TestServer::get().stop(SIGQUIT);
        TestServer::get().start();
    });
}

TEST(PostgresFaults, reads_and_writes_go_on_after_their_connections_were_cut) {
    const TestSchema schema;
    const auto store = open_store(schema.options());
    must(store->directory().put_agent({.id = "1", .name = "Ana"}));
    const auto raw = schema.open_raw();
    cut_all(*raw);
    EXPECT_EQ(must(store->directory().list_agents()).size(), 1U);
    cut_all(*raw);
    must(store->directory().put_agent({.id = "2", .name = "Luis"}));
    EXPECT_EQ(must(store->directory().list_agents()).size(), 2U);
}

TEST(PostgresFaults, a_connection_that_dies_under_the_commit_leaves_the_end_unknown) {
    const TestSchema schema;
    const auto store = open_store(schema.options());
    must(schema.open_raw()->execute(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$;"
        "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON agents DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION die()"));
    const auto put = store->directory().put_agent({.id = "1", .name = "Ana"});
    EXPECT_EQ(code_of(put), "Unavailable");
    EXPECT_NE(put.error().message.find("nobody knows"), std::string::npos) << put.error().message;
    EXPECT_TRUE(must(store->directory().list_agents()).empty());
}

TEST(PostgresFaults, an_event_that_cannot_be_kept_takes_no_other_with_it) {
    const TestSchema schema;
    const auto store = open_store({.url = Secret(schema.url()), .inbox_writers = 1});
    // Longer than an index' entry may be, however well it is packed.
    const auto bad = make_event(to_base64url(random_bytes(60'000)), "START");
    std::vector<std::future<Result<std::vector<EventReceipt>>>> answers;
    for (int i = 0; i < 20; ++i) {
        auto promise = std::make_shared<std::promise<Result<std::vector<EventReceipt>>>>();
        answers.push_back(promise->get_future());
        store->inbox().keep({i == 7 ? bad : make_event("a", "TALK", i)},
                            [promise](auto kept) { promise->set_value(std::move(kept)); });
    }
    for (int i = 0; i < 20; ++i) {
        const auto kept = answers[static_cast<std::size_t>(i)].get();
        EXPECT_EQ(code_of(kept), i == 7 ? "TooLarge" : "success");
        if (!kept) {
            EXPECT_EQ(kept.error().message.find(bad.external_id.substr(0, 10)), std::string::npos);
        }
    }
    EXPECT_EQ(bodies_of(*store).size(), 19U);
}

TEST(PostgresFaults, ids_with_any_bytes_are_kept_apart) {
    const TestSchema schema;
    const auto store = open_store(schema.options());
    const std::vector<std::string> ids = {std::string("a\0b", 3), std::string("a\0", 2), "a",
                                          "a\xff", "a\xfe"};
    for (const auto& id : ids) {
        EXPECT_FALSE(must(keep(*store, {make_event(id, "START")})).at(0).repeated);
    }
    for (const auto& id : ids) {
        EXPECT_TRUE(must(keep(*store, {make_event(id, "START")})).at(0).repeated);
        const auto found = must(store->inbox().list_events({.external_id = id}, {}, 10));
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found[0].external_id, id);
    }
}

TEST(PostgresFaults, rows_that_another_program_holds_are_unavailable_for_a_while) {
    const TestSchema schema;
    const auto store = open_store({.url = Secret(schema.url()), .lock_timeout = 50ms});
    const auto other = schema.open_raw();
    must(other->execute("BEGIN; LOCK TABLE events"));
    const auto refused = keep(*store, {make_event("a", "START")});
    EXPECT_EQ(code_of(refused), "Unavailable");
    EXPECT_NE(refused.error().message.find("another transaction holds"), std::string::npos);
    must(other->execute("ROLLBACK"));
    EXPECT_FALSE(must(keep(*store, {make_event("a", "START")})).at(0).repeated);
}

TEST(PostgresFaults, a_statement_that_takes_too_long_is_a_timeout) {
    const TestSchema schema;
    const Target target = {.url = Secret(schema.url()), .shown = "test", .statement_timeout = 20ms};
    const auto connection = must(Connection::open(target));
    EXPECT_EQ(code_of(connection->execute("SELECT pg_sleep(20)")), "Timeout");
    EXPECT_FALSE(connection->broken());
}

TEST(PostgresFaults, too_many_waiting_deliveries_are_refused_at_once) {
    const TestSchema schema;
    const auto store = open_store({.url = Secret(schema.url()),
                                   .inbox_writers = 1,
                                   .waiting_writes_max = 3,
                                   .waiting_bytes_max = 100'000});
    // The writer stands in the first delivery's callback until we let it go.
    std::promise<void> standing;
    std::promise<void> go_on;
    store->inbox().keep({make_event("a", "START")}, [&](auto) {
        standing.set_value();
        go_on.get_future().wait();
    });
    standing.get_future().wait();
    std::latch kept(3);
    std::atomic<int> refused = 0;
    const auto count = [&](const Result<std::vector<EventReceipt>>& receipts) {
        if (receipts) {
            kept.count_down();
        } else {
            EXPECT_EQ(receipts.error().code, ErrorCode::Unavailable);
            ++refused;
        }
    };
    auto big = make_event("a", "TALK", 99);
    big.raw = std::string(90'000, 'x');
    store->inbox().keep({big}, count);
    store->inbox().keep({big}, count);
    EXPECT_EQ(refused, 1);
    for (int i = 0; i < 4; ++i) {
        store->inbox().keep({make_event("a", "TALK", i)}, count);
    }
    EXPECT_EQ(refused, 3);
    EXPECT_EQ(must(store->health()).waiting_writes, 3);
    go_on.set_value();
    kept.wait();
    EXPECT_FALSE(must(keep(*store, {make_event("a", "END")})).at(0).repeated);
}

TEST(PostgresFaults, the_access_log_is_append_only) {
    const TestSchema schema;
    const auto store = open_store(schema.options());
    must(store->keyring().append_access({{.action = "listen"}}));
    const auto raw = schema.open_raw();
    EXPECT_EQ(code_of(raw->run("UPDATE access_log SET action = 'x'")), "Conflict");
    EXPECT_EQ(code_of(raw->run("DELETE FROM access_log")), "Conflict");
    EXPECT_EQ(code_of(raw->run("TRUNCATE access_log")), "Conflict");
    EXPECT_EQ(must(store->keyring().list_access({}, 10)).size(), 1U);
}

TEST(PostgresFaults, no_value_of_a_row_is_in_an_error) {
    const TestSchema schema;
    const auto store = open_store(schema.options());
    const auto raw = schema.open_raw();
    must(store->directory().put_agent({.id = "+5491155550000", .name = "Ana"}));
    const auto twice = raw->run("INSERT INTO agents VALUES (?, 'Luis')", "+5491155550000");
    EXPECT_EQ(code_of(twice), "Conflict");
    EXPECT_EQ(twice.error().message.find("5550000"), std::string::npos);
    EXPECT_NE(twice.error().message.find("agents_pkey"), std::string::npos);
    const auto no_number = raw->execute("SELECT 'Ana'::bigint");
    EXPECT_EQ(code_of(no_number), "Invalid");
    EXPECT_EQ(no_number.error().message.find("Ana"), std::string::npos);
}

TEST(PostgresFaults, jobs_queued_elsewhere_wake_this_one) {
    const TestSchema schema;
    const auto here = open_store(schema.options());
    const auto there = open_store(schema.options());
    for (int round = 0; round < 2; ++round) {
        std::promise<void> woken;
        std::atomic<bool> first = true;
        here->on_queued([&] {
            if (first.exchange(false)) {
                woken.set_value();
            }
        });
        if (round == 0) {
            must(there->queue().enqueue({{.kind = "map", .key = "1"}}));
        } else {
            must(keep(*there, {make_event("a", "START")}));
        }
        EXPECT_EQ(woken.get_future().wait_for(10s), std::future_status::ready);
        here->on_queued({});
    }
}

TEST(PostgresFaults, one_that_listens_again_looks_for_what_it_missed) {
    const TestSchema schema;
    const auto store = open_store(schema.options());
    std::promise<void> woken;
    std::atomic<bool> first = true;
    store->on_queued([&] {
        if (first.exchange(false)) {
            woken.set_value();
        }
    });
    cut_all(*schema.open_raw());
    EXPECT_EQ(woken.get_future().wait_for(10s), std::future_status::ready);
    store->on_queued({});
}

TEST(PostgresFaults, every_state_has_a_code) {
    const std::map<std::string, std::string> codes = {
        {"08006", "Unavailable"},     {"23505", "Conflict"},    {"25006", "Unavailable"},
        {"28P01", "Unauthenticated"}, {"3D000", "NotFound"},    {"40001", "Conflict"},
        {"42501", "Forbidden"},       {"53100", "Unavailable"}, {"53300", "Unavailable"},
        {"54000", "TooLarge"},        {"57P01", "Unavailable"}, {"57014", "Timeout"},
        {"58030", "Unavailable"},     {"XX001", "Corrupt"},     {"22P02", "Invalid"},
        {"42703", "Internal"},        {"XX000", "Internal"}};
    for (const auto& [state, code] : codes) {
        const Result<void> failure = state_failure(state, "store");
        EXPECT_EQ(code_of(failure), code) << state;
        EXPECT_NE(failure.error().message.find(state), std::string::npos);
    }
}

}  // namespace
}  // namespace oidor::store::postgres

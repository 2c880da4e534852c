#include "store/postgres/migrations.hpp"

#include <array>
#include <set>
#include <thread>

#include "store/postgres/test_server.hpp"

namespace oidor::store::postgres {
namespace {

using namespace std::chrono_literals;

std::set<std::string> tables_of(Connection& connection) {
    std::set<std::string> tables;
    must(connection.each("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
                         [&](const sql::Row& row) { tables.insert(row.text(0)); }));
    return tables;
}

constexpr EmbeddedFile kFirst = {"0001_first", "CREATE TABLE a (x bigint); CREATE TABLE b ()"};
constexpr EmbeddedFile kSecond = {"0002_second", "CREATE TABLE c (x bigint)"};
constexpr EmbeddedFile kBroken = {"0002_second",
                                  "CREATE TABLE c (x bigint); INSERT INTO d VALUES (1)"};

TEST(PostgresMigrations, run_once_in_order) {
    const TestSchema schema;
    const auto connection = schema.open_raw();
    const std::array both = {kFirst, kSecond};
    EXPECT_EQ(must(schema_version(*connection)), 0);
    EXPECT_EQ(must(migrate(*connection, std::span(both).first(1), {})), 1);
    EXPECT_EQ(must(migrate(*connection, both, {})), 2);
    EXPECT_EQ(must(migrate(*connection, both, {})), 2);
    EXPECT_EQ(must(schema_version(*connection)), 2);
    EXPECT_EQ(tables_of(*connection), (std::set<std::string>{"a", "b", "c", "schema_migrations"}));
}

TEST(PostgresMigrations, a_failed_one_leaves_nothing_and_is_run_again) {
    const TestSchema schema;
    const auto connection = schema.open_raw();
    const std::array broken = {kFirst, kBroken};
    const auto failed = migrate(*connection, broken, {});
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("0002_second"), std::string::npos);
    EXPECT_FALSE(connection->in_transaction());
    EXPECT_EQ(must(schema_version(*connection)), 1);
    EXPECT_EQ(tables_of(*connection), (std::set<std::string>{"a", "b", "schema_migrations"}));
    const std::array right = {kFirst, kSecond};
    EXPECT_EQ(must(migrate(*connection, right, {})), 2);
}

TEST(PostgresMigrations, a_newer_schema_is_refused) {
    const TestSchema schema;
    const ManualClock clock{Timestamp(1s)};
    must(open_postgres_store(schema.options(), clock));
    const auto newer = static_cast<int>(postgres_migrations().size()) + 1;
    must(schema.open_raw()->run("INSERT INTO schema_migrations VALUES (?, 'x', 0)", newer));
    const auto refused = open_postgres_store(schema.options(), clock);
    EXPECT_EQ(code_of(refused), "Unsupported");
    EXPECT_NE(refused.error().message.find("newer version"), std::string::npos);
}

TEST(PostgresMigrations, a_gap_in_the_numbers_is_our_fault) {
    const TestSchema schema;
    const std::array gap = {kSecond};
    EXPECT_EQ(code_of(migrate(*schema.open_raw(), gap, {})), "Internal");
}

TEST(PostgresMigrations, two_programs_may_run_them_at_the_same_time) {
    const TestSchema schema;
    const SystemClock clock;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                EXPECT_EQ(code_of(open_postgres_store(schema.options(), clock)), "success");
            });
        }
    }
    EXPECT_EQ(must(schema_version(*schema.open_raw())),
              static_cast<int>(postgres_migrations().size()));
}

TEST(PostgresMigrations, another_programs_schema_is_not_touched) {
    const SystemClock clock;
    const TestSchema rails;
    must(rails.open_raw()->execute("CREATE TABLE schema_migrations (version text)"));
    const auto refused = open_postgres_store(rails.options(), clock);
    EXPECT_EQ(code_of(refused), "Unsupported");
    EXPECT_NE(refused.error().message.find("another program"), std::string::npos);
    const TestSchema theirs;
    must(theirs.open_raw()->execute("CREATE TABLE keys (theirs text)"));
    const auto taken = open_postgres_store(theirs.options(), clock);
    EXPECT_EQ(code_of(taken), "Unsupported");
    EXPECT_NE(taken.error().message.find("another program"), std::string::npos);
    EXPECT_EQ(tables_of(*theirs.open_raw()), std::set<std::string>{"keys"});
}

TEST(PostgresMigrations, two_stores_of_one_database_know_nothing_of_each_other) {
    const SystemClock clock;
    const TestSchema first;
    const TestSchema second;
    const auto one = must(open_postgres_store(first.options(), clock));
    const auto other = must(open_postgres_store(second.options(), clock));
    must(one->directory().put_agent({.id = "1", .name = "Ana"}));
    EXPECT_TRUE(must(other->directory().list_agents()).empty());
}

}  // namespace
}  // namespace oidor::store::postgres

#include "store/sqlite/migrations.hpp"

#include <array>
#include <set>
#include <thread>

#include "store/contract/store_contract.hpp"
#include "store/sqlite/test_folder.hpp"

namespace oidor::store::sqlite {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Connection> open_raw(const TestFolder& folder) {
    return must(Connection::open(folder.file(), 50ms, Access::ReadWrite));
}

std::set<std::string> tables_of(Connection& connection) {
    std::set<std::string> tables;
    must(connection.each("SELECT name FROM sqlite_schema WHERE type = 'table'",
                         [&](const Row& row) { tables.insert(row.text(0)); }));
    return tables;
}

constexpr EmbeddedFile kFirst = {"0001_first.sql", "CREATE TABLE a (x); CREATE TABLE b (x);"};
constexpr EmbeddedFile kBroken = {"0002_second.sql", "CREATE TABLE c (x); CREATE TABLE a (x);"};
constexpr EmbeddedFile kSecond = {"0002_second.sql",
                                  "CREATE TABLE c (x); INSERT INTO c VALUES (1);"};

TEST(Migrations, run_once_in_order) {
    const TestFolder folder;
    const auto connection = open_raw(folder);
    const std::array both = {kFirst, kSecond};
    EXPECT_EQ(must(schema_version(*connection)), 0);
    EXPECT_EQ(must(migrate(*connection, std::span(both).first(1), {})), 1);
    EXPECT_EQ(must(migrate(*connection, both, {})), 2);
    EXPECT_EQ(must(migrate(*connection, both, {})), 2);
    EXPECT_EQ(must(schema_version(*connection)), 2);
    EXPECT_EQ(tables_of(*connection), (std::set<std::string>{"a", "b", "c", "schema_migrations"}));
}

TEST(Migrations, a_failed_one_leaves_nothing_and_is_run_again) {
    const TestFolder folder;
    const auto connection = open_raw(folder);
    const std::array broken = {kFirst, kBroken};
    const auto failed = migrate(*connection, broken, {});
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("0002_second.sql"), std::string::npos);
    EXPECT_FALSE(connection->in_transaction());
    EXPECT_EQ(must(schema_version(*connection)), 1);
    EXPECT_EQ(tables_of(*connection), (std::set<std::string>{"a", "b", "schema_migrations"}));
    const std::array right = {kFirst, kSecond};
    EXPECT_EQ(must(migrate(*connection, right, {})), 2);
}

TEST(Migrations, a_newer_schema_is_refused) {
    const TestFolder folder;
    const ManualClock clock{Timestamp(1s)};
    must(open_sqlite_store({.path = folder.file()}, clock));
    const auto newer = static_cast<int>(sqlite_migrations().size()) + 1;
    must(open_raw(folder)->run("INSERT INTO schema_migrations VALUES (?, 'x', 0)", newer));
    const auto refused = open_sqlite_store({.path = folder.file()}, clock);
    EXPECT_EQ(code_of(refused), "Unsupported");
    EXPECT_NE(refused.error().message.find("newer version"), std::string::npos);
}

TEST(Migrations, a_gap_in_the_numbers_is_our_fault) {
    const TestFolder folder;
    const auto connection = open_raw(folder);
    const std::array gap = {kSecond};
    EXPECT_EQ(code_of(migrate(*connection, gap, {})), "Internal");
}

TEST(Migrations, two_programs_may_run_them_at_the_same_time) {
    const TestFolder folder;
    const SystemClock clock;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                EXPECT_EQ(code_of(open_sqlite_store({.path = folder.file()}, clock)), "success");
            });
        }
    }
    EXPECT_EQ(must(schema_version(*open_raw(folder))),
              static_cast<int>(sqlite_migrations().size()));
}

TEST(Migrations, every_table_of_ours_is_strict) {
    const TestFolder folder;
    const SystemClock clock;
    must(open_sqlite_store({.path = folder.file()}, clock));
    int strict = 0;
    must(
        open_raw(folder)->each("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' "
                               "AND name NOT LIKE 'sqlite_%'",
                               [&](const Row& row) {
                                   EXPECT_TRUE(row.boolean(1)) << row.text(0);
                                   ++strict;
                               }));
    EXPECT_GE(strict, 20);
}

}  // namespace
}  // namespace oidor::store::sqlite

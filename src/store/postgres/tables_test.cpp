// The PostgreSQL backend as a source and a target of whole stores, and between both databases.
#include "store/contract/tables_contract.hpp"

#include "store/contract/sample_rows.hpp"
#include "store/postgres/test_server.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/test_folder.hpp"

namespace oidor::store {
namespace {

struct PostgresPlace final : TablesBackend::Place {
    Result<std::unique_ptr<TableSource>> source(Hold hold) override {
        return open_postgres_source(Secret(schema.url()), hold);
    }
    Result<std::unique_ptr<TableTarget>> target() override {
        return open_postgres_target(Secret(schema.url()));
    }
    Result<std::unique_ptr<Store>> store(bool may_be_unfinished) override {
        auto options = schema.options();
        options.may_be_unfinished = may_be_unfinished;
        return open_postgres_store(options, clock);
    }
    void execute(const std::string& statement) override {
        must(schema.open_raw()->execute(statement));
    }

    postgres::TestSchema schema = {};
};

INSTANTIATE_TEST_SUITE_P(Postgres, TablesContract,
                         testing::Values(TablesBackend{
                             .name = "postgres",
                             .make_place = [] { return std::make_unique<PostgresPlace>(); }}),
                         [](const auto& info) { return info.param.name; });

/// Texts that PostgreSQL refuses, as keys too, where they sort otherwise than their bytes.
void add_odd_rows(const std::filesystem::path& file) {
    const SystemClock clock;
    const auto store = must(open_sqlite_store({.path = file}, clock));
    const std::vector<std::string> texts = {std::string("a\0b", 3),
                                            "\xff",
                                            "\xF4\x8F\xBF\xBE",
                                            "ñ",
                                            "\xF4\x8F\xBF\xBE"
                                            "00",
                                            ""};
    for (const auto& text : texts) {
        must(store->directory().put_agent({.id = "odd" + text, .name = text}));
    }
}

TEST(TablesBetween, sqlite_to_postgres_and_back_is_the_same_to_the_byte) {
    const sqlite::TestFolder first;
    const sqlite::TestFolder last;
    const postgres::TestSchema between;
    fill_with_samples(*must(open_sqlite_target(first.file())), newest_schema_version());
    add_odd_rows(first.file());
    const auto source = must(open_sqlite_source(first.file(), Hold::Alone));
    CopyOptions options;
    options.rows_max = 2;
    {
        const auto target = must(open_postgres_target(Secret(between.url())));
        must(copy_tables(*source, *target, options));
        must(target->finish());
    }
    const auto there = must(open_postgres_source(Secret(between.url()), Hold::Alone));
    EXPECT_EQ(rows_in(*there), rows_in(*source));
    const auto back = must(open_sqlite_target(last.file()));
    must(copy_tables(*there, *back, options));
    EXPECT_EQ(rows_in(*back), rows_in(*source));
}

TEST(PostgresTables, whoever_writes_without_opening_it_as_we_do_waits) {
    PostgresPlace place;
    fill_with_samples(*must(place.target()), newest_schema_version());
    const auto source = must(place.source(Hold::Alone));
    const auto writer = place.schema.open_raw();
    must(writer->execute("SET lock_timeout = 50"));
    EXPECT_FALSE(writer->execute("UPDATE agents SET name = 'x'"));
}

TEST(PostgresTables, the_access_log_is_append_only_again_after_a_copy) {
    PostgresPlace place;
    fill_with_samples(*must(place.target()), newest_schema_version());
    EXPECT_FALSE(place.schema.open_raw()->execute("DELETE FROM access_log"));
}

TEST(PostgresTables, more_rows_than_one_fetch_are_all_read) {
    PostgresPlace place;
    fill_with_samples(*must(place.target()), newest_schema_version());
    place.execute("INSERT INTO agents SELECT 'n' || n, 'x' FROM generate_series(1, 1000) AS n");
    EXPECT_EQ(rows_in(*must(place.source(Hold::Snapshot))).at("agents").size(), 1001U);
}

}  // namespace
}  // namespace oidor::store

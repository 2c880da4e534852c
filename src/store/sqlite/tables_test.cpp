// The SQLite backend as a source and a target of whole stores.
#include "store/contract/tables_contract.hpp"

#include "store/contract/store_contract.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/test_folder.hpp"

namespace oidor::store {
namespace {

struct SqlitePlace final : TablesBackend::Place {
    Result<std::unique_ptr<TableSource>> source(Hold hold) override {
        return open_sqlite_source(folder.file(), hold);
    }
    Result<std::unique_ptr<TableTarget>> target() override {
        return open_sqlite_target(folder.file());
    }
    Result<std::unique_ptr<Store>> store(bool may_be_unfinished) override {
        return open_sqlite_store({.path = folder.file(),
                                  .busy_timeout = std::chrono::milliseconds(200),
                                  .may_be_unfinished = may_be_unfinished},
                                 clock);
    }
    void execute(const std::string& statement) override {
        must(must(sqlite::Connection::open(folder.file(), std::chrono::seconds(1),
                                           sqlite::Access::ReadWrite))
                 ->execute(statement));
    }

    sqlite::TestFolder folder = {};
};

INSTANTIATE_TEST_SUITE_P(Sqlite, TablesContract,
                         testing::Values(TablesBackend{
                             .name = "sqlite",
                             .make_place = [] { return std::make_unique<SqlitePlace>(); }}),
                         [](const auto& info) { return info.param.name; });

TEST(SqliteTables, a_file_of_another_program_is_not_filled) {
    SqlitePlace place;
    must(must(sqlite::Connection::open(place.folder.file(), std::chrono::seconds(1),
                                       sqlite::Access::ReadWrite))
             ->execute("CREATE TABLE theirs (x TEXT)"));
    const auto target = must(place.target());
    EXPECT_EQ(code_of(target->begin(1, "test", {}, {})), "Unsupported");
}

TEST(Tables, an_unknown_schema_is_refused) {
    EXPECT_EQ(code_of(tables_of(0)), "Unsupported");
    EXPECT_EQ(code_of(tables_of(newest_schema_version() + 1)), "Unsupported");
}

TEST(Tables, every_row_comes_behind_those_that_it_refers_to) {
    std::vector<std::string> names;
    for (const auto& table : must(tables_of(newest_schema_version()))) {
        names.push_back(table.name);
    }
    const auto place = [&](std::string_view name) { return std::ranges::find(names, name); };
    EXPECT_GE(names.size(), 19U);
    EXPECT_LT(place("conversations"), place("events"));
    EXPECT_LT(place("participations"), place("audits"));
    EXPECT_LT(place("agents"), place("mappings"));
    EXPECT_LT(place("keys"), place("sessions"));
}

TEST(Tables, a_row_cut_short_is_corrupt) {
    std::string bytes;
    const std::vector<Value> row = {nullptr, std::int64_t{-5}, std::string_view("text"),
                                    Bytes{"raw"}};
    append_row(bytes, row);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        std::string_view cut = std::string_view(bytes).substr(0, size);
        std::vector<Value> read(row.size());
        EXPECT_EQ(code_of(take_row(cut, read)), "Corrupt") << size;
    }
    std::string_view whole = bytes;
    std::vector<Value> read(row.size());
    must(take_row(whole, read));
    std::string again;
    append_row(again, read);
    EXPECT_EQ(again, bytes);
    bytes[0] = 9;
    whole = bytes;
    EXPECT_EQ(code_of(take_row(whole, read)), "Corrupt");
}

TEST(Tables, a_digest_knows_rows_whatever_their_order_but_no_other_value) {
    const std::vector<Value> one = {std::int64_t{1}};
    const std::vector<Value> two = {std::int64_t{2}};
    const std::vector<Value> text = {std::string_view("2")};
    const auto digest = [](const std::vector<std::vector<Value>>& rows) {
        TableDigest all;
        for (const auto& row : rows) {
            all.add(row);
        }
        return all;
    };
    EXPECT_EQ(digest({one, two}), digest({two, one}));
    EXPECT_FALSE(digest({one, two}) == digest({one, one}));
    EXPECT_FALSE(digest({two}) == digest({text}));
    EXPECT_FALSE(digest({one, two, two}) == digest({one, one, two}));
}

}  // namespace
}  // namespace oidor::store

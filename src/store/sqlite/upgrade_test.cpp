// Stores that released versions left are opened by this one, with every row.
#include "store/contract/store_contract.hpp"
#include "store/contract/upgrade_contract.hpp"
#include "store/copying.hpp"
#include "store/sqlite/test_folder.hpp"

namespace oidor::store {
namespace {

TEST(SqliteUpgrade, every_released_store_is_opened_with_all_its_rows) {
    for (const auto& released : released_stores()) {
        SCOPED_TRACE(released.version);
        const sqlite::TestFolder folder;
        std::filesystem::copy_file(released.sqlite, folder.file());
        const SystemClock clock;
        {
            const auto store = must(open_sqlite_store({.path = folder.file()}, clock));
            EXPECT_EQ(must(store->health()).schema_version, newest_schema_version());
        }
        expect_same_rows(*must(open_sqlite_source(folder.file(), Hold::Snapshot)),
                         released.version);
        expect_readable(*must(open_sqlite_store({.path = folder.file()}, clock)));
    }
}

TEST(SqliteUpgrade, a_released_store_is_copied_as_it_is_and_migrated_there) {
    for (const auto& released : released_stores()) {
        SCOPED_TRACE(released.version);
        const sqlite::TestFolder from;
        const sqlite::TestFolder to;
        std::filesystem::copy_file(released.sqlite, from.file());
        {
            const auto source = must(open_sqlite_source(from.file(), Hold::Snapshot));
            EXPECT_EQ(source->schema_version(), released.version);
            const auto target = must(open_sqlite_target(to.file()));
            must(copy_tables(*source, *target, {}));
            must(target->migrate_up({}));
            must(target->finish());
        }
        expect_same_rows(*must(open_sqlite_source(to.file(), Hold::Snapshot)), released.version);
    }
}

}  // namespace
}  // namespace oidor::store

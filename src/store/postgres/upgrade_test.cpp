// Databases that released versions left are opened by this one, with every row.
#include <fstream>
#include <sstream>

#include "store/contract/upgrade_contract.hpp"
#include "store/postgres/test_server.hpp"

namespace oidor::store {
namespace {

TEST(PostgresUpgrade, every_released_store_is_opened_with_all_its_rows) {
    for (const auto& released : released_stores()) {
        SCOPED_TRACE(released.version);
        const postgres::TestSchema schema;
        std::stringstream script;
        script << std::ifstream(released.postgres).rdbuf();
        must(schema.open_raw()->execute(script.str()));
        const SystemClock clock;
        {
            const auto store = must(open_postgres_store(schema.options(), clock));
            EXPECT_EQ(must(store->health()).schema_version, newest_schema_version());
        }
        expect_same_rows(*must(open_postgres_source(Secret(schema.url()), Hold::Snapshot)),
                         released.version);
        expect_readable(*must(open_postgres_store(schema.options(), clock)));
    }
}

}  // namespace
}  // namespace oidor::store

// The PostgreSQL backend passes the contract; its own faults are in faults_test.cpp.
#include <algorithm>

#include <gtest/gtest.h>

#include "store/contract/store_contract.hpp"
#include "store/postgres/test_server.hpp"

namespace oidor::store {
namespace {

/// A folder's schema: the same folder again is the same store.
postgres::TestSchema schema_of(const std::filesystem::path& folder) {
    std::string name = "t_" + folder.filename().string();
    std::ranges::replace(name, '-', '_');
    return postgres::TestSchema(name);
}

INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract,
                         testing::Values(StoreBackend{
                             .name = "postgres",
                             .open =
                                 [](const std::filesystem::path& folder, const Clock& clock) {
                                     return open_postgres_store(schema_of(folder).options(), clock);
                                 }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace oidor::store

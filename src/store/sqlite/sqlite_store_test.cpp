// The SQLite backend passes the contract; its own faults are in faults_test.cpp.
#include <gtest/gtest.h>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract,
                         testing::Values(StoreBackend{
                             .name = "sqlite",
                             .open =
                                 [](const std::filesystem::path& folder, const Clock& clock) {
                                     return open_sqlite_store({.path = folder / "oidor.db"}, clock);
                                 }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace oidor::store

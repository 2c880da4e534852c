#include "store/sqlite/readers.hpp"

#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "store/sql/keyring.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/test_folder.hpp"
#include "store/sqlite/writer.hpp"
#include "store/store.hpp"

namespace oidor::store::sqlite {
namespace {

using namespace std::chrono_literals;

class Keys : public ::testing::Test {
  protected:
    std::vector<std::unique_ptr<Connection>> one_reader() {
        std::vector<std::unique_ptr<Connection>> readers;
        readers.push_back(*Connection::open(folder_.file(), 1s, Access::ReadOnly));
        return readers;
    }

    SystemClock clock_;
    TestFolder folder_;
    std::unique_ptr<Store> store_ = *open_sqlite_store({.path = folder_.file()}, clock_);
};

TEST_F(Keys, are_found_while_slow_reads_hold_every_other_reader) {
    ASSERT_TRUE(store_->keyring().insert_key(
        {.id = KeyId::make(), .name = "pbx", .key_sha256 = sha256("key")}));
    Checkpointer checkpointer(*Connection::open(folder_.file(), 1s, Access::ReadWrite));
    Writer writer(*Connection::open(folder_.file(), 1s, Access::ReadWrite), checkpointer, clock_,
                  {});
    Readers pages(one_reader(), 20ms);
    Readers keys(one_reader(), 20ms);
    const sql::SqlKeyring keyring(writer, pages, keys);
    std::latch reading(1);
    std::latch found(1);
    const std::jthread slow([&] {
        const auto read = pages.with([&](sql::Connection&) -> Result<void> {
            reading.count_down();
            found.wait();
            return {};
        });
        EXPECT_TRUE(read);
    });
    reading.wait();
    const auto key = keyring.find_key(sha256("key"));
    EXPECT_EQ(keyring.list_keys().error().code, ErrorCode::Unavailable);
    found.count_down();
    ASSERT_TRUE(key) << key.error().message;
    ASSERT_TRUE(*key);
    EXPECT_EQ((*key)->name, "pbx");
}

}  // namespace
}  // namespace oidor::store::sqlite

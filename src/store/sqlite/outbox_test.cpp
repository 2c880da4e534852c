// What the transaction of an erasure tells the outbox.
#include "store/sql/outbox.hpp"

#include "store/contract/store_contract.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/test_folder.hpp"

namespace oidor::store::sqlite {
namespace {

using namespace std::chrono_literals;

class Removal : public testing::Test {
  protected:
    Removal() {
        must(store_->outbox().register_sinks({{.name = "a", .kind = "files"}}));
        id_ = must(store_->conversations().identify(make_key(1)));
    }

    /// Erases the conversation as another port does, in one transaction.
    void erase() {
        const auto connection =
            must(Connection::open(folder_.file(), std::chrono::seconds(1), Access::ReadWrite));
        must(connection->execute("BEGIN IMMEDIATE"));
        sql::WriteContext context{.connection = *connection, .now = clock_.now()};
        must(connection->run("DELETE FROM conversations WHERE id = ?", id_));
        must(sql::note_removed(context, id_));
        must(connection->execute("COMMIT"));
    }

    void hold(const std::string& key) {
        const auto turn = must(store_->outbox().take_turn("a", 10s));
        const SentRow sent{.conversation = id_,
                           .row = {.table = "call_recordings",
                                   .key = key,
                                   .days = {"2026-02-02"},
                                   .sha256_hex = sha256_hex(key)}};
        must(store_->outbox().begin(*turn, {sent}));
        must(store_->outbox().settle(*turn, {.put = {sent}}));
        must(store_->outbox().end_turn(*turn));
    }

    TestFolder folder_;
    ManualClock clock_{Timestamp(1'770'000'000s)};
    std::unique_ptr<Store> store_ = must(open_sqlite_store({.path = folder_.file()}, clock_));
    ConversationId id_;
};

TEST_F(Removal, waits_with_all_that_the_sink_holds) {
    hold("r");
    erase();
    const auto items = must(store_->outbox().list_waiting("a", 10));
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].conversation, id_);
    ASSERT_EQ(items[0].held.size(), 1U);
    EXPECT_EQ(items[0].held[0].key, "r");
    EXPECT_FALSE(must(store_->outbox().find_parcel(id_)));
}

TEST_F(Removal, outlives_a_forgotten_sink) {
    hold("r");
    must(store_->outbox().forget("a"));
    erase();
    EXPECT_EQ(must(store_->outbox().count_waiting(id_)), 1);
    must(store_->outbox().forget("a"));
    must(store_->outbox().register_sinks({{.name = "a", .kind = "files"}}));
    EXPECT_EQ(must(store_->outbox().list_waiting("a", 10)).size(), 1U);
}

TEST_F(Removal, is_no_matter_of_a_forgotten_sink_that_holds_nothing) {
    must(store_->outbox().forget("a"));
    erase();
    EXPECT_EQ(must(store_->outbox().count_waiting(id_)), 0);
}

}  // namespace
}  // namespace oidor::store::sqlite

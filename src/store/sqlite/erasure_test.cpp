// Nothing of what was erased is left in the bytes of the store's files.
#include <fstream>
#include <future>
#include <iterator>

#include <gtest/gtest.h>

#include "store/contract/store_contract.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/test_folder.hpp"

namespace oidor::store::sqlite {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kAnySize = std::int64_t{1} << 40U;

/// What the store's files hold, byte by byte.
std::string bytes_of(const TestFolder& folder) {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
        std::ifstream file(entry.path(), std::ios::binary);
        all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
}

class ErasedBytes : public ::testing::Test {
  protected:
    ErasedBytes() {
        store_ = must(open_sqlite_store({.path = folder_.file()}, clock_));
        store_->erasure().use_seal_key(seal_key_of("a key"));
    }

    /// A call whose every text names its customer; numbers lie apart, so that rows go between rows.
    ConversationId make_call(int number) {
        const auto mark = mark_of(number);
        auto event = make_event(fmt::format("call-{}", number), "END");
        event.normalised = fmt::format(R"({{"caller":"{}","name":"Señora {}"}})", mark, mark);
        event.raw = event.normalised + std::string(600, ' ');
        event.body_sha256 = sha256(event.normalised);
        std::promise<Result<std::vector<EventReceipt>>> done;
        store_->inbox().keep({event}, [&](auto kept) { done.set_value(std::move(kept)); });
        const auto id = must(done.get_future().get()).at(0).conversation;
        MappedConversation mapped;
        mapped.conversation.id = id;
        mapped.conversation.customer_key = mark;
        mapped.conversation.address_from = mark;
        mapped.conversation.details_json = fmt::format(R"({{"name":"{}"}})", mark);
        mapped.participations = {{.leg = "agent", .agent_name = mark + " agent"}};
        mapped.recordings = {
            {.external_id = "main", .candidate_urls = {"https://pbx/" + mark + ".mp3"}}};
        must(store_->conversations().merge(mapped, {}));
        const auto words = "stored " + mark;
        must(store_->conversations().put_transcript(
            id, {.sha256_hex = sha256_hex(words), .json = words, .origin = "provided"}, {}));
        return id;
    }
    static std::string mark_of(int number) {
        return fmt::format("+54{:010}marked", (number * 7919) % 1'000'003);
    }

    ManualClock clock_{Timestamp(1'770'000'000s)};
    TestFolder folder_;
    std::unique_ptr<Store> store_;
};

TEST_F(ErasedBytes, nothing_is_left_in_file_or_log) {
    std::vector<ConversationId> ids;
    for (int i = 0; i < 400; ++i) {
        ids.push_back(make_call(i));
    }
    ASSERT_NE(bytes_of(folder_).find(mark_of(9)), std::string::npos);
    for (int i = 0; i < 400; i += 3) {
        must(store_->erasure().erase(ids[static_cast<std::size_t>(i)], ErasureCause::Asked, {}));
    }
    EXPECT_EQ(must(store_->erasure().scrub(kAnySize)), ScrubOutcome::Clean);
    const auto bytes = bytes_of(folder_);
    int erased = 0;
    for (int i = 0; i < 400; ++i) {
        const bool there = bytes.find(mark_of(i)) != std::string::npos;
        const bool kept =
            must(store_->conversations().find_conversation(ids[static_cast<std::size_t>(i)]))
                .has_value();
        EXPECT_EQ(there, kept) << i;
        erased += kept ? 0 : 1;
    }
    EXPECT_GT(erased, 20);
}

TEST_F(ErasedBytes, a_store_beyond_the_bound_is_not_written_anew_but_its_log_is_cut) {
    const auto id = make_call(1);
    must(store_->erasure().erase(id, ErasureCause::Asked, {}));
    EXPECT_EQ(must(store_->erasure().scrub(1)), ScrubOutcome::TooLarge);
    EXPECT_EQ(std::filesystem::file_size(folder_.file().string() + "-wal"), 0U);
    EXPECT_EQ(bytes_of(folder_).find(mark_of(1)), std::string::npos);
}

TEST_F(ErasedBytes, a_reader_of_the_old_state_makes_it_busy_not_wrong) {
    const auto id = make_call(1);
    auto reader = must(Connection::open(folder_.file(), 10ms, Access::ReadOnly));
    {
        const auto snapshot = Snapshot::open(*reader);
        ASSERT_TRUE(snapshot);
        must(reader->each("SELECT id FROM conversations", [](const Row&) {}));
        must(store_->erasure().erase(id, ErasureCause::Asked, {}));
        auto impatient = must(open_sqlite_store(
            {.path = folder_.file(), .busy_timeout = std::chrono::milliseconds(20)}, clock_));
        EXPECT_EQ(must(impatient->erasure().scrub(kAnySize)), ScrubOutcome::Busy);
    }
    EXPECT_EQ(must(store_->erasure().scrub(kAnySize)), ScrubOutcome::Clean);
    EXPECT_EQ(bytes_of(folder_).find(mark_of(1)), std::string::npos);
}

}  // namespace
}  // namespace oidor::store::sqlite

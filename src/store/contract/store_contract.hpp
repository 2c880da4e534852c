// What every backend of the store must do: one suite, run over each by a few lines in its folder.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/time.hpp"
#include "store/store.hpp"

namespace oidor::store {

/// How a backend is opened; the same folder again gives the same store.
struct StoreBackend {
    std::string name = {};
    std::function<Result<std::unique_ptr<Store>>(const std::filesystem::path& folder,
                                                 const Clock& clock)>
        open = {};
};

/// A store in a folder of its own, and a clock that stands still.
class StoreContract : public testing::TestWithParam<StoreBackend> {
  protected:
    void SetUp() override;
    void TearDown() override;

    /// Closes the store and opens it again.
    void reopen();
    Store& store() { return *store_; }
    /// A second opening of the same store, as another process has it.
    std::unique_ptr<Store> open_second();
    /// Keeps a delivery and waits.
    Result<std::vector<EventReceipt>> keep(std::vector<NewEvent> delivery);
    /// A new conversation of this number.
    ConversationId make_conversation(int number);
    /// A conversation with everything that it can have, and its audio.
    struct Whole {
        ConversationId id = {};
        Sha256 audio = {};
    };
    Whole make_whole(const std::string& name, const std::string& customer,
                     const std::string& content);
    ErasureCounts erase(ConversationId id, ErasureCause cause = ErasureCause::Asked);
    /// Blobs that are removed now: their removal is begun.
    std::vector<Sha256> removable();
    HoldRow make_hold(std::optional<ConversationId> id, std::optional<std::string> customer);
    /// All jobs of a kind that are due, leased.
    std::vector<LeasedJob> claim(const std::string& kind, int limit = 100);

    ManualClock clock_{Timestamp(std::chrono::seconds(1'770'000'000))};

  private:
    std::filesystem::path folder_ = {};
    std::unique_ptr<Store> store_ = {};
};

/// Event number `number` of a conversation: other numbers are other bodies.
NewEvent make_event(const std::string& external_id, const std::string& kind, int number = 0);
ConversationKey make_key(int number);
/// A source that has this key from the first moment on.
SealKeySource seal_key_of(const std::string& key);

/// The value, or a failed test that shows the error.
template <typename T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message;
        return T{};
    }
    return std::move(*result);
}
inline void must(const Result<void>& result) {
    if (!result) {
        ADD_FAILURE() << result.error().message;
    }
}
/// The code of what must have failed.
template <typename T>
std::string code_of(const Result<T>& result) {
    return result ? "success" : std::string(faces_of(result.error().code).name);
}

}  // namespace oidor::store

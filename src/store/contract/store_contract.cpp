#include "store/contract/store_contract.hpp"

#include <future>

#include <fmt/format.h>

#include "base/id.hpp"

namespace oidor::store {

void StoreContract::SetUp() {
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("oidor-store-{}", format_uuid(make_uuid7()));
    reopen();
}

void StoreContract::TearDown() {
    store_.reset();
    std::filesystem::remove_all(folder_);
}

void StoreContract::reopen() {
    store_.reset();
    auto opened = GetParam().open(folder_, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    store_->erasure().use_seal_key(seal_key_of("a key"));
}

std::unique_ptr<Store> StoreContract::open_second() {
    return must(GetParam().open(folder_, clock_));
}

Result<std::vector<EventReceipt>> StoreContract::keep(std::vector<NewEvent> delivery) {
    std::promise<Result<std::vector<EventReceipt>>> promise;
    store().inbox().keep(std::move(delivery),
                         [&](auto receipts) { promise.set_value(std::move(receipts)); });
    return promise.get_future().get();
}

ConversationId StoreContract::make_conversation(int number) {
    return must(store().conversations().identify(make_key(number)));
}

std::vector<LeasedJob> StoreContract::claim(const std::string& kind, int limit) {
    return must(store().queue().claim({kind}, limit, std::chrono::seconds(10)));
}

ConversationKey make_key(int number) {
    return {.source = "anura",
            .account = "default",
            .channel = Channel::Voice,
            .external_id = fmt::format("call-{:04}", number)};
}

SealKeySource seal_key_of(const std::string& key) {
    return {.find = [key]() -> Result<std::optional<Secret>> { return std::optional(Secret(key)); },
            .make = [key]() -> Result<Secret> { return Secret(key); }};
}

NewEvent make_event(const std::string& external_id, const std::string& kind, int number) {
    NewEvent event;
    event.conversation = {.source = "anura", .account = "default", .external_id = external_id};
    event.external_id = external_id;
    event.kind = kind;
    event.normalised = fmt::format(R"({{"cdrid":"{}","n":{}}})", external_id, number);
    event.raw = fmt::format(R"({{ "n": {}, "cdrid": "{}" }})", number, external_id);
    event.body_sha256 = sha256(event.normalised);
    event.content_type = "application/json";
    event.received_at = Timestamp(std::chrono::seconds(1'770'000'000 + number));
    return event;
}

}  // namespace oidor::store

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

TEST_P(StoreContract, a_kept_event_is_there_with_its_conversation_and_its_job) {
    const auto receipts = must(keep({make_event("a", "START")}));
    ASSERT_EQ(receipts.size(), 1U);
    EXPECT_FALSE(receipts[0].repeated);
    EXPECT_FALSE(receipts[0].recording_stored);
    reopen();
    const auto events = must(store().inbox().list_events_of(receipts[0].conversation));
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].id, receipts[0].event);
    EXPECT_EQ(events[0].kind, "START");
    EXPECT_EQ(events[0].normalised, R"({"cdrid":"a","n":0})");
    EXPECT_EQ(events[0].raw, R"({ "n": 0, "cdrid": "a" })");
    EXPECT_EQ(events[0].body_sha256_hex, sha256_hex(events[0].normalised));
    EXPECT_EQ(events[0].received_at, Timestamp(1'770'000'000s));
    const auto row = must(store().conversations().find_conversation(receipts[0].conversation));
    ASSERT_TRUE(row);
    EXPECT_EQ(row->conversation.state, ConversationState::Open);
    EXPECT_EQ(row->conversation.key.external_id, "a");
    EXPECT_EQ(row->conversation.created_at, clock_.now());
    const auto jobs = claim("map");
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].key, receipts[0].conversation.text());
}

TEST_P(StoreContract, an_empty_delivery_takes_the_same_way_and_keeps_nothing) {
    EXPECT_TRUE(must(keep({})).empty());
    EXPECT_TRUE(must(store().inbox().list_events({}, {}, 10)).empty());
    EXPECT_TRUE(claim("map").empty());
}

TEST_P(StoreContract, the_same_event_again_does_nothing) {
    const auto first = must(keep({make_event("a", "START")}));
    const auto jobs = claim("map");
    ASSERT_EQ(jobs.size(), 1U);
    must(store().queue().finish({{.id = jobs[0].id, .lease = jobs[0].lease}}));
    const auto again = must(keep({make_event("a", "START"), make_event("a", "START")}));
    ASSERT_EQ(again.size(), 2U);
    for (const auto& receipt : again) {
        EXPECT_TRUE(receipt.repeated);
        EXPECT_EQ(receipt.event, first[0].event);
        EXPECT_EQ(receipt.conversation, first[0].conversation);
    }
    EXPECT_TRUE(claim("map").empty());
    EXPECT_EQ(must(store().inbox().list_events({}, {}, 10)).size(), 1U);
}

TEST_P(StoreContract, another_body_kind_id_or_account_is_another_event) {
    auto other_account = make_event("a", "START");
    other_account.conversation.account = "second";
    const auto receipts =
        must(keep({make_event("a", "START"), make_event("a", "START", 1), make_event("a", "END"),
                   make_event("b", "START"), other_account}));
    std::set<ConversationId> conversations;
    for (const auto& receipt : receipts) {
        EXPECT_FALSE(receipt.repeated);
        conversations.insert(receipt.conversation);
    }
    EXPECT_EQ(conversations.size(), 3U);
}

TEST_P(StoreContract, a_repeat_that_names_another_conversation_begins_none) {
    const auto first = must(keep({make_event("a", "START")}));
    auto moved = make_event("a", "START");
    moved.conversation.external_id = "elsewhere";
    const auto again = must(keep({moved}));
    EXPECT_TRUE(again[0].repeated);
    EXPECT_EQ(again[0].conversation, first[0].conversation);
    EXPECT_EQ(must(store().conversations().list_ids({}, 10)).size(), 1U);
}

TEST_P(StoreContract, messages_with_ids_of_their_own_are_kept_once_whatever_their_conversation) {
    auto message = make_event("thread", "MESSAGE");
    message.external_id = "message-1";
    const auto first = must(keep({message}));
    EXPECT_FALSE(first.at(0).repeated);
    EXPECT_TRUE(must(keep({message})).at(0).repeated);
    auto elsewhere = message;
    elsewhere.conversation.external_id = "thread-2";
    EXPECT_EQ(must(keep({elsewhere})).at(0).conversation, first[0].conversation);
    // As the first of a conversation that is called like it.
    auto named = message;
    named.conversation.external_id = "message-1";
    EXPECT_EQ(must(keep({named})).at(0).event, first[0].event);
    EXPECT_EQ(must(store().conversations().list_ids({}, 10)).size(), 1U);
    EXPECT_EQ(must(store().inbox().list_events({.external_id = "message-1"}, {}, 10)).size(), 1U);
    EXPECT_EQ(
        must(store().inbox().list_events({.source = "anura", .external_id = "message-1"}, {}, 10))
            .size(),
        1U);
    EXPECT_TRUE(
        must(store().inbox().list_events({.account = "second", .external_id = "message-1"}, {}, 10))
            .empty());
    EXPECT_TRUE(must(store().inbox().list_events({.external_id = "thread"}, {}, 10)).empty());
    auto other_account = message;
    other_account.conversation.account = "second";
    EXPECT_FALSE(must(keep({other_account})).at(0).repeated);
}

TEST_P(StoreContract, a_receipt_tells_that_a_recording_is_stored) {
    const auto id = must(keep({make_event("a", "START")}))[0].conversation;
    MappedConversation mapped;
    mapped.conversation.id = id;
    mapped.recordings = {{.external_id = "main"}};
    auto row = must(store().conversations().merge(mapped, {}));
    EXPECT_FALSE(must(keep({make_event("a", "TALK")}))[0].recording_stored);
    auto recording = row.recordings.at(0);
    recording.state = RecordingState::Stored;
    recording.sha256 = sha256_hex("audio");
    must(store().conversations().put_recording(recording, {}));
    EXPECT_TRUE(must(keep({make_event("a", "END")}))[0].recording_stored);
    EXPECT_TRUE(must(keep({make_event("a", "END")}))[0].recording_stored);
}

TEST_P(StoreContract, events_are_listed_newest_first_by_pages_and_filters) {
    for (int i = 0; i < 5; ++i) {
        must(keep({make_event("a", "TALK", i), make_event("b", "TALK", i)}));
    }
    const auto first = must(store().inbox().list_events({}, {}, 4));
    ASSERT_EQ(first.size(), 4U);
    EXPECT_GT(first[0].sequence, first[3].sequence);
    const auto second = must(store().inbox().list_events({}, first[3].sequence, 10));
    EXPECT_EQ(second.size(), 6U);
    EXPECT_LT(second[0].sequence, first[3].sequence);
    const auto of_a = must(store().inbox().list_events(
        {.source = "anura", .account = "default", .external_id = "a"}, {}, 10));
    ASSERT_EQ(of_a.size(), 5U);
    EXPECT_EQ(must(store().inbox().list_events({.conversation = of_a[0].conversation}, {}, 10)),
              of_a);
    EXPECT_TRUE(must(store().inbox().list_events({.source = "meta"}, {}, 10)).empty());
    const auto in_order = must(store().inbox().list_events_of(of_a[0].conversation));
    EXPECT_EQ(in_order.front().sequence, of_a.back().sequence);
}

TEST_P(StoreContract, expired_raw_bodies_go_and_their_keys_stay) {
    for (int i = 0; i < 3; ++i) {
        must(keep({make_event("a", "TALK", i)}));
    }
    EXPECT_EQ(must(store().erasure().expire_raw_bodies(Timestamp(1'770'000'002s), 100)), 2);
    EXPECT_EQ(must(store().erasure().expire_raw_bodies(Timestamp(1'770'000'002s), 100)), 0);
    const auto events = must(store().inbox().list_events({}, {}, 10));
    ASSERT_EQ(events.size(), 3U);
    EXPECT_TRUE(events[0].raw.has_value());
    EXPECT_FALSE(events[1].raw.has_value());
    EXPECT_FALSE(events[2].raw.has_value());
    EXPECT_TRUE(must(keep({make_event("a", "TALK", 0)}))[0].repeated);
}

TEST_P(StoreContract, many_threads_keep_the_same_events_once) {
    constexpr int kThreads = 8;
    constexpr int kEvents = 50;
    std::atomic<int> fresh = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < kEvents; ++i) {
                    const auto number = (i * 7 + t * 3) % kEvents;
                    const auto kept =
                        must(keep({make_event(std::to_string(number % 5), "TALK", number)}));
                    fresh += kept.at(0).repeated ? 0 : 1;
                }
            });
        }
    }
    EXPECT_EQ(fresh, kEvents);
    EXPECT_EQ(must(store().inbox().list_events({}, {}, 500)).size(), std::size_t{kEvents});
    EXPECT_EQ(must(store().conversations().list_ids({}, 100)).size(), 5U);
    EXPECT_EQ(claim("map").size(), 5U);
}

TEST_P(StoreContract, what_was_accepted_is_finished_before_the_store_closes) {
    std::atomic<int> done = 0;
    for (int i = 0; i < 200; ++i) {
        store().inbox().keep({make_event("a", "TALK", i)},
                             [&](auto kept) { done += kept.has_value() ? 1 : 0; });
    }
    reopen();
    EXPECT_EQ(done, 200);
    EXPECT_EQ(must(store().inbox().list_events({}, {}, 500)).size(), 200U);
}

TEST_P(StoreContract, bytes_that_are_no_text_are_kept_as_they_are) {
    auto event = make_event("a", "START");
    event.normalised = "";
    event.raw = std::string("\x00\xff{\"broken", 10);
    event.body_sha256 = sha256(event.raw);
    const auto kept = must(keep({event}));
    const auto events = must(store().inbox().list_events_of(kept[0].conversation));
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].raw, event.raw);
    EXPECT_EQ(events[0].normalised, "");
}

}  // namespace
}  // namespace oidor::store

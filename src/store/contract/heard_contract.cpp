// Reading transcripts in bulk: every conversation once, whole, in order, within its bounds.
#include <set>

#include "base/sha256.hpp"
#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

TranscriptRow make_transcript(const std::string& text, Timestamp now) {
    const auto json = "{\"segments\":[{\"text\":\"" + text + "\"}]}";
    return {.sha256_hex = sha256_hex(json), .json = json, .origin = "provided", .created_at = now};
}

/// Conversation `number`, that many minutes after the first, with a part and a transcript.
ConversationRow make_heard(Store& store, ConversationId id, int number, Timestamp start) {
    MappedConversation mapped;
    mapped.conversation.id = id;
    mapped.conversation.started_at = start + std::chrono::minutes(number);
    mapped.conversation.campaign = {.id = number % 2 == 0 ? "2" : "1",
                                    .state = MappingState::Mapped};
    mapped.participations = {{.leg = "Ana", .agent_name = "Ana"}, {.leg = "Luis"}};
    mapped.recordings = {{.external_id = "main"}};
    auto row = must(store.conversations().merge(mapped, {}));
    must(store.conversations().put_transcript(
        id, make_transcript("texto " + std::to_string(number), start), {}));
    return row;
}

/// All pages, one after the other.
std::vector<HeardConversation> read_all(Store& store, const ConversationFilter& filter,
                                        const HeardPageLimits& limits) {
    std::vector<HeardConversation> all;
    std::optional<ConversationCursor> after;
    do {
        auto page = must(store.conversations().list_heard(filter, after, limits));
        EXPECT_LE(page.conversations.size(), static_cast<std::size_t>(limits.count_max));
        for (auto& heard : page.conversations) {
            all.push_back(std::move(heard));
        }
        after = page.next;
    } while (after && all.size() < 1000);
    return all;
}

TEST_P(StoreContract, heard_conversations_are_found_by_their_own_local_days) {
    for (const int number : {0, 1, 2}) {
        const auto id = make_conversation(number);
        auto row = make_heard(store(), id, number, clock_.now());
        MappedConversation mapped;
        mapped.conversation = row.conversation;
        mapped.conversation.day = "2026-02-1" + std::to_string(number);
        mapped.participations = row.participations;
        must(store().conversations().merge(mapped, {}));
    }
    const auto days_of = [&](const ConversationFilter& filter) {
        std::string days;
        for (const auto& heard : read_all(store(), filter, {})) {
            days += heard.row.conversation.day.value_or("?") + " ";
        }
        return days;
    };
    EXPECT_EQ(days_of({}), "2026-02-10 2026-02-11 2026-02-12 ");
    EXPECT_EQ(days_of({.day_from = "2026-02-11"}), "2026-02-11 2026-02-12 ");
    EXPECT_EQ(days_of({.day_from = "2026-02-11", .day_to = "2026-02-12"}), "2026-02-11 ");
    EXPECT_EQ(must(store().conversations().count_heard({.day_to = "2026-02-12"})), 2);
}

TEST_P(StoreContract, heard_conversations_come_once_whole_and_oldest_first) {
    std::vector<ConversationRow> rows;
    for (const int number : {4, 1, 3, 0, 2}) {
        rows.push_back(make_heard(store(), make_conversation(number), number, clock_.now()));
    }
    make_conversation(99);  // nobody heard it
    for (const int count : {1, 2, 5, 100}) {
        const auto all = read_all(store(), {}, {.count_max = count});
        ASSERT_EQ(all.size(), 5U) << count;
        for (std::size_t i = 0; i < all.size(); ++i) {
            EXPECT_EQ(all[i].row.conversation.started_at, clock_.now() + std::chrono::minutes(i));
            ASSERT_EQ(all[i].row.participations.size(), 2U);
            EXPECT_EQ(all[i].row.participations[0].leg, "Ana");
            EXPECT_EQ(all[i].row.recordings.size(), 1U);
            const auto json = must(unpack(all[i].transcript));
            EXPECT_EQ(json, make_transcript("texto " + std::to_string(i), {}).json);
            EXPECT_EQ(all[i].transcript.sha256_hex, sha256_hex(json));
        }
    }
    EXPECT_EQ(must(store().conversations().count_heard({})), 5);
    const auto first = read_all(store(), {}, {}).front();
    const auto whole =
        must(store().conversations().find_conversation(first.row.conversation.id)).value();
    EXPECT_EQ(first.row.conversation, whole.conversation);
    EXPECT_EQ(first.row.participations, whole.participations);
    EXPECT_EQ(first.row.recordings, whole.recordings);
}

TEST_P(StoreContract, heard_conversations_of_a_filter) {
    for (int number = 0; number < 6; ++number) {
        make_heard(store(), make_conversation(number), number, clock_.now());
    }
    ConversationFilter filter;
    filter.campaign = "2";
    filter.from = clock_.now() + 1min;
    filter.to = clock_.now() + 4min;  // half open
    const auto all = read_all(store(), filter, {.count_max = 1});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(must(unpack(all[0].transcript)), make_transcript("texto 2", {}).json);
    EXPECT_EQ(all[0].row.participations.size(), 2U);
    EXPECT_EQ(must(store().conversations().count_heard(filter)), 1);
}

TEST_P(StoreContract, a_page_of_heard_conversations_ends_before_its_bytes_are_too_many) {
    for (int number = 0; number < 4; ++number) {
        make_heard(store(), make_conversation(number), number, clock_.now());
    }
    const auto page =
        must(store().conversations().list_heard({}, {}, {.count_max = 100, .body_bytes_max = 1}));
    EXPECT_EQ(page.conversations.size(), 1U);
    EXPECT_TRUE(page.next);
    EXPECT_EQ(read_all(store(), {}, {.count_max = 100, .body_bytes_max = 1}).size(), 4U);
}

TEST_P(StoreContract, heard_conversations_name_the_scorecards_that_judge_them_now) {
    const auto row = make_heard(store(), make_conversation(1), 1, clock_.now());
    const auto put = [&](const std::string& scorecard, int version, const std::string& input) {
        must(store().conversations().put_audit({.participation = row.participations[0].id,
                                                .conversation = row.conversation.id,
                                                .scorecard_id = scorecard,
                                                .scorecard_version = version,
                                                .input_sha256 = sha256_hex(input),
                                                .json = "{}",
                                                .created_at = clock_.now()},
                                               ConversationState::Audited, {}));
    };
    put("general-es", 1, "a");
    put("general-es", 2, "b");
    put("classic-es", 1, "c");
    const auto all = read_all(store(), {}, {});
    ASSERT_EQ(all.size(), 1U);
    std::set<std::string> named;
    for (const auto& audit : all[0].audits) {
        EXPECT_EQ(audit.participation, row.participations[0].id);
        named.insert(audit.scorecard_id + "@" + std::to_string(audit.scorecard_version));
    }
    EXPECT_EQ(named, (std::set<std::string>{"classic-es@1", "general-es@2"}));
}

TEST_P(StoreContract, an_erased_conversation_is_heard_no_more) {
    const auto row = make_heard(store(), make_conversation(1), 1, clock_.now());
    make_heard(store(), make_conversation(2), 2, clock_.now());
    erase(row.conversation.id);
    EXPECT_EQ(read_all(store(), {}, {}).size(), 1U);
    EXPECT_EQ(must(store().conversations().count_heard({})), 1);
}

TEST_P(StoreContract, a_packed_transcript_that_was_damaged_is_corrupt_and_a_vast_one_too_large) {
    make_heard(store(), make_conversation(1), 1, clock_.now());
    auto packed = read_all(store(), {}, {}).front().transcript;
    EXPECT_EQ(unpack(packed, 3).error().code, ErrorCode::TooLarge);
    packed.body.resize(packed.body.size() / 2);
    EXPECT_EQ(unpack(packed).error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace oidor::store

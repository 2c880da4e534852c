#include <algorithm>
#include <atomic>
#include <thread>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> kJobKinds = {"map", "fetch", "transcribe", "audit"};

MappedConversation mapped(ConversationId id, const std::string& customer,
                          Timestamp start = Timestamp(1'770'000'000s)) {
    MappedConversation given;
    given.conversation.id = id;
    given.conversation.customer_key = customer;
    given.conversation.address_from = customer;
    given.conversation.started_at = start;
    given.participations = {{.leg = "ana", .agent_name = "Ana"}};
    given.recordings = {{.external_id = "main", .candidate_urls = {"https://pbx/1.mp3"}}};
    return given;
}

TranscriptRow transcript(const std::string& text) {
    return {.sha256_hex = sha256_hex(text), .json = text, .origin = "provided"};
}

}  // namespace

StoreContract::Whole StoreContract::make_whole(const std::string& name, const std::string& customer,
                                               const std::string& content) {
    Whole made{.audio = sha256("audio " + content)};
    const auto receipts = must(keep({make_event(name, "START"), make_event(name, "END")}));
    made.id = receipts.at(0).conversation;
    auto row = must(store().conversations().merge(mapped(made.id, customer), {}));
    auto& recording = row.recordings.at(0);
    recording.state = RecordingState::Stored;
    recording.sha256 = to_hex(made.audio);
    must(store().erasure().claim_blob(made.audio, recording.id.uuid));
    must(store().conversations().put_recording(recording, {}));
    must(store().conversations().put_transcript(made.id, transcript("words " + content), {}));
    AuditRow audit;
    audit.participation = row.participations.at(0).id;
    audit.conversation = made.id;
    audit.scorecard_id = "general-es";
    audit.input_sha256 = sha256_hex("input");
    audit.json = "{}";
    must(store().conversations().put_audit(audit, ConversationState::Audited, {}));
    return made;
}

ErasureCounts StoreContract::erase(ConversationId id, ErasureCause cause) {
    return must(store().erasure().erase(id, cause, kJobKinds));
}

std::vector<Sha256> StoreContract::removable() {
    std::vector<Sha256> gone;
    for (const auto& blob : must(store().erasure().list_unchecked_blobs(100))) {
        if (must(store().erasure().begin_removal(blob))) {
            gone.push_back(blob);
        }
    }
    return gone;
}

HoldRow StoreContract::make_hold(std::optional<ConversationId> id,
                                 std::optional<std::string> customer) {
    return {.id = HoldId::make(),
            .conversation = id,
            .customer_key = std::move(customer),
            .reason = "a court asked",
            .created_by = "legal",
            .created_at = clock_.now()};
}

namespace {

TEST_P(StoreContract, everything_of_a_conversation_goes_and_others_stay) {
    const auto gone = make_whole("a", "+541111", "one");
    const auto stays = make_whole("b", "+542222", "two");
    const auto plan = must(store().erasure().plan({.conversation = gone.id, .customer_key = {}}));
    const ErasureCounts all = {.conversations = 1,
                               .events = 2,
                               .recordings = 1,
                               .transcripts = 1,
                               .audits = 1,
                               .blobs = 1};
    EXPECT_EQ(plan.counts, all);
    EXPECT_TRUE(plan.holds.empty());
    EXPECT_EQ(erase(gone.id), all);
    EXPECT_FALSE(must(store().conversations().find_conversation(gone.id)));
    EXPECT_FALSE(must(store().conversations().find_transcript(gone.id)));
    EXPECT_TRUE(must(store().inbox().list_events_of(gone.id)).empty());
    EXPECT_EQ(removable(), (std::vector<Sha256>{gone.audio}));
    EXPECT_TRUE(must(store().conversations().find_conversation(stays.id)));
    EXPECT_TRUE(must(store().conversations().find_transcript(stays.id)));
    EXPECT_EQ(must(store().conversations().list_audits(stays.id)).size(), 1U);
    for (const auto& job : must(store().queue().list_jobs({}, {}, {}, 500))) {
        EXPECT_NE(job.key, gone.id.text());
    }
    EXPECT_EQ(erase(gone.id), ErasureCounts{});
}

TEST_P(StoreContract, what_another_conversation_shares_stays_until_that_goes_too) {
    const auto one = make_whole("a", "+541111", "same");
    const auto two = make_whole("b", "+542222", "same");
    EXPECT_EQ(
        must(store().erasure().plan({.conversation = one.id, .customer_key = {}})).counts.blobs, 0);
    const auto first = erase(one.id);
    EXPECT_EQ(first.blobs, 0);
    EXPECT_EQ(first.transcripts, 0);
    EXPECT_TRUE(removable().empty());
    EXPECT_EQ(must(store().conversations().find_transcript(two.id))->json, "words same");
    const auto second = erase(two.id);
    EXPECT_EQ(second.blobs, 1);
    EXPECT_EQ(second.transcripts, 1);
    EXPECT_EQ(removable().size(), 1U);
}

TEST_P(StoreContract, late_and_repeated_events_of_an_erased_conversation_are_not_kept) {
    const auto gone = make_whole("a", "+541111", "one");
    erase(gone.id);
    const auto receipts = must(keep({make_event("a", "START"), make_event("a", "TALK", 7),
                                     make_event("a", "TALK", 7), make_event("b", "START")}));
    ASSERT_EQ(receipts.size(), 4U);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(receipts[i].erased);
        EXPECT_FALSE(receipts[i].repeated);
        EXPECT_EQ(receipts[i].conversation, ConversationId{});
    }
    EXPECT_FALSE(receipts[3].erased);
    EXPECT_EQ(must(store().inbox().list_events({}, {}, 10)).size(), 1U);
    EXPECT_EQ(must(store().conversations().list_ids({}, 10)).size(), 1U);
    EXPECT_EQ(code_of(store().conversations().identify(make_event("a", "START").conversation)),
              "Conflict");
    // Also for a program that starts later, and reads the key only now.
    reopen();
    EXPECT_TRUE(must(keep({make_event("a", "END", 9)}))[0].erased);
}

TEST_P(StoreContract, without_its_key_nothing_is_recognised_and_nothing_erased) {
    const auto gone = make_whole("a", "+541111", "one");
    const auto other = make_whole("b", "+541111", "two");
    EXPECT_EQ(must(store().erasure().seal_key_state()), SealKeyState::Unused);
    erase(gone.id);
    EXPECT_EQ(must(store().erasure().seal_key_state()), SealKeyState::Fits);
    store().erasure().use_seal_key(seal_key_of("another key"));
    EXPECT_EQ(must(store().erasure().seal_key_state()), SealKeyState::Other);
    EXPECT_EQ(code_of(store().erasure().erase(other.id, ErasureCause::Asked, {})), "Conflict");
    store().erasure().use_seal_key({});
    EXPECT_EQ(must(store().erasure().seal_key_state()), SealKeyState::Missing);
    EXPECT_EQ(code_of(store().erasure().erase(other.id, ErasureCause::Asked, {})), "Unavailable");
    EXPECT_FALSE(must(keep({make_event("a", "END", 1)}))[0].erased);
}

TEST_P(StoreContract, a_hold_wins_until_it_is_lifted) {
    const auto one = make_whole("a", "+541111", "one");
    const auto hold = make_hold(one.id, {});
    must(store().erasure().insert_hold(hold));
    EXPECT_EQ(code_of(store().erasure().insert_hold(make_hold(one.id, {}))), "Conflict");
    EXPECT_EQ(code_of(store().erasure().insert_hold(make_hold(ConversationId::make(), {}))),
              "NotFound");
    EXPECT_EQ(code_of(store().erasure().insert_hold(make_hold({}, {}))), "Invalid");
    EXPECT_EQ(must(store().erasure().list_holds()), (std::vector<HoldRow>{hold}));
    EXPECT_EQ(must(store().erasure().plan({.conversation = one.id, .customer_key = {}})).holds,
              (std::vector<HoldRow>{hold}));
    EXPECT_EQ(code_of(store().erasure().erase(one.id, ErasureCause::Asked, kJobKinds)), "Conflict");
    EXPECT_EQ(code_of(store().erasure().request("+541111", "cli", clock_.now())), "Conflict");
    must(store().erasure().delete_hold(hold.id));
    EXPECT_EQ(code_of(store().erasure().delete_hold(hold.id)), "NotFound");
    EXPECT_EQ(erase(one.id).conversations, 1);
}

TEST_P(StoreContract, a_held_customer_s_later_conversations_are_held_too) {
    must(store().erasure().insert_hold(make_hold({}, "+541111")));
    const auto later = make_whole("a", "+541111", "one");
    const auto other = make_whole("b", "+542222", "two");
    EXPECT_EQ(code_of(store().erasure().erase(later.id, ErasureCause::Asked, kJobKinds)),
              "Conflict");
    clock_.advance(100h);
    EXPECT_EQ(must(store().erasure().list_overdue({.installation = std::chrono::days(1)}, 10)),
              (std::vector<ConversationId>{other.id}));
    EXPECT_EQ(must(store().erasure().expire_raw_bodies(clock_.now(), 100)), 2);
    EXPECT_TRUE(must(store().inbox().list_events_of(later.id))[0].raw.has_value());
    // What a backup brought back was erased when nothing held it.
    EXPECT_EQ(erase(later.id, ErasureCause::Restored).conversations, 1);
}

TEST_P(StoreContract, a_customer_is_erased_and_older_calls_that_come_later_are_known) {
    const auto one = make_whole("a", "+541111", "one");
    const auto two = make_whole("b", "+541111", "two");
    make_whole("c", "+542222", "three");
    EXPECT_EQ(must(store().erasure().plan({.conversation = {}, .customer_key = "+541111"}))
                  .counts.conversations,
              2);
    const auto request = must(store().erasure().request("+541111", "cli", clock_.now()));
    EXPECT_EQ(must(store().erasure().request("+541111", "cli", clock_.now())), request);
    EXPECT_EQ(must(store().erasure().find_request(request))->customer_key, "+541111");
    EXPECT_EQ(must(store().erasure().list_requests()).size(), 1U);
    const auto jobs = claim("erase");
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].key, request.text());
    auto ids = must(store().erasure().list_conversations_of("+541111", 10));
    std::ranges::sort(ids);
    EXPECT_EQ(ids, (std::vector<ConversationId>{one.id, two.id}));
    for (const auto& id : ids) {
        erase(id);
    }
    must(store().erasure().end_request(request));
    EXPECT_FALSE(must(store().erasure().find_request(request)));
    Conversation late;
    late.key = make_key(1);
    late.customer_key = "+541111";
    late.started_at = clock_.now() - 1h;
    EXPECT_TRUE(must(store().erasure().is_erased(late)));
    late.started_at = clock_.now() + 1h;
    EXPECT_FALSE(must(store().erasure().is_erased(late)));
    late.customer_key = "+542222";
    late.started_at = clock_.now() - 1h;
    EXPECT_FALSE(must(store().erasure().is_erased(late)));
}

TEST_P(StoreContract, tombstones_are_listed_and_put_elsewhere) {
    erase(make_whole("a", "+541111", "one").id);
    const auto rows = must(store().erasure().list_tombstones({}, 1));
    ASSERT_EQ(rows.size(), 1U);
    auto all = must(store().erasure().list_tombstones(rows[0], 100));
    all.insert(all.begin(), rows[0]);
    ASSERT_EQ(all.size(), 2U);  // the conversation, and which key made it
    EXPECT_EQ(all[0].kind, "conversation");
    EXPECT_EQ(all[1].kind, "key");
    auto added = all[0];
    added.identity_hash = sha256("elsewhere");
    must(store().erasure().put_tombstones({added, all[0]}));
    EXPECT_EQ(must(store().erasure().list_tombstones({}, 100)).size(), 3U);
}

TEST_P(StoreContract, retention_follows_the_campaign_then_the_installation) {
    must(store().directory().put_campaign({.id = "short", .name = "short", .retain_days = 1}));
    must(store().directory().put_campaign({.id = "long", .name = "long", .retain_days = 1000}));
    must(store().directory().put_campaign({.id = "none", .name = "none"}));
    EXPECT_EQ(must(store().directory().find_campaign("short"))->retain_days, 1);
    EXPECT_EQ(must(store().directory().find_campaign("none"))->retain_days, std::nullopt);
    std::vector<ConversationId> ids;
    for (const auto* campaign : {"short", "long", "none", ""}) {
        const auto id = make_conversation(static_cast<int>(ids.size()));
        auto given = mapped(id, "+541111", clock_.now());
        if (*campaign != '\0') {
            given.conversation.campaign = {.id = campaign, .state = MappingState::Mapped};
        }
        must(store().conversations().merge(given, {}));
        ids.push_back(id);
    }
    clock_.advance(std::chrono::hours(24 * 10));
    auto& erasure = store().erasure();
    EXPECT_EQ(must(erasure.list_overdue({}, 10)), (std::vector<ConversationId>{ids[0]}));
    auto due = must(erasure.list_overdue({.installation = std::chrono::days(5)}, 10));
    std::ranges::sort(due);
    EXPECT_EQ(due, (std::vector<ConversationId>{ids[0], ids[2], ids[3]}));
    EXPECT_EQ(must(erasure.list_overdue({.installation = std::chrono::days(5)}, 2)).size(), 2U);
    EXPECT_EQ(must(erasure.list_overdue({.installation = std::chrono::days(20)}, 10)),
              (std::vector<ConversationId>{ids[0]}));
}

TEST_P(StoreContract, a_blob_that_somebody_brings_is_not_removed) {
    const auto gone = make_whole("a", "+541111", "same");
    auto& erasure = store().erasure();
    const auto mine = make_uuid7();
    must(erasure.claim_blob(gone.audio, mine));
    erase(gone.id);
    EXPECT_TRUE(removable().empty());
    EXPECT_EQ(must(erasure.count_unchecked_blobs()), 0);  // not before the claim runs out
    must(erasure.release_blob(gone.audio, mine));
    EXPECT_EQ(claim("remove_blobs").size(), 1U);
    EXPECT_EQ(must(erasure.count_unchecked_blobs()), 1);
    ASSERT_TRUE(must(erasure.begin_removal(gone.audio)));
    // Decided: whoever brings it now has to come again, and a removal cut short is taken up.
    EXPECT_EQ(code_of(erasure.claim_blob(gone.audio, mine)), "Unavailable");
    EXPECT_FALSE(must(erasure.begin_removal(gone.audio)));
    EXPECT_TRUE(must(erasure.list_unchecked_blobs(10)).empty());
    EXPECT_EQ(must(erasure.count_unchecked_blobs()), 1);
    clock_.advance(kRemovalWithin);
    EXPECT_TRUE(must(erasure.begin_removal(gone.audio)));
    must(erasure.put_off_removal(gone.audio));
    EXPECT_EQ(must(erasure.list_unchecked_blobs(10)).size(), 1U);
    EXPECT_TRUE(must(erasure.begin_removal(gone.audio)));
    must(erasure.end_removal(gone.audio));
    EXPECT_FALSE(must(erasure.begin_removal(gone.audio)));
    must(erasure.claim_blob(gone.audio, mine));
}

TEST_P(StoreContract, a_claim_that_nobody_made_good_runs_out) {
    auto& erasure = store().erasure();
    const auto content = sha256("orphan");
    must(erasure.claim_blob(content, make_uuid7()));
    EXPECT_TRUE(must(erasure.list_unchecked_blobs(10)).empty());
    clock_.advance(25h);
    EXPECT_EQ(must(erasure.list_unchecked_blobs(10)), (std::vector<Sha256>{content}));
    EXPECT_TRUE(must(erasure.begin_removal(content)));
}

TEST_P(StoreContract, audio_of_an_event_stays_with_its_conversation) {
    auto event = make_event("a", "UPLOAD");
    event.blob = sha256("upload");
    event.blob_owner = make_uuid7();
    auto& erasure = store().erasure();
    must(erasure.claim_blob(*event.blob, event.blob_owner));
    const auto id = must(keep({event}))[0].conversation;
    clock_.advance(100h);
    EXPECT_TRUE(removable().empty());
    EXPECT_EQ(must(erasure.plan({.conversation = id, .customer_key = {}})).counts.blobs, 1);
    EXPECT_EQ(erase(id).blobs, 1);
    EXPECT_EQ(removable(), (std::vector<Sha256>{*event.blob}));
}

TEST_P(StoreContract, a_step_that_runs_meanwhile_finds_nothing_and_makes_nothing) {
    const auto gone = make_whole("a", "+541111", "one");
    const auto row = *must(store().conversations().find_conversation(gone.id));
    must(store().queue().enqueue({{.kind = "audit", .key = gone.id.text()}}));
    const auto running = claim("audit");
    ASSERT_EQ(running.size(), 1U);
    erase(gone.id);
    AuditRow audit;
    audit.participation = row.participations.at(0).id;
    audit.conversation = gone.id;
    audit.scorecard_id = "general-es";
    audit.input_sha256 = sha256_hex("late");
    audit.json = "{}";
    auto& conversations = store().conversations();
    EXPECT_EQ(code_of(conversations.put_audit(audit, ConversationState::Audited, {})), "NotFound");
    EXPECT_EQ(code_of(conversations.put_transcript(gone.id, transcript("late"), {})), "NotFound");
    EXPECT_EQ(code_of(conversations.put_recording(row.recordings[0], {})), "NotFound");
    EXPECT_EQ(code_of(conversations.put_state(gone.id, ConversationState::Failed, {}, {})),
              "NotFound");
    EXPECT_EQ(code_of(conversations.merge(mapped(gone.id, "+541111"), {})), "NotFound");
    EXPECT_EQ(must(store().queue().heartbeat(running, 10s)).size(), 1U);
    EXPECT_FALSE(must(conversations.find_conversation(gone.id)));
}

TEST_P(StoreContract, erasing_and_keeping_at_once_leaves_all_or_nothing) {
    std::atomic<bool> stop = false;
    std::atomic<int> lost = 0;
    std::vector<std::jthread> keepers;
    for (int i = 0; i < 2; ++i) {
        keepers.emplace_back([&, i] {
            for (int n = 0; n < 100 && !stop; ++n) {
                const auto name = "race-" + std::to_string(n % 4);
                const auto kept = keep({make_event(name, "TALK", 100 * n + i)});
                lost += kept ? 0 : 1;
            }
        });
    }
    for (int n = 0; n < 4; ++n) {
        const auto key = make_event("race-" + std::to_string(n), "START").conversation;
        const auto id = store().conversations().identify(key);
        if (id) {
            EXPECT_EQ(erase(*id).conversations, 1);
        }
        EXPECT_EQ(code_of(store().conversations().identify(key)), "Conflict");
    }
    stop = true;
    keepers.clear();
    EXPECT_EQ(lost, 0);
    EXPECT_TRUE(must(store().inbox().list_events({}, {}, 10)).empty());
    EXPECT_TRUE(must(store().conversations().list_ids({}, 10)).empty());
}

TEST_P(StoreContract, a_transcript_that_two_share_survives_erasing_one_while_the_other_comes) {
    for (int round = 0; round < 10; ++round) {
        const auto name = std::to_string(round);
        const auto gone = make_whole("old-" + name, "+541111", "shared" + name);
        const auto fresh = make_conversation(100 + round);
        Result<bool> put = false;
        {
            const std::jthread other([&] {
                put = store().conversations().put_transcript(fresh,
                                                             transcript("words shared" + name), {});
            });
            erase(gone.id);
        }
        EXPECT_TRUE(must(put));
        const auto found = must(store().conversations().find_transcript(fresh));
        ASSERT_TRUE(found);
        EXPECT_EQ(found->json, "words shared" + name);
    }
}

}  // namespace
}  // namespace oidor::store

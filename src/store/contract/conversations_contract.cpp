#include <algorithm>
#include <map>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

MappedConversation mapped_of(ConversationId id) {
    MappedConversation mapped;
    mapped.conversation.id = id;
    return mapped;
}

TranscriptRow make_transcript(const std::string& text, Timestamp now) {
    const auto json = "{\"segments\":[{\"text\":\"" + text + "\"}]}";
    return {.sha256_hex = sha256_hex(json), .json = json, .origin = "provided", .created_at = now};
}

AuditRow make_audit(const ConversationRow& row, std::size_t part, const std::string& input,
                    Timestamp now) {
    return {.id = AuditId::make(),
            .participation = row.participations.at(part).id,
            .conversation = row.conversation.id,
            .scorecard_id = "general-es",
            .input_sha256 = sha256_hex(input),
            .quality_score = 55,
            .quality_category = "Regular",
            .needs_review = true,
            .json = "{\"input\":\"" + input + "\"}",
            .created_at = now};
}

TEST_P(StoreContract, a_key_has_one_conversation) {
    const auto id = make_conversation(1);
    EXPECT_EQ(make_conversation(1), id);
    EXPECT_NE(make_conversation(2), id);
    auto chat = make_key(1);
    chat.channel = Channel::Whatsapp;
    const auto other = must(store().conversations().identify(chat));
    EXPECT_NE(other, id);
    EXPECT_EQ(must(store().conversations().find_conversation(other))->conversation.kind,
              ConversationKind::Chat);
    EXPECT_FALSE(must(store().conversations().find_conversation(ConversationId::make())));
}

TEST_P(StoreContract, merging_writes_every_value_and_twice_changes_nothing) {
    auto mapped = mapped_of(make_conversation(1));
    auto& given = mapped.conversation;
    given.direction = Direction::Inbound;
    given.outcome = CallOutcome::Answered;
    given.state = ConversationState::Ended;
    given.started_at = clock_.now() - 100s;
    given.ended_at = clock_.now() - 10s;
    given.day = "2026-02-02";
    given.duration_s = 0;
    given.address_from = "+5491155550000";
    given.address_to = "100";
    given.customer_key = "54:1155550000";
    given.campaign = {.id = "7", .state = MappingState::Mapped, .wanted = "7"};
    given.details_json = R"({"queue":"ventas"})";
    mapped.participations = {{.leg = "Ana",
                              .agent = {.id = "12", .state = MappingState::Mapped},
                              .agent_name = "Ana",
                              .from = clock_.now() - 90s,
                              .to = clock_.now()}};
    mapped.recordings = {{.external_id = "main", .candidate_urls = {"https://a", "https://b"}}};
    const auto row = must(store().conversations().merge(mapped, {{.kind = "fetch", .key = "1"}}));
    given.key = make_key(1);
    given.created_at = given.updated_at = clock_.now();
    EXPECT_EQ(row.conversation, given);
    ASSERT_EQ(row.participations.size(), 1U);
    mapped.participations[0].id = row.participations[0].id;
    EXPECT_EQ(row.participations, mapped.participations);
    ASSERT_EQ(row.recordings.size(), 1U);
    mapped.recordings[0].id = row.recordings[0].id;
    EXPECT_EQ(row.recordings, mapped.recordings);
    EXPECT_EQ(claim("fetch").size(), 1U);
    const auto again = must(store().conversations().merge(mapped, {}));
    EXPECT_EQ(again.conversation, row.conversation);
    EXPECT_EQ(again.participations, row.participations);
    EXPECT_EQ(again.recordings, row.recordings);
    reopen();
    EXPECT_EQ(must(store().conversations().find_conversation(given.id))->conversation,
              row.conversation);
}

TEST_P(StoreContract, null_and_unknown_never_overwrite) {
    auto mapped = mapped_of(make_conversation(1));
    mapped.conversation.direction = Direction::Outbound;
    mapped.conversation.outcome = CallOutcome::Busy;
    mapped.conversation.started_at = clock_.now();
    mapped.conversation.day = "2026-02-02";
    mapped.participations = {{.leg = "Ana", .agent_name = "Ana", .from = clock_.now()}};
    mapped.recordings = {{.external_id = "main", .candidate_urls = {"https://a"}}};
    const auto first = must(store().conversations().merge(mapped, {}));
    auto empty = mapped_of(mapped.conversation.id);
    empty.participations = {{.leg = "Ana"}};
    empty.recordings = {{.external_id = "main"}};
    const auto second = must(store().conversations().merge(empty, {}));
    EXPECT_EQ(second.conversation, first.conversation);
    EXPECT_EQ(second.participations, first.participations);
    EXPECT_EQ(second.recordings, first.recordings);
}

TEST_P(StoreContract, the_first_named_leg_takes_the_empty_one_over) {
    auto mapped = mapped_of(make_conversation(1));
    mapped.participations = {{.leg = ""}};
    const auto unnamed = must(store().conversations().merge(mapped, {}));
    ASSERT_EQ(unnamed.participations.size(), 1U);
    mapped.participations = {{.leg = "Ana"}, {.leg = "Luis"}};
    for (int i = 0; i < 2; ++i) {
        const auto named = must(store().conversations().merge(mapped, {}));
        ASSERT_EQ(named.participations.size(), 2U);
        EXPECT_EQ(named.participations[0].id, unnamed.participations[0].id);
        EXPECT_EQ(named.participations[0].leg, "Ana");
        EXPECT_EQ(named.participations[1].leg, "Luis");
    }
    mapped.participations = {{.leg = ""}};
    EXPECT_EQ(must(store().conversations().merge(mapped, {})).participations.size(), 2U);
}

TEST_P(StoreContract, a_leg_that_the_whole_no_longer_names_goes) {
    auto mapped = mapped_of(make_conversation(1));
    mapped.participations = {{.leg = "412"}};
    must(store().conversations().merge(mapped, {}));
    mapped.participations = {{.leg = "300"}};
    const auto row = must(store().conversations().merge(mapped, {}));
    ASSERT_EQ(row.participations.size(), 1U);
    EXPECT_EQ(row.participations[0].leg, "300");
}

TEST_P(StoreContract, a_lower_state_never_replaces_a_higher_one_by_merging) {
    using enum ConversationState;
    auto mapped = mapped_of(make_conversation(1));
    const auto merged = [&](ConversationState state, std::optional<std::string> reason) {
        mapped.conversation.state = state;
        mapped.conversation.reason = std::move(reason);
        const auto row = must(store().conversations().merge(mapped, {}));
        return std::pair(row.conversation.state, row.conversation.reason);
    };
    EXPECT_EQ(merged(Ended, {}).first, Ended);
    EXPECT_EQ(merged(Open, {}).first, Ended);
    EXPECT_EQ(merged(Failed, "why"), std::pair(Failed, std::optional<std::string>("why")));
    EXPECT_EQ(merged(Ended, "no"), std::pair(Failed, std::optional<std::string>("why")));
    EXPECT_EQ(merged(NoRecording, {}), std::pair(NoRecording, std::optional<std::string>()));
    EXPECT_EQ(merged(Failed, {}).first, NoRecording);
    EXPECT_EQ(merged(NotAuditable, "no_speech").first, NotAuditable);
    EXPECT_EQ(merged(Audited, {}).first, Audited);
    EXPECT_EQ(merged(NotAuditable, {}).first, Audited);
}

TEST_P(StoreContract, put_state_sets_as_given_and_queues) {
    const auto id = make_conversation(1);
    using enum ConversationState;
    must(store().conversations().put_state(id, Failed, "why", {{.kind = "fetch", .key = "1"}}));
    must(store().conversations().put_state(id, Ended, {}, {}));
    const auto row = must(store().conversations().find_conversation(id));
    EXPECT_EQ(row->conversation.state, Ended);
    EXPECT_FALSE(row->conversation.reason);
    EXPECT_EQ(claim("fetch").size(), 1U);
    EXPECT_EQ(code_of(store().conversations().put_state(ConversationId::make(), Ended, {},
                                                        {{.kind = "lost", .key = "1"}})),
              "NotFound");
    EXPECT_TRUE(claim("lost").empty());
}

TEST_P(StoreContract, put_state_never_hides_an_audit) {
    auto mapped = mapped_of(make_conversation(1));
    mapped.participations = {{.leg = "Ana"}};
    const auto row = must(store().conversations().merge(mapped, {}));
    const auto id = row.conversation.id;
    using enum ConversationState;
    must(store().conversations().put_audit(make_audit(row, 0, "one", clock_.now()), Audited, {}));
    must(store().conversations().put_state(id, Failed, "late", {{.kind = "fetch", .key = "1"}}));
    const auto after = must(store().conversations().find_conversation(id));
    EXPECT_EQ(after->conversation.state, Audited);
    EXPECT_FALSE(after->conversation.reason);
    EXPECT_EQ(claim("fetch").size(), 1U);
}

TEST_P(StoreContract, a_stored_recording_stays_stored) {
    auto mapped = mapped_of(make_conversation(1));
    mapped.recordings = {{.external_id = "main", .candidate_urls = {"https://a"}}};
    auto recording = must(store().conversations().merge(mapped, {})).recordings.at(0);
    recording.state = RecordingState::Failed;
    recording.reason = "404";
    must(store().conversations().put_recording(recording, {}));
    recording.state = RecordingState::Stored;
    recording.reason = {};
    recording.sha256 = sha256_hex("audio");
    recording.media_type = "audio/mpeg";
    recording.size_bytes = 5;
    recording.duration = 1500ms;
    recording.channels = 2;
    recording.analysis_json = "{}";
    must(store().conversations().put_recording(recording, {{.kind = "transcribe", .key = "1"}}));
    auto missing = recording;
    missing.state = RecordingState::Missing;
    missing.sha256 = {};
    must(store().conversations().put_recording(missing, {}));
    mapped.recordings[0].candidate_urls = {"https://b"};
    const auto row = must(store().conversations().merge(mapped, {}));
    recording.candidate_urls = {"https://b"};
    ASSERT_EQ(row.recordings.size(), 1U);
    EXPECT_EQ(row.recordings[0], recording);
    EXPECT_EQ(claim("transcribe").size(), 1U);
    EXPECT_EQ(must(store().conversations().find_conversation_of(recording.id))->conversation.id,
              row.conversation.id);
    recording.id = RecordingId::make();
    EXPECT_EQ(code_of(store().conversations().put_recording(recording, {})), "NotFound");
    EXPECT_FALSE(must(store().conversations().find_conversation_of(recording.id)));
}

TEST_P(StoreContract, a_failed_write_leaves_nothing_behind) {
    auto mapped = mapped_of(make_conversation(1));
    mapped.participations = {{.leg = "Ana"}};
    mapped.recordings = {{.external_id = "main", .sha256 = "no hash"}};
    EXPECT_EQ(code_of(store().conversations().merge(mapped, {{.kind = "fetch", .key = "1"}})),
              "Invalid");
    const auto row = must(store().conversations().find_conversation(mapped.conversation.id));
    EXPECT_TRUE(row->participations.empty());
    EXPECT_TRUE(claim("fetch").empty());
    mapped.conversation.id = ConversationId::make();
    EXPECT_EQ(code_of(store().conversations().merge(mapped, {})), "NotFound");
}

TEST_P(StoreContract, conversations_are_listed_newest_start_first_by_pages) {
    for (int i = 0; i < 7; ++i) {
        auto mapped = mapped_of(make_conversation(i));
        mapped.conversation.started_at = clock_.now() - std::chrono::minutes(i / 2);
        must(store().conversations().merge(mapped, {}));
    }
    std::vector<std::string> seen;
    std::optional<ConversationCursor> after;
    while (true) {
        const auto page = must(store().conversations().list_conversations({}, after, 3));
        if (page.empty()) {
            break;
        }
        for (const auto& row : page) {
            seen.push_back(row.conversation.key.external_id);
        }
        after = {.at = *page.back().conversation.started_at, .id = page.back().conversation.id};
    }
    ASSERT_EQ(seen.size(), 7U);
    EXPECT_EQ(seen.front(), "call-0001");
    EXPECT_EQ(seen.back(), "call-0006");
    std::ranges::sort(seen);
    EXPECT_TRUE(std::ranges::adjacent_find(seen) == seen.end());
}

TEST_P(StoreContract, each_filter_of_the_list_holds) {
    for (int i = 0; i < 4; ++i) {
        auto mapped = mapped_of(make_conversation(i));
        mapped.conversation.started_at = clock_.now() + std::chrono::hours(i);
        mapped.conversation.day = "2026-02-0" + std::to_string(1 + i / 2);
        mapped.conversation.campaign = {.id = std::to_string(i % 2), .state = MappingState::Mapped};
        mapped.conversation.state = i == 3 ? ConversationState::Ended : ConversationState::Open;
        mapped.participations = {{.leg = "x", .agent = {.id = "agent-" + std::to_string(i)}}};
        must(store().conversations().merge(mapped, {}));
    }
    const auto count = [&](const ConversationFilter& filter) {
        return must(store().conversations().list_conversations(filter, {}, 100)).size();
    };
    EXPECT_EQ(count({}), 4U);
    EXPECT_EQ(count({.source = "anura"}), 4U);
    EXPECT_EQ(count({.source = "meta"}), 0U);
    EXPECT_EQ(count({.account = "second"}), 0U);
    EXPECT_EQ(count({.external_id = "call-0002"}), 1U);
    EXPECT_EQ(count({.campaign = "1"}), 2U);
    EXPECT_EQ(count({.campaigns_allowed = {"0", "9"}}), 2U);
    EXPECT_EQ(count({.campaign = "1", .campaigns_allowed = {"0"}}), 0U);
    EXPECT_EQ(count({.agent = "agent-2"}), 1U);
    EXPECT_EQ(count({.day = "2026-02-02"}), 2U);
    EXPECT_EQ(count({.state = ConversationState::Ended}), 1U);
    EXPECT_EQ(count({.state = ConversationState::Open}), 3U);
    EXPECT_EQ(count({.from = clock_.now() + 1h}), 3U);
    EXPECT_EQ(count({.from = clock_.now() + 1h, .to = clock_.now() + 2h}), 1U);
    EXPECT_EQ(must(store().conversations().list_days(10)),
              (std::vector<std::string>{"2026-02-02", "2026-02-01"}));
    EXPECT_EQ(must(store().conversations().list_days(1)), std::vector<std::string>{"2026-02-02"});
    std::map<ConversationState, std::int64_t> states;
    for (const auto& state : must(store().conversations().count_states())) {
        states[state.state] = state.count;
    }
    EXPECT_EQ(states, (std::map<ConversationState, std::int64_t>{{ConversationState::Open, 3},
                                                                 {ConversationState::Ended, 1}}));
    const auto ids = must(store().conversations().list_ids({}, 3));
    ASSERT_EQ(ids.size(), 3U);
    EXPECT_TRUE(std::ranges::is_sorted(ids));
    EXPECT_EQ(must(store().conversations().list_ids(ids.back(), 3)).size(), 1U);
}

TEST_P(StoreContract, a_transcript_is_stored_once_and_the_newest_is_current) {
    const auto id = make_conversation(1);
    auto& conversations = store().conversations();
    EXPECT_FALSE(must(conversations.find_transcript(id)));
    auto first = make_transcript("hola", clock_.now());
    first.quality_note = "demonstration quality";
    const std::vector<JobSpec> jobs = {{.kind = "audit", .key = "1"}};
    EXPECT_TRUE(must(conversations.put_transcript(id, first, jobs)));
    const auto job = claim("audit").at(0);
    must(store().queue().finish({{.id = job.id, .lease = job.lease}}));
    EXPECT_FALSE(must(conversations.put_transcript(id, first, jobs)));
    EXPECT_TRUE(claim("audit").empty());
    auto found = must(conversations.find_transcript(id));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->json, first.json);
    EXPECT_EQ(found->sha256_hex, first.sha256_hex);
    EXPECT_EQ(found->origin, "provided");
    EXPECT_EQ(found->quality_note, first.quality_note);
    EXPECT_EQ(found->created_at, clock_.now());
    EXPECT_TRUE(must(conversations.put_transcript(id, make_transcript("chau", clock_.now()), {})));
    EXPECT_TRUE(must(conversations.put_transcript(id, first, {})));
    EXPECT_EQ(must(conversations.find_transcript(id))->json, first.json);
    // Another conversation may have the same words from elsewhere.
    const auto other = make_conversation(2);
    auto same = first;
    same.origin = "pocketsphinx";
    EXPECT_TRUE(must(conversations.put_transcript(other, same, {})));
    EXPECT_EQ(must(conversations.find_transcript(other))->origin, "pocketsphinx");
    EXPECT_EQ(must(conversations.find_transcript(id))->origin, "provided");
    EXPECT_EQ(code_of(conversations.put_transcript(ConversationId::make(), first, {})), "NotFound");
    same.sha256_hex = "x";
    EXPECT_EQ(code_of(conversations.put_transcript(id, same, {})), "Invalid");
}

TEST_P(StoreContract, one_audit_of_a_participation_and_scorecard_is_current) {
    auto mapped = mapped_of(make_conversation(1));
    mapped.participations = {{.leg = "Ana"}, {.leg = "Luis"}};
    const auto row = must(store().conversations().merge(mapped, {}));
    auto& conversations = store().conversations();
    const auto audited = ConversationState::Audited;
    const auto luis = make_audit(row, 1, "luis", clock_.now());
    auto first = make_audit(row, 0, "one", clock_.now());
    first.reason = "short";
    must(conversations.put_audit(luis, audited, {}));
    must(conversations.put_audit(first, audited, {}));
    auto repeated = first;
    repeated.id = AuditId::make();
    must(conversations.put_audit(repeated, audited, {}));
    auto audits = must(conversations.list_audits(row.conversation.id));
    ASSERT_EQ(audits.size(), 2U);
    EXPECT_EQ(audits[0], first);
    EXPECT_EQ(audits[1], luis);
    const auto second = make_audit(row, 0, "two", clock_.now());
    must(conversations.put_audit(second, ConversationState::NotAuditable, "no_speech"));
    audits = must(conversations.list_audits(row.conversation.id));
    ASSERT_EQ(audits.size(), 2U);
    EXPECT_EQ(audits[0], second);
    const auto now = must(conversations.find_conversation(row.conversation.id))->conversation;
    EXPECT_EQ(now.state, ConversationState::NotAuditable);
    EXPECT_EQ(now.reason, "no_speech");
    // The first input again: the old row is current again, history has no doubles.
    must(conversations.put_audit(repeated, audited, {}));
    EXPECT_EQ(must(conversations.list_audits(row.conversation.id)).at(0).id, first.id);
    const auto summaries =
        must(conversations.list_audit_summaries({row.conversation.id, ConversationId::make()}));
    ASSERT_EQ(summaries.size(), 2U);
    EXPECT_EQ(summaries[0].json, "");
    EXPECT_EQ(summaries[0].quality_score, 55);
    const auto part = row.participations[1].id;
    EXPECT_EQ(must(conversations.find_conversation_of(part))->conversation.id, row.conversation.id);
    EXPECT_FALSE(must(conversations.find_conversation_of(ParticipationId::make())));
    auto stray = second;
    stray.participation = ParticipationId::make();
    EXPECT_EQ(code_of(conversations.put_audit(stray, audited, {})), "NotFound");
}

}  // namespace
}  // namespace oidor::store

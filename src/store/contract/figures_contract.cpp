// What is counted in the store: conversations, recordings, audits of a filter.
#include <algorithm>
#include <map>
#include <tuple>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using Alike = std::tuple<ConversationState, std::string, bool>;

std::map<Alike, std::int64_t> by_likeness(const std::vector<ConversationCount>& counts) {
    std::map<Alike, std::int64_t> map;
    for (const auto& count : counts) {
        map[{count.state, count.reason.value_or("-"), count.recording_stored}] += count.count;
    }
    return map;
}

std::map<RecordingState, std::int64_t> by_state(const std::vector<RecordingCount>& counts) {
    std::map<RecordingState, std::int64_t> map;
    for (const auto& count : counts) {
        map[count.state] += count.count;
    }
    return map;
}

AuditRow scored(const ConversationRow& row, std::size_t part, std::optional<int> score) {
    return {.id = AuditId::make(),
            .participation = row.participations.at(part).id,
            .conversation = row.conversation.id,
            .scorecard_id = "classic-es",
            .input_sha256 = sha256_hex(std::to_string(score.value_or(-1))),
            .auditable = score.has_value(),
            .quality_score = score,
            .json = "{}"};
}

/// A conversation that began so many hours later than the clock, with a recording of a state.
MappedConversation recorded(ConversationId id, int hours, RecordingState state) {
    MappedConversation mapped;
    mapped.conversation.id = id;
    mapped.conversation.state = ConversationState::Ended;
    mapped.conversation.started_at =
        Timestamp(std::chrono::seconds(1'770'000'000)) + std::chrono::hours(hours);
    mapped.conversation.campaign = {.id = std::to_string(hours % 2), .state = MappingState::Mapped};
    mapped.participations = {{.leg = "Ana"}, {.leg = "Luis"}};
    mapped.recordings = {{.external_id = "main", .state = state}};
    if (state == RecordingState::Stored) {
        mapped.recordings.front().sha256 = sha256_hex(id.text());
    }
    return mapped;
}

TEST_P(StoreContract, conversations_are_counted_by_what_a_report_tells_apart) {
    auto& conversations = store().conversations();
    EXPECT_TRUE(must(conversations.count_conversations({})).empty());
    must(conversations.merge(recorded(make_conversation(0), 0, RecordingState::Stored), {}));
    must(conversations.merge(recorded(make_conversation(1), 1, RecordingState::Announced), {}));
    const auto lost =
        must(conversations.merge(recorded(make_conversation(2), 2, RecordingState::Missing), {}));
    must(conversations.put_state(lost.conversation.id, ConversationState::NoRecording,
                                 "recording_missing", {}));
    make_conversation(3);
    EXPECT_EQ(by_likeness(must(conversations.count_conversations({.source = "anura"}))),
              (std::map<Alike, std::int64_t>{
                  {{ConversationState::Ended, "-", true}, 1},
                  {{ConversationState::Ended, "-", false}, 1},
                  {{ConversationState::NoRecording, "recording_missing", false}, 1},
                  {{ConversationState::Open, "-", false}, 1}}));
    EXPECT_TRUE(must(conversations.count_conversations({.source = "meta"})).empty());
    EXPECT_EQ(by_likeness(must(conversations.count_conversations({.campaigns_allowed = {"1"}}))),
              (std::map<Alike, std::int64_t>{{{ConversationState::Ended, "-", false}, 1}}));
}

TEST_P(StoreContract, recordings_are_counted_by_state) {
    auto& conversations = store().conversations();
    for (int i = 0; i < 4; ++i) {
        must(conversations.merge(recorded(make_conversation(i), i,
                                          i < 3 ? RecordingState::Stored : RecordingState::Failed),
                                 {}));
    }
    EXPECT_EQ(by_state(must(conversations.count_recordings({}))),
              (std::map<RecordingState, std::int64_t>{{RecordingState::Stored, 3},
                                                      {RecordingState::Failed, 1}}));
    EXPECT_EQ(by_state(must(
                  conversations.count_recordings({.from = clock_.now() + std::chrono::hours(2)}))),
              (std::map<RecordingState, std::int64_t>{{RecordingState::Stored, 1},
                                                      {RecordingState::Failed, 1}}));
    EXPECT_TRUE(must(conversations.count_recordings({.account = "second"})).empty());
}

TEST_P(StoreContract, audits_are_summed_when_they_are_current_and_have_a_score) {
    auto& conversations = store().conversations();
    EXPECT_EQ(must(conversations.sum_audits({}, 70)), AuditFigures{});
    const auto row =
        must(conversations.merge(recorded(make_conversation(0), 0, RecordingState::Stored), {}));
    const auto other =
        must(conversations.merge(recorded(make_conversation(1), 1, RecordingState::Stored), {}));
    const auto put = [&](const AuditRow& audit) {
        must(conversations.put_audit(audit, ConversationState::Audited, {}));
    };
    put(scored(row, 0, 10));  // Replaced by the next.
    put(scored(row, 0, 70));
    put(scored(row, 1, 69));
    put(scored(other, 0, 100));
    put(scored(other, 1, std::nullopt));
    EXPECT_EQ(must(conversations.sum_audits({}, 70)),
              (AuditFigures{.audits = 3, .hundredths_sum = 23'900, .below = 1}));
    EXPECT_EQ(must(conversations.sum_audits({.campaign = "1"}, 101)),
              (AuditFigures{.audits = 1, .hundredths_sum = 10'000, .below = 1}));
}

TEST_P(StoreContract, audits_are_summed_by_what_their_criteria_reached) {
    auto& conversations = store().conversations();
    const auto row =
        must(conversations.merge(recorded(make_conversation(0), 0, RecordingState::Stored), {}));
    auto audit = scored(row, 0, 70);  // As people read it; 69.60 by its criteria.
    audit.criteria_score = 6'960;
    must(conversations.put_audit(audit, ConversationState::Audited, {}));
    EXPECT_EQ(must(conversations.sum_audits({}, 70)),
              (AuditFigures{.audits = 1, .hundredths_sum = 6'960, .below = 1}));
    EXPECT_EQ(must(conversations.sum_audits({}, 69)).below, 0);
    EXPECT_EQ(must(conversations.list_audits(row.conversation.id)).at(0).criteria_score, 6'960);
    // Judged again by a version that reckons otherwise: the figure follows.
    audit.id = AuditId::make();
    audit.criteria_score = 7'000;
    must(conversations.put_audit(audit, ConversationState::Audited, {}));
    EXPECT_EQ(must(conversations.sum_audits({}, 70)).below, 0);
}

}  // namespace
}  // namespace oidor::store

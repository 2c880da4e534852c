// Conversations with their parts, recordings, transcripts and audits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/decimal.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"
#include "store/queue.hpp"

namespace oidor::store {

/// A mapped conversation, to be merged into the store by identity (DESIGN §4.6): participations by
/// leg, recordings by external id. Ids inside are ignored; rows that exist keep theirs.
struct MappedConversation {
    Conversation conversation = {};  ///< `id` says which row; `key`, `created_at` are not changed.
    /// The empty leg is taken over by the first named one; a named leg that is not among these any
    /// more goes, with its audits.
    std::vector<Participation> participations = {};
    std::vector<Recording> recordings =
        {};  ///< Candidates are replaced (none given: they stay); state and content of rows stay.
};

/// A conversation with everything that belongs to it.
struct ConversationRow {
    Conversation conversation = {};
    std::vector<Participation> participations = {};  ///< In the order in which they came.
    std::vector<Recording> recordings = {};
};

/// A transcript as stored once, by its hash.
struct TranscriptRow {
    std::string sha256_hex = {};
    std::string json = {};    ///< Canonical; compressed at rest.
    std::string origin = {};  ///< `provided`, or the engine's name.
    std::optional<std::string> quality_note =
        {};  ///< `demonstration quality` where the engine says so.
    Timestamp created_at = {};
};

/// An audit; history stays, one per (participation, scorecard id) is current.
struct AuditRow {
    AuditId id = {};
    ParticipationId participation = {};
    ConversationId conversation = {};
    std::string scorecard_id = {};
    int scorecard_version = 1;
    std::string input_sha256 =
        {};  ///< Hash of what the receipt names: the audit's identity together with the above.
    bool current = true;
    bool auditable = true;
    std::optional<std::string> reason = {};
    std::optional<int> quality_score = {};
    /// What its criteria reached of what they could, in hundredths of a percent; null of an audit
    /// without a score, and of those from before this was kept.
    std::optional<int> criteria_score = {};
    std::optional<std::string> quality_category = {};
    bool needs_review = false;
    std::string json = {};  ///< The whole audit (DESIGN §4.2) without `input`; compressed at rest.
    Timestamp created_at = {};
    bool operator==(const AuditRow&) const = default;
};

/// Which conversations a page lists; what is not set, is not asked.
struct ConversationFilter {
    std::optional<std::string> source = {};
    std::optional<std::string> account = {};
    std::optional<std::string> external_id = {};
    std::optional<std::string> campaign = {};
    std::vector<std::string> campaigns_allowed = {};  ///< Of a limited key; empty: all.
    std::optional<std::string> agent = {};
    std::optional<Timestamp> from =
        {};  ///< Half-open on the start (on the creation where there is no start).
    std::optional<Timestamp> to = {};
    std::optional<std::string> day = {};
    std::optional<std::string> day_from = {};  ///< Stored local days, half-open.
    std::optional<std::string> day_to = {};
    std::optional<ConversationState> state = {};
};

/// Where a page of conversations goes on: the last row's start (or creation) and id.
struct ConversationCursor {
    Timestamp at = {};
    ConversationId id = {};
};

/// How many conversations are in one state.
struct StateCount {
    ConversationState state = ConversationState::Open;
    std::int64_t count = 0;
};

/// How many conversations are alike in what a report tells apart.
struct ConversationCount {
    ConversationState state = ConversationState::Open;
    std::optional<std::string> reason = {};
    bool recording_stored = false;  ///< One of its recordings is in the house.
    std::int64_t count = 0;
    bool operator==(const ConversationCount&) const = default;
};

/// How many recordings are in one state.
struct RecordingCount {
    RecordingState state = RecordingState::Announced;
    std::int64_t count = 0;
    bool operator==(const RecordingCount&) const = default;
};

/// Current audits that have a score, summed up: by their criteria, else by their score.
struct AuditFigures {
    std::int64_t audits = 0;
    std::int64_t hundredths_sum = 0;
    /// With a score under their campaign's approval score, else under the one that was asked for.
    std::int64_t below = 0;
    bool operator==(const AuditFigures&) const = default;
};

/// A transcript as it lies in the store, still compressed, so that many threads can share the work.
struct PackedTranscript {
    std::string sha256_hex = {};
    std::string body = {};
    std::int64_t size_bytes = 0;  ///< Of the JSON.
};

/// The JSON. Corrupt when the bytes fail their check; Unsupported for a newer form; TooLarge for
/// one of more than `size_bytes_max`.
Result<std::string> unpack(const PackedTranscript& transcript,
                           std::size_t size_bytes_max = std::size_t{64} << 20U);

/// Which scorecard one current audit is by.
struct CurrentAudit {
    ParticipationId participation = {};
    std::string scorecard_id = {};
    int scorecard_version = 1;
    Timestamp created_at = {};
    bool operator==(const CurrentAudit&) const = default;
};

/// A conversation with its current transcript, and which scorecards judge it now: for whoever
/// judges the past again.
struct HeardConversation {
    ConversationRow row = {};
    PackedTranscript transcript = {};
    std::vector<CurrentAudit> audits = {};
};

/// How much one page holds. It ends before the transcript that would go beyond `body_bytes_max`,
/// but has one at least.
struct HeardPageLimits {
    int count_max = 500;  ///< 1 to 5000.
    std::int64_t body_bytes_max = std::int64_t{16} << 20U;
};

/// All of one state of the store. No `next`: there are no more.
struct HeardPage {
    std::vector<HeardConversation> conversations = {};
    std::optional<ConversationCursor> next = {};
};

/// Safe to call from many threads. Writes are durable when they return.
class Conversations {
  public:
    virtual ~Conversations() = default;

    /// The id of a key; makes the row (state open) when it is new. Conflict: it was erased.
    virtual Result<ConversationId> identify(const ConversationKey& key) = 0;
    [[nodiscard]] virtual Result<std::optional<ConversationRow>> find_conversation(
        ConversationId id) const = 0;
    /// Newest start first; limit 1 to 500.
    [[nodiscard]] virtual Result<std::vector<ConversationRow>> list_conversations(
        const ConversationFilter& filter, std::optional<ConversationCursor> after,
        int limit) const = 0;
    [[nodiscard]] virtual Result<std::optional<ConversationRow>> find_conversation_of(
        RecordingId recording) const = 0;
    [[nodiscard]] virtual Result<std::optional<ConversationRow>> find_conversation_of(
        ParticipationId participation) const = 0;
    [[nodiscard]] virtual Result<std::vector<StateCount>> count_states() const = 0;
    /// The conversations of a filter, counted; those alike together.
    [[nodiscard]] virtual Result<std::vector<ConversationCount>> count_conversations(
        const ConversationFilter& filter) const = 0;
    /// The recordings of a filter's conversations.
    [[nodiscard]] virtual Result<std::vector<RecordingCount>> count_recordings(
        const ConversationFilter& filter) const = 0;
    /// The current audits of a filter's conversations; those without a score are left out.
    [[nodiscard]] virtual Result<AuditFigures> sum_audits(const ConversationFilter& filter,
                                                          int score_min) const = 0;
    /// Distinct days that have conversations, newest first.
    [[nodiscard]] virtual Result<std::vector<std::string>> list_days(int limit) const = 0;
    /// All ids, in order, for repairs: pages after `after`.
    [[nodiscard]] virtual Result<std::vector<ConversationId>> list_ids(
        std::optional<ConversationId> after, int limit) const = 0;

    /// Merges by identity and queues `jobs`, all in one transaction; gives the row as it is now.
    /// Null, `unknown` and an empty list never overwrite; the campaign and agents are replaced
    /// whole. The state follows its rank: open < ended < failed < no_recording < not_auditable <
    /// audited; a lower one never replaces a higher.
    virtual Result<ConversationRow> merge(const MappedConversation& mapped,
                                          const std::vector<JobSpec>& jobs) = 0;
    /// Sets a conversation's state and reason as given, but never over `audited` or
    /// `not_auditable`, and queues `jobs`.
    virtual Result<void> put_state(ConversationId id, ConversationState state,
                                   std::optional<std::string> reason,
                                   const std::vector<JobSpec>& jobs) = 0;
    /// Writes all of a recording but its identity and candidates, and queues `jobs`. A stored
    /// recording stays stored.
    virtual Result<void> put_recording(const Recording& recording,
                                       const std::vector<JobSpec>& jobs) = 0;

    /// Makes it the conversation's current transcript, once by its hash (`false`: it was that
    /// already), queues `jobs` unless it was.
    virtual Result<bool> put_transcript(ConversationId id, const TranscriptRow& transcript,
                                        const std::vector<JobSpec>& jobs) = 0;
    [[nodiscard]] virtual Result<std::optional<TranscriptRow>> find_transcript(
        ConversationId id) const = 0;

    /// Stores an audit once by its identity, makes it current (a newer one replaces the older of
    /// the same participation and scorecard id), and sets the conversation's state.
    virtual Result<void> put_audit(const AuditRow& audit, ConversationState state,
                                   std::optional<std::string> reason) = 0;
    /// Current audits only, in the order of participations.
    [[nodiscard]] virtual Result<std::vector<AuditRow>> list_audits(ConversationId id) const = 0;
    /// Current audits without `json`, for many conversations at once.
    [[nodiscard]] virtual Result<std::vector<AuditRow>> list_audit_summaries(
        const std::vector<ConversationId>& ids) const = 0;

    /// The conversations of a filter that have a transcript, oldest first.
    [[nodiscard]] virtual Result<HeardPage> list_heard(const ConversationFilter& filter,
                                                       std::optional<ConversationCursor> after,
                                                       const HeardPageLimits& limits) const = 0;
    /// How many those are.
    [[nodiscard]] virtual Result<std::int64_t> count_heard(
        const ConversationFilter& filter) const = 0;
};

}  // namespace oidor::store

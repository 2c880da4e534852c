// What speech engines answered, what that cost, and how far hearing came with each conversation.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"
#include "store/queue.hpp"

namespace oidor::store {

using SpeechCallId = Id<struct SpeechCallTag>;

/// What became of a call of an engine, as far as money goes.
enum class SpeechCallState {
    Open,         ///< Under way; or its process died, and nobody looked since.
    Paid,         ///< Answered, and the reply is kept.
    Cached,       ///< Not made: the reply was there.
    Refused,      ///< The engine did not take it: nothing is billed.
    Failed,       ///< An error of the engine or on the way to it, taken as not billed.
    Unconfirmed,  ///< Sent, and no reply was kept: it may have been billed.
};
/// `open`, `paid`, `cached`, `refused`, `failed`, `unconfirmed`.
std::string_view format(SpeechCallState state);
std::optional<SpeechCallState> parse_speech_call_state(std::string_view text);

/// One line of the ledger.
struct SpeechCallRow {
    SpeechCallId id = {};
    /// Null, as `request`, once the conversation is erased: what was spent stays.
    std::optional<ConversationId> conversation = {};
    std::optional<Sha256> request = {};  ///< Of everything that decides about the reply.
    std::string source = {};
    std::string account = {};
    std::optional<std::string> campaign = {};
    std::string engine = {};
    std::string model = {};
    std::string day = {};  ///< Of the call of the engine, in the account's zone.
    SpeechCallState state = SpeechCallState::Open;
    std::int64_t audio_ms = 0;   ///< Of the recording.
    std::int64_t sent_ms = 0;    ///< Of what left for the engine.
    std::int64_t billed_ms = 0;  ///< By the price's rules.
    /// Millionths of `currency`; null: nobody said what the engine costs. While a call is open,
    /// what it is expected to cost; of an unconfirmed one, what it may have cost.
    std::optional<std::int64_t> cost_micros = {};
    std::string currency = {};
    std::optional<std::string> error_code = {};
    Timestamp started_at = {};
    std::optional<Timestamp> ended_at = {};
    bool operator==(const SpeechCallRow&) const = default;
};

/// A reply as it was paid for: kept until the last conversation with this audio is erased.
struct SpeechReplyRow {
    Sha256 request = {};
    Sha256 audio = {};
    std::string engine = {};
    std::string model = {};
    std::string json = {};  ///< Compressed at rest.
    Timestamp created_at = {};
    bool operator==(const SpeechReplyRow&) const = default;
};

/// What may be spent between two moments.
struct SpeechBudget {
    Timestamp from = {};
    Timestamp to = {};
    std::int64_t cost_micros = 0;
    std::string currency = {};
};

/// Whether a call may be made.
enum class SpeechStart {
    Begun,     ///< Its line is in the ledger.
    UsedUp,    ///< The budget is.
    UnderWay,  ///< Somebody else asks for the same reply at this moment.
};

/// How a call ended.
struct SpeechCallEnding {
    SpeechCallId id = {};
    SpeechCallState state = SpeechCallState::Paid;
    std::int64_t sent_ms = 0;
    std::int64_t billed_ms = 0;
    std::optional<std::int64_t> cost_micros = {};
    std::optional<std::string> error_code = {};
    std::string model = {};  ///< That the engine named; empty: the one it was begun with.
};

/// Calls of engines, alike in all but their moment, summed up.
struct SpeechSpending {
    std::string day = {};
    std::string source = {};
    std::string account = {};
    std::optional<std::string> campaign = {};
    std::string engine = {};
    std::string model = {};
    std::string currency = {};
    SpeechCallState state = SpeechCallState::Paid;
    std::int64_t calls = 0;
    std::int64_t calls_unpriced = 0;  ///< Of those: without a cost.
    std::int64_t audio_ms = 0;
    std::int64_t sent_ms = 0;
    std::int64_t billed_ms = 0;
    std::int64_t cost_micros = 0;
    bool operator==(const SpeechSpending&) const = default;
};

/// Which lines of the ledger; what is not set, is not asked.
struct SpendingFilter {
    std::string from_day = {};  ///< `2026-02-10`, first.
    std::string to_day = {};    ///< Half-open.
    std::optional<std::string> source = {};
    std::optional<std::string> account = {};
    std::vector<std::string> campaigns_allowed = {};  ///< Of a limited key; empty: all.
};

/// How hearing ended for a conversation.
enum class HearingState {
    Heard,
    NoSpeech,  ///< Nobody was found to speak, or no word was understood.
    Suspect,   ///< Words that an engine may have invented: nobody is failed by them.
    Failed,    ///< Given up.
    Waiting,   ///< It is to be heard again; somebody asked for it.
};
/// `heard`, `no_speech`, `suspect`, `failed`, `waiting`.
std::string_view format(HearingState state);
std::optional<HearingState> parse_hearing_state(std::string_view text);

/// One conversation's.
struct HearingRow {
    ConversationId conversation = {};
    HearingState state = HearingState::Heard;
    /// Why, as words of closed lists, apart by commas: doubts of a suspect one, `silence` or
    /// `no_words`, what failed.
    std::optional<std::string> reason = {};
    std::optional<std::string> engine = {};         ///< That heard it, or was to.
    std::optional<std::string> wanted_engine = {};  ///< Somebody chose it for this conversation.
    /// Replies from before are not used: somebody wants it heard anew.
    std::optional<Timestamp> not_before = {};
    int recordings = 0;  ///< That were heard: where there are more, they are heard again.
    Timestamp updated_at = {};
    bool operator==(const HearingRow&) const = default;
};

/// A line of the list of those.
struct HearingLine {
    HearingRow hearing = {};
    std::string source = {};
    std::string account = {};
    std::string external_id = {};
    std::optional<std::string> campaign = {};
    Timestamp listed_at = {};  ///< The conversation's start; its arrival where none is known.
};

/// Which of them; what is not set, is not asked.
struct HearingFilter {
    std::optional<HearingState> state = {};
    std::optional<std::string> reason = {};  ///< One word of it.
    std::optional<std::string> source = {};
    std::optional<std::string> account = {};
    std::vector<std::string> campaigns_allowed = {};
    std::optional<Timestamp> from = {};  ///< Half-open on `listed_at`.
    std::optional<Timestamp> to = {};
};

/// Where a page of them goes on.
struct HearingCursor {
    Timestamp at = {};
    ConversationId id = {};
};

/// How many are in one state.
struct HearingCount {
    HearingState state = HearingState::Heard;
    std::int64_t count = 0;
    bool operator==(const HearingCount&) const = default;
};

/// A call as an estimate counts it: one that is stored, or one that a source's list announces.
struct EstimateCall {
    std::string source = {};
    std::string account = {};
    std::optional<std::string> campaign = {};
    Timestamp at = {};            ///< Its start; its arrival where none is known.
    bool stored = false;          ///< A conversation; else it is announced only.
    bool recorded = true;         ///< False: the source says that there is no recording.
    bool transcribed = false;     ///< It has a transcript.
    std::int64_t recordings = 0;  ///< Known by name.
    std::optional<std::int64_t> measured_ms = {};  ///< All its recordings together; null: not all
                                                   ///< are measured.
    std::optional<std::int64_t> stated_s = {};     ///< As the source says it.
    std::optional<int> channels = {};              ///< The most that one of its recordings has.
};

/// Safe to call from many threads. Writes are durable when they return.
class SpeechRecords {
  public:
    virtual ~SpeechRecords() = default;

    [[nodiscard]] virtual Result<std::optional<SpeechReplyRow>> find_reply(
        const Sha256& request) const = 0;
    /// Puts the call into the ledger as open, unless the budget of its day is used up or a call for
    /// the same reply began for another conversation after `abandoned_before` and has not ended.
    /// Older ones, and those of this conversation, whose worker ended without a word, become
    /// unconfirmed. NotFound: the conversation is gone.
    virtual Result<SpeechStart> begin_call(const SpeechCallRow& call,
                                           const std::optional<SpeechBudget>& budget,
                                           Timestamp abandoned_before) = 0;
    /// Ends an open call; keeps `replies` in the same transaction (each in the place of an older
    /// one): that of the whole, or those of the parts that were answered before it failed.
    /// NotFound: the conversation was erased meanwhile; the line is ended all the same, and none
    /// is kept.
    virtual Result<void> end_call(const SpeechCallEnding& ending,
                                  const std::vector<SpeechReplyRow>& replies) = 0;
    /// Takes an open call back: the engine asked to wait, and nothing was done for money.
    virtual Result<void> withdraw_call(SpeechCallId id) = 0;
    /// A line for a call that was not made; one for each conversation and request, however often
    /// the reply is used.
    virtual Result<void> insert_cached(const SpeechCallRow& call) = 0;
    /// The lines of a conversation, oldest first.
    [[nodiscard]] virtual Result<std::vector<SpeechCallRow>> list_calls(
        ConversationId conversation) const = 0;
    /// The ledger's lines that began in a budget's time: paid, open and unconfirmed ones.
    [[nodiscard]] virtual Result<std::int64_t> sum_spent(const SpeechBudget& budget) const = 0;
    /// Summed by everything that tells them apart, by day.
    [[nodiscard]] virtual Result<std::vector<SpeechSpending>> list_spending(
        const SpendingFilter& filter) const = 0;

    /// Says how hearing ended; NotFound: no such conversation.
    virtual Result<void> put_hearing(const HearingRow& row, const std::vector<JobSpec>& jobs) = 0;
    /// The same for whoever heard it: only while the row is as it was read (`seen_at`: its
    /// `updated_at`; null: there was none). False: somebody wants it heard again meanwhile.
    virtual Result<bool> end_hearing(const HearingRow& row, std::optional<Timestamp> seen_at) = 0;
    [[nodiscard]] virtual Result<std::optional<HearingRow>> find_hearing(
        ConversationId conversation) const = 0;
    /// Oldest conversation first; limit 1 to 500.
    [[nodiscard]] virtual Result<std::vector<HearingLine>> list_hearings(
        const HearingFilter& filter, const std::optional<HearingCursor>& after,
        int limit) const = 0;
    [[nodiscard]] virtual Result<std::vector<HearingCount>> count_hearings() const = 0;

    /// Every call that starts in [from, to): stored ones, then announced ones that are not.
    [[nodiscard]] virtual Result<void> walk_estimate(
        Timestamp from, Timestamp to,
        const std::function<void(const EstimateCall&)>& take) const = 0;
};

}  // namespace oidor::store

// What still has to go out, to which sinks, and what each of them holds.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"
#include "store/conversations.hpp"

namespace oidor::store {

/// `waiting`; `refused`: the sink does not take it; `needs_attention`: nobody can say whether it
/// arrived. The last two wait for an operator, or for the conversation to change.
enum class OutboxState { Waiting, Refused, NeedsAttention };
std::string_view format(OutboxState state);
std::optional<OutboxState> parse_outbox_state(std::string_view text);

/// A sink as the configuration names it.
struct SinkEntry {
    std::string name = {};
    std::string kind = {};
    std::string fingerprint = {};  ///< Of what shapes its rows: another one delivers all again.
    bool wants_past = true;        ///< Begins with all that is there, not with the next change.
};

/// A sink as people see it.
struct SinkStatus {
    std::string name = {};
    std::string kind = {};
    bool forgotten = false;
    bool backfilling = false;  ///< What was there before it is still being noted.
    std::optional<Timestamp> paused_at = {};
    std::int64_t waiting = 0;  ///< Conversations; so are the next two.
    std::int64_t refused = 0;
    std::int64_t needs_attention = 0;
    std::optional<Timestamp> oldest_at = {};  ///< Since when the oldest waits.
    std::int64_t rows_delivered = 0;          ///< Ever, repeated ones included.
    std::optional<Timestamp> delivered_at = {};
    int failures = 0;  ///< In a row.
    std::optional<Timestamp> next_at = {};
    std::optional<std::string> error_code = {};
    std::optional<std::string> error_message = {};
};

/// What decides whether a sink's turn has come.
struct SinkGlance {
    bool ready = false;                     ///< Registered, not forgotten, not paused.
    std::optional<Timestamp> next_at = {};  ///< Not before, after a failure.
    bool backfilling = false;
    std::int64_t waiting = 0;  ///< Counted no further than was asked.
    std::optional<Timestamp> oldest_at = {};
};

/// The right to deliver to a sink; one process has it at a time.
struct SinkTurn {
    std::string sink = {};
    std::int64_t lease = 0;
    bool backfilling = false;
};

/// A row that a sink holds, or may hold.
struct HeldRow {
    std::string table = {};
    std::string key = {};
    std::vector<std::string> days = {};          ///< Where it may lie.
    std::optional<std::string> sha256_hex = {};  ///< Null: it is under way.
    bool operator==(const HeldRow&) const = default;
};

/// A conversation that is to be looked at for a sink.
struct OutboxItem {
    ConversationId conversation = {};
    std::int64_t revision = 0;
    Timestamp noted_at = {};
    bool again = false;  ///< Also what is delivered already, or may have arrived.
    std::vector<HeldRow> held = {};
};

/// A conversation as it is now, with all that goes out of it.
struct Parcel {
    ConversationRow row = {};
    std::map<RecordingId, Timestamp> stored_at = {};  ///< Of recordings that are stored.
    std::optional<TranscriptRow> transcript = {};
    std::vector<AuditRow> audits = {};  ///< Current ones.
};

/// A row on its way to a sink, or there.
struct SentRow {
    ConversationId conversation = {};
    HeldRow row = {};
};

/// What came of a batch.
struct Settled {
    std::vector<SentRow> put = {};
    std::vector<HeldRow> removed = {};
    std::vector<OutboxItem> done = {};  ///< Those that changed meanwhile keep waiting.
};

/// Safe to call from many threads. Writes are durable when they return. Changes are noted by the
/// writes of other ports, in their transactions. What takes a turn is Conflict once that is lost:
/// its lease ran out and another has it, or the sink is paused or forgotten.
class Outbox {
  public:
    virtual ~Outbox() = default;

    /// From now on changes are noted for these; one that is new, was forgotten, or has another
    /// fingerprint begins with all that is there. Those that are not named stay as they are.
    virtual Result<void> register_sinks(const std::vector<SinkEntry>& sinks) = 0;
    /// By name.
    [[nodiscard]] virtual Result<std::vector<SinkStatus>> list_sinks() const = 0;
    /// How many rows a sink holds, or may hold.
    [[nodiscard]] virtual Result<std::int64_t> count_held(const std::string& sink) const = 0;
    [[nodiscard]] virtual Result<SinkGlance> glance(const std::string& sink, int enough) const = 0;

    /// Nothing when another has the turn, or the sink is not ready. A pause after a failure is the
    /// caller's to keep.
    virtual Result<std::optional<SinkTurn>> take_turn(const std::string& sink,
                                                      std::chrono::milliseconds lease) = 0;
    virtual Result<void> prolong(const SinkTurn& turn, std::chrono::milliseconds lease) = 0;
    /// Gives it back; a lost one is nothing to give back.
    virtual Result<void> end_turn(const SinkTurn& turn) = 0;

    /// Notes the next `limit` conversations of those that were there before the sink; false once
    /// all are.
    virtual Result<bool> backfill(const SinkTurn& turn, int limit) = 0;
    /// Waiting ones, the longest wait first.
    [[nodiscard]] virtual Result<std::vector<OutboxItem>> list_waiting(const std::string& sink,
                                                                       int limit) const = 0;
    /// Nothing when it was erased.
    [[nodiscard]] virtual Result<std::optional<Parcel>> find_parcel(ConversationId id) const = 0;

    /// Before they are sent: whatever becomes of us, it is known that the sink may hold them.
    virtual Result<void> begin(const SinkTurn& turn, const std::vector<SentRow>& rows) = 0;
    /// After they were sent. Ends the sink's failures.
    virtual Result<void> settle(const SinkTurn& turn, const Settled& settled) = 0;
    /// Sets one aside, unless it changed meanwhile.
    virtual Result<void> set_aside(const SinkTurn& turn, const OutboxItem& item, OutboxState state,
                                   const Error& error) = 0;
    /// The sink as a whole failed: its turn ends, and the next comes at `next_at` at the earliest.
    /// Gives the count of failures in a row.
    virtual Result<int> put_failure(const SinkTurn& turn, const Error& error,
                                    Timestamp next_at) = 0;

    /// Days as conversations have them, both included; null: no bound (both null: also those
    /// without a day). Everything of them goes out again. Gives their count.
    virtual Result<std::int64_t> deliver_again(const std::string& sink,
                                               const std::optional<std::string>& from_day,
                                               const std::optional<std::string>& to_day) = 0;
    /// Those set aside wait again, and the sink's pause after a failure ends. Gives their count.
    virtual Result<std::int64_t> retry(const std::string& sink) = 0;
    virtual Result<void> pause(const std::string& sink) = 0;
    /// Also ends the pause after a failure.
    virtual Result<void> resume(const std::string& sink) = 0;
    /// Changes are not noted for it any more, and nothing waits for it but removals. NotFound, as
    /// the four before, when there is no such sink.
    virtual Result<void> forget(const std::string& sink) = 0;
    /// How many sinks still have to look at it, whatever the state.
    [[nodiscard]] virtual Result<std::int64_t> count_waiting(ConversationId id) const = 0;
};

}  // namespace oidor::store

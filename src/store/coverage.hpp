// What a source's own lists announce, and what became of each call: the rows behind the coverage
// ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"
#include "store/queue.hpp"

namespace oidor::store {

/// A call as the source's own list names it.
struct Announcement {
    std::string external_id = {};
    Timestamp started_at = {};
    std::optional<std::int64_t> duration_s = {};
    CallOutcome outcome = CallOutcome::Unknown;
    std::optional<bool> recorded = {};  ///< Whether the list says that there is a recording.
    bool operator==(const Announcement&) const = default;
};

/// A list as it was read: the same bytes read in the same way are the same list.
struct AnnouncedList {
    std::string source = {};
    std::string account = {};
    Sha256 sha256 = {};
};

/// What keeping announcements changed.
struct AnnouncedCounts {
    std::int64_t added = 0;
    std::int64_t changed = 0;
    std::int64_t same = 0;
    std::int64_t erased = 0;  ///< Left out: those calls were erased here.
    bool operator==(const AnnouncedCounts&) const = default;
};

/// A stretch of time, half-open, of which a list claims to name every call.
struct AnnouncedSpan {
    std::string source = {};
    std::string account = {};
    Timestamp from = {};
    Timestamp to = {};
    Sha256 list_sha256 = {};
    std::string list_name = {};
    std::int64_t rows_refused = 0;  ///< Rows that could not be read: then the claim does not hold.
    bool operator==(const AnnouncedSpan&) const = default;
};

/// One account of a source.
struct AccountName {
    std::string source = {};
    std::string account = {};
    auto operator<=>(const AccountName&) const = default;
};

/// A call's job of one kind, done ones included.
struct CallJob {
    std::string kind = {};
    JobState state = JobState::Queued;
    std::optional<std::string> error_code = {};
};

/// How far a call's result came on its way out of the house.
struct CallDelivery {
    bool delivered = false;                   ///< Sinks hold it as it is now.
    bool waiting = false;                     ///< A sink does not, yet.
    std::optional<std::string> stopped = {};  ///< And waits for a person: why, one word.
};

/// What is stored of a call whose source was heard of.
struct ReceivedCall {
    ConversationId id = {};
    ConversationState state = ConversationState::Open;
    std::optional<std::string> reason = {};
    Timestamp listed_at = {};             ///< Its start; its arrival where none is known.
    std::optional<std::string> day = {};  ///< As stored; null before it was mapped.
    bool campaign_unmapped = false;       ///< It names a campaign that nobody mapped.
    int recordings = 0;
    int recordings_stored = 0;
    std::optional<RecordingState> lacking_state = {};  ///< Of one that is not stored.
    std::optional<std::string> lacking_reason = {};
    bool transcribed = false;
    int participations = 0;
    int judged = 0;                             ///< Participations that have a current audit.
    std::optional<CallDelivery> delivery = {};  ///< Null: no sink is configured.
    std::vector<CallJob> jobs = {};             ///< Of what is not whole: the story's kinds.
};

/// A call that was announced, received, or both.
struct CallFacts {
    AccountName account = {};
    std::string external_id = {};
    std::optional<Announcement> announced = {};
    std::optional<ReceivedCall> received = {};
};

/// Which calls are asked for: those whose start (arrival, where none is known) lies in [from, to).
struct CallWindow {
    Timestamp from = {};
    Timestamp to = {};
    std::optional<std::string> source = {};
    std::optional<std::string> account = {};
    std::vector<std::string> job_kinds = {};  ///< The story's, as the queue names them.
};

/// Takes the calls of a walk.
class CallVisitor {
  public:
    virtual ~CallVisitor() = default;
    /// The walk begins; a second time when the store had to begin anew: what was taken is void.
    virtual void begin() = 0;
    virtual void take(CallFacts call) = 0;
};

/// Safe to call from many threads. Writes are durable when they return.
class Coverage {
  public:
    virtual ~Coverage() = default;

    /// Keeps announcements, once by (source, account, external id). One that another list named
    /// otherwise is corrected (what this list does not tell stays); several rows of one list with
    /// one id are one call: the earliest start, the longest duration, answered before anything. A
    /// call that was erased is not announced again.
    virtual Result<AnnouncedCounts> put_announcements(const AnnouncedList& list,
                                                      const std::vector<Announcement>& calls) = 0;
    /// What `put_announcements` would change; nothing is kept.
    [[nodiscard]] virtual Result<AnnouncedCounts> compare_announcements(
        const AnnouncedList& list, const std::vector<Announcement>& calls) const = 0;
    /// Keeps the claim of a list; the same again changes nothing.
    virtual Result<void> put_span(const AnnouncedSpan& span) = 0;
    /// Takes back what other lists said of this stretch of this account: their announcements that
    /// start in it and their claims on it. Gives the count of announcements taken back.
    virtual Result<std::int64_t> withdraw_others(const AnnouncedSpan& span) = 0;
    /// Removes one announcement; nothing happens when there is none.
    virtual Result<void> forget_announcement(const AccountName& account,
                                             const std::string& external_id) = 0;

    /// The claims that reach into [from, to), by account, then start.
    [[nodiscard]] virtual Result<std::vector<AnnouncedSpan>> list_spans(Timestamp from,
                                                                        Timestamp to) const = 0;
    /// Every account that has conversations, announcements or claims.
    [[nodiscard]] virtual Result<std::vector<AccountName>> list_accounts() const = 0;
    /// Shows every call of the window once, received ones first, each kind by time; all of one
    /// state of the store.
    [[nodiscard]] virtual Result<void> walk_calls(const CallWindow& window,
                                                  CallVisitor& visitor) const = 0;
};

}  // namespace oidor::store

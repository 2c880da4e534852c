// What goes, what may not go, and what must not come back: erasure, holds, retention, tombstones,
// and blobs whose last reference went.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "domain/conversation.hpp"
#include "store/queue.hpp"

namespace oidor::store {

using HoldId = Id<struct HoldTag>;
using ErasureId = Id<struct ErasureTag>;

/// The kinds of jobs that finish what an erasure began, with their only key where they have one.
inline constexpr std::string_view kEraseJob = "erase";  ///< Key: the erasure's id.
inline constexpr std::string_view kRemoveBlobsJob = "remove_blobs";
inline constexpr std::string_view kRemoveBlobsKey = "pending";
inline constexpr std::string_view kScrubJob = "scrub";
inline constexpr std::string_view kScrubKey = "store";

inline constexpr std::chrono::minutes kRemovalWithin{2};

/// Where the key of tombstones comes from; both are called seldom, and from any thread.
struct SealKeySource {
    /// Nothing: there is none yet.
    std::function<Result<std::optional<Secret>>()> find = {};
    /// Makes one, durable before this returns; gives that which is there when there is one.
    std::function<Result<Secret>()> make = {};
};

/// How the key at hand stands to the tombstones of the store.
enum class SealKeyState {
    Unused,   ///< Nothing was erased yet.
    Fits,     ///< The tombstones were made with it.
    Missing,  ///< Nothing is recognised: what was erased may come back.
    Other,    ///< The same, with another key.
};

/// Something that may not be erased, nor expire: one conversation, or all of a customer, also
/// those that come later.
struct HoldRow {
    HoldId id = {};
    std::optional<ConversationId> conversation = {};
    std::optional<std::string> customer_key = {};
    std::string reason = {};
    std::string created_by = {};  ///< A key's name, or the system's user.
    Timestamp created_at = {};
    bool operator==(const HoldRow&) const = default;
};

/// What is erased: exactly one of both is given.
struct ErasureSubject {
    std::optional<ConversationId> conversation = {};
    std::optional<std::string> customer_key = {};
};

/// How much an erasure takes, or took. `transcripts` and `blobs`: those whose last reference goes.
struct ErasureCounts {
    std::int64_t conversations = 0;
    std::int64_t events = 0;
    std::int64_t recordings = 0;
    std::int64_t transcripts = 0;
    std::int64_t audits = 0;
    std::int64_t blobs = 0;

    ErasureCounts& operator+=(const ErasureCounts& other);
    bool operator==(const ErasureCounts&) const = default;
};

/// What would go, and what stands against it.
struct ErasurePlan {
    ErasureCounts counts = {};
    std::vector<HoldRow> holds = {};
};

/// An erasure of a customer that was begun and is not finished.
struct ErasureRow {
    ErasureId id = {};
    std::string customer_key = {};
    std::string requested_by = {};
    Timestamp requested_at = {};
};

/// Why a conversation goes. A hold stands against each but `Restored`: it was erased already, and
/// only a backup brought it back.
enum class ErasureCause { Asked, Expired, Restored };

/// A tombstone: a keyed hash of what was erased.
struct TombstoneRow {
    std::string kind = {};  ///< `conversation`, `customer`; `key`: which key made the others.
    Sha256 identity_hash = {};
    Timestamp erased_at = {};
    bool operator==(const TombstoneRow&) const = default;
};

/// How long conversations stay where their campaign does not say; null: for ever.
struct RetentionRule {
    std::optional<std::chrono::days> installation = {};
};

/// What became of the wish that no erased byte is left in the store's own files.
enum class ScrubOutcome {
    Clean,     ///< The files were written anew.
    TooLarge,  ///< Erased rows are overwritten; copies in unused parts of pages may be left.
    Busy,      ///< Another program reads or writes: again later.
    ByServer,  ///< The files are the database server's.
};

/// Safe to call from many threads. Writes are durable when they return.
class Erasure {
  public:
    virtual ~Erasure() = default;

    /// Before anything is kept. Without it nothing can be erased, and tombstones match nothing.
    virtual void use_seal_key(SealKeySource source) = 0;
    [[nodiscard]] virtual Result<SealKeyState> seal_key_state() const = 0;

    /// Counts without changing anything.
    [[nodiscard]] virtual Result<ErasurePlan> plan(const ErasureSubject& subject) const = 0;
    /// Writes down that a customer is to be erased, leaves the customer's tombstone, and queues the
    /// job that finishes it from `finish_from` on. One that is under way is given again. Conflict:
    /// a hold; Unavailable: no seal key.
    virtual Result<ErasureId> request(const std::string& customer_key, const std::string& by,
                                      Timestamp finish_from) = 0;
    [[nodiscard]] virtual Result<std::optional<ErasureRow>> find_request(ErasureId id) const = 0;
    [[nodiscard]] virtual Result<std::vector<ErasureRow>> list_requests() const = 0;
    /// Nothing of that customer is left: the number goes too.
    virtual Result<void> end_request(ErasureId id) = 0;
    [[nodiscard]] virtual Result<std::vector<ConversationId>> list_conversations_of(
        const std::string& customer_key, int limit) const = 0;
    /// Everything that names the conversation goes in one transaction, and a tombstone stays; jobs
    /// of `job_kinds` with its id as their key go too. Queues the removal of blobs. None there:
    /// counts of nought. Conflict: a hold; Unavailable: no seal key.
    virtual Result<ErasureCounts> erase(ConversationId id, ErasureCause cause,
                                        const std::vector<std::string>& job_kinds) = 0;

    /// Whether a conversation was erased: by its identity, or with its customer after it began.
    [[nodiscard]] virtual Result<bool> is_erased(const Conversation& conversation) const = 0;
    /// In the order of (kind, hash), after `after`; limit 1 to 1,000.
    [[nodiscard]] virtual Result<std::vector<TombstoneRow>> list_tombstones(
        const std::optional<TombstoneRow>& after, int limit) const = 0;
    /// Those that are not there yet.
    virtual Result<void> put_tombstones(const std::vector<TombstoneRow>& rows) = 0;

    /// Conflict: there is one already. NotFound: no such conversation.
    virtual Result<void> insert_hold(const HoldRow& hold) = 0;
    [[nodiscard]] virtual Result<std::vector<HoldRow>> list_holds() const = 0;
    virtual Result<void> delete_hold(HoldId id) = 0;  ///< NotFound.

    /// Conversations that are older than their rule says, and not held; limit 1 to 500.
    [[nodiscard]] virtual Result<std::vector<ConversationId>> list_overdue(
        const RetentionRule& rule, int limit) const = 0;
    /// Drops up to `limit` raw bodies that came before `before`, held ones excepted; how many.
    virtual Result<std::int64_t> expire_raw_bodies(Timestamp before, int limit) = 0;

    /// Says that `owner` is about to refer to a blob: it is not removed for a day. Before the blob
    /// gets its name. Unavailable while the same content is being removed.
    virtual Result<void> claim_blob(const Sha256& content, const Uuid& owner) = 0;
    /// `owner` will not refer to it after all: removed when nobody does.
    virtual Result<void> release_blob(const Sha256& content, const Uuid& owner) = 0;
    /// Blobs whose time to be looked at has come; limit 1 to 500.
    [[nodiscard]] virtual Result<std::vector<Sha256>> list_unchecked_blobs(int limit) const = 0;
    /// True: nothing refers to it, nothing can until `end_removal`, and the caller alone removes
    /// it, within kRemovalWithin; then another may. False: it stays, or another removes it.
    virtual Result<bool> begin_removal(const Sha256& content) = 0;
    virtual Result<void> end_removal(const Sha256& content) = 0;
    /// It could not be removed: again later.
    virtual Result<void> put_off_removal(const Sha256& content) = 0;
    /// Those whose time has come, and those that are being removed.
    [[nodiscard]] virtual Result<std::int64_t> count_unchecked_blobs() const = 0;

    /// Makes sure that erased bytes are not left in unused parts of the store's files, where that
    /// is in our hands. `size_bytes_max`: a larger store is not written anew, which nobody could
    /// write meanwhile.
    virtual Result<ScrubOutcome> scrub(std::int64_t size_bytes_max) = 0;
};

}  // namespace oidor::store

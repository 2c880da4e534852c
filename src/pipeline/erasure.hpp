// The end of the story: what is erased because somebody asked, or because its time is over.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.hpp"
#include "blobs/blob_store.hpp"
#include "jobs/worker_pool.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// How long things stay, as it is set now.
struct RetentionOptions {
    std::optional<std::chrono::days> conversations = {};  ///< Null: for ever.
    std::chrono::days raw_bodies{30};
};

/// The only key of the job `retain`.
inline constexpr std::string_view kRetain = "retain";
inline constexpr std::string_view kRetainKey = "all";

/// A store up to this size is written anew after an erasure: a second, in which others wait.
inline constexpr std::int64_t kScrubBytesMax = std::int64_t{64} << 20U;

/// Everything of one conversation goes at once; its blobs with `Eraser::remove_blobs`. `telemetry`
/// may be null. Conflict: a hold; Unavailable: no seal key.
Result<store::ErasureCounts> erase_conversation(store::Store& store, ConversationId id,
                                                store::ErasureCause cause,
                                                telemetry::Telemetry* telemetry = nullptr);

/// Every step may be repeated, and is: what one run leaves undone, the next finds in the store.
/// Safe to call from many threads.
class Eraser {
  public:
    /// `telemetry` may be null.
    Eraser(store::Store& store, blobs::BlobStore& blobs, telemetry::Telemetry* telemetry = nullptr)
        : store_(store), blobs_(blobs), telemetry_(telemetry) {}

    /// Begins the erasure of a customer and goes on to its end; whoever does not live to see that
    /// is followed by a job. Errors: those of Erasure::request.
    Result<store::ErasureCounts> erase_customer(const std::string& customer_key,
                                                const std::string& by, Timestamp now);
    /// Goes on with one that was begun; nothing to do when it is finished. Cancelled: to be gone
    /// on with.
    Result<store::ErasureCounts> go_on(store::ErasureId id, const std::stop_token& stop);
    /// Removes the blobs that nothing refers to; the first failure is given when all were tried.
    Result<std::int64_t> remove_blobs(const std::stop_token& stop);
    /// No erased byte is left in the store's own files, where that is in our hands.
    Result<store::ScrubOutcome> scrub(std::int64_t size_bytes_max);
    /// Erases what is older than its rule says, in small steps; then raw bodies, then blobs.
    Result<void> retain(const RetentionOptions& options, Timestamp now,
                        const std::stop_token& stop);

    /// The kinds of jobs that do the above. `retention` says what is set at each run.
    void add_steps(jobs::WorkerPool& pool, const Clock& clock,
                   std::function<RetentionOptions()> retention);

  private:
    store::Store& store_;
    blobs::BlobStore& blobs_;
    telemetry::Telemetry* telemetry_;
};

/// Erases what a restored backup brought back: every conversation that a tombstone names, whatever
/// holds it; how many. Before anything is served, with the seal key in use. Unavailable: there are
/// tombstones, and their key is missing.
Result<std::int64_t> apply_tombstones(store::Store& store,
                                      telemetry::Telemetry* telemetry = nullptr);

/// Commits a blob that `owner` is about to refer to: the store knows of it before it has a name.
Result<blobs::BlobInfo> commit_blob(store::Store& store, blobs::BlobWriter& writer,
                                    const Uuid& owner);

}  // namespace oidor::pipeline

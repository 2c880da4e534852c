#include "pipeline/erasure.hpp"

#include <algorithm>
#include <limits>

#include "base/failpoint.hpp"
#include "base/sha256.hpp"
#include "pipeline/steps.hpp"

namespace oidor::pipeline {
namespace {

constexpr int kPage = 100;
/// One write drops so many bodies: deliveries wait no longer than that.
constexpr int kBodiesPerWrite = 200;

const std::vector<std::string>& job_kinds() {
    static const std::vector<std::string> kinds = {std::string(kMap), std::string(kFetch),
                                                   std::string(kTranscribe), std::string(kAsk),
                                                   std::string(kAudit)};
    return kinds;
}

Failure cancelled(std::string_view what) {
    return fail(ErrorCode::Cancelled, "{}: stopped before its end", what);
}

Result<Sha256> hash_of(const blobs::BlobInfo& info) {
    const auto hash = parse_sha256(info.sha256_hex);
    if (!hash) {
        return fail(ErrorCode::Internal, "blob: its name is no SHA-256");
    }
    return *hash;
}

}  // namespace

Result<store::ErasureCounts> erase_conversation(store::Store& store, ConversationId id,
                                                store::ErasureCause cause,
                                                telemetry::Telemetry* telemetry) {
    TRY_ASSIGN(const auto counts, store.erasure().erase(id, cause, job_kinds()));
    TRY(fail_at<Failpoint::erasure_rows_after>());
    if (telemetry != nullptr && counts.conversations > 0) {
        telemetry->emit(cause == store::ErasureCause::Expired
                            ? telemetry::Event::conversation_expired
                            : telemetry::Event::conversation_erased,
                        {.conversation_id = id.uuid});
    }
    return counts;
}

Result<store::ErasureCounts> Eraser::erase_customer(const std::string& customer_key,
                                                    const std::string& by, Timestamp now) {
    static constexpr std::chrono::seconds kFollowedAfter{30};
    TRY_ASSIGN(const auto id, store_.erasure().request(customer_key, by, now + kFollowedAfter));
    return go_on(id, {});
}

Result<store::ErasureCounts> Eraser::go_on(store::ErasureId id, const std::stop_token& stop) {
    store::ErasureCounts counts;
    TRY_ASSIGN(const auto request, store_.erasure().find_request(id));
    if (!request) {
        return counts;
    }
    for (;;) {
        TRY_ASSIGN(const auto ids,
                   store_.erasure().list_conversations_of(request->customer_key, kPage));
        for (const auto& conversation : ids) {
            if (stop.stop_requested()) {
                return cancelled("erase");
            }
            TRY_ASSIGN(const auto more, erase_conversation(store_, conversation,
                                                           store::ErasureCause::Asked, telemetry_));
            counts += more;
        }
        if (ids.empty()) {
            break;
        }
    }
    TRY(store_.erasure().end_request(id));
    return counts;
}

Result<std::int64_t> Eraser::remove_blobs(const std::stop_token& stop) {
    std::int64_t removed = 0;
    std::optional<Error> failure;
    while (!failure) {
        TRY_ASSIGN(const auto blobs, store_.erasure().list_unchecked_blobs(kPage));
        for (const auto& blob : blobs) {
            if (stop.stop_requested()) {
                return cancelled("remove blobs");
            }
            TRY_ASSIGN(const bool unused, store_.erasure().begin_removal(blob));
            if (!unused) {
                continue;
            }
            TRY(fail_at<Failpoint::erasure_blob_before>());
            if (auto gone = blobs_.remove(to_hex(blob)); !gone) {
                TRY(store_.erasure().put_off_removal(blob));
                if (!failure) {
                    failure = std::move(gone).error();
                }
                continue;
            }
            TRY(fail_at<Failpoint::erasure_blob_after>());
            TRY(store_.erasure().end_removal(blob));
            ++removed;
            if (telemetry_ != nullptr) {
                telemetry_->emit(telemetry::Event::blob_removed, {});
            }
        }
        if (blobs.empty()) {
            return removed;
        }
    }
    return fail(failure->within("remove blobs"));
}

Result<store::ScrubOutcome> Eraser::scrub(std::int64_t size_bytes_max) {
    TRY_ASSIGN(const auto outcome, store_.erasure().scrub(size_bytes_max));
    if (telemetry_ != nullptr && outcome == store::ScrubOutcome::Clean) {
        telemetry_->emit(telemetry::Event::store_scrubbed, {});
    }
    return outcome;
}

Result<void> Eraser::retain(const RetentionOptions& options, Timestamp now,
                            const std::stop_token& stop) {
    for (;;) {
        TRY_ASSIGN(const auto ids,
                   store_.erasure().list_overdue({.installation = options.conversations}, kPage));
        for (const auto& id : ids) {
            if (stop.stop_requested()) {
                return cancelled("retain");
            }
            const auto gone =
                erase_conversation(store_, id, store::ErasureCause::Expired, telemetry_);
            // A hold that came meanwhile wins; the next page leaves it out.
            if (!gone && gone.error().code != ErrorCode::Conflict) {
                return fail(gone.error());
            }
            if (!gone) {
                TRY_ASSIGN(const auto key, store_.erasure().seal_key_state());
                if (key == store::SealKeyState::Other) {
                    return fail(gone.error());
                }
            }
        }
        if (ids.empty()) {
            break;
        }
    }
    for (std::int64_t dropped = kBodiesPerWrite; dropped == kBodiesPerWrite;) {
        if (stop.stop_requested()) {
            return cancelled("retain");
        }
        TRY_ASSIGN(dropped,
                   store_.erasure().expire_raw_bodies(now - options.raw_bodies, kBodiesPerWrite));
        if (telemetry_ != nullptr && dropped > 0) {
            telemetry_->emit(telemetry::Event::bodies_expired, {.count = dropped});
        }
    }
    TRY(remove_blobs(stop));
    return {};
}

void Eraser::add_steps(jobs::WorkerPool& pool, const Clock& clock,
                       std::function<RetentionOptions()> retention) {
    const auto add = [&pool](std::string_view kind, jobs::Handler handler) {
        jobs::KindOptions options;
        options.handler = std::move(handler);
        // What is to be erased is never given up: the operator sees it wait.
        options.attempts_max = std::numeric_limits<int>::max();
        options.concurrency = 1;
        pool.add_kind(std::string(kind), std::move(options));
    };
    add(store::kEraseJob, [this](const jobs::JobContext& context) -> Result<void> {
        const auto id = store::ErasureId::parse(context.job.key);
        if (!id) {
            return fail(ErrorCode::Invalid, "erase: the key is no erasure's id");
        }
        TRY(go_on(*id, context.stop));
        return {};
    });
    add(store::kRemoveBlobsJob, [this](const jobs::JobContext& context) -> Result<void> {
        TRY(remove_blobs(context.stop));
        TRY_ASSIGN(const auto left, store_.erasure().count_unchecked_blobs());
        if (left > 0) {
            // Another program was ended while it removed them: once its time is over, they are
            // ours.
            return fail(Error{.code = ErrorCode::Unavailable,
                              .message = fmt::format("{} blobs wait for their removal", left),
                              .retry_after = store::kRemovalWithin});
        }
        return {};
    });
    add(store::kScrubJob, [this](const jobs::JobContext&) -> Result<void> {
        TRY_ASSIGN(const auto outcome, scrub(kScrubBytesMax));
        return outcome == store::ScrubOutcome::Busy
                   ? fail(ErrorCode::Unavailable, "scrub: another program uses the store")
                   : Result<void>();
    });
    add(kRetain,
        [this, &clock, retention = std::move(retention)](const jobs::JobContext& context)
            -> Result<void> { return retain(retention(), clock.now(), context.stop); });
}

Result<std::int64_t> apply_tombstones(store::Store& store, telemetry::Telemetry* telemetry) {
    TRY_ASSIGN(const auto key, store.erasure().seal_key_state());
    if (key == store::SealKeyState::Unused) {
        return 0;
    }
    if (key != store::SealKeyState::Fits) {
        return fail(ErrorCode::Unavailable,
                    "tombstones: the seal key that made them is missing: put its file back "
                    "(seal_key_file)");
    }
    std::int64_t erased = 0;
    std::optional<ConversationId> after;
    for (;;) {
        TRY_ASSIGN(const auto ids, store.conversations().list_ids(after, kPage));
        for (const auto& id : ids) {
            TRY_ASSIGN(const auto row, store.conversations().find_conversation(id));
            TRY_ASSIGN(const bool gone,
                       row ? store.erasure().is_erased(row->conversation) : Result<bool>(false));
            if (!gone) {
                continue;
            }
            TRY(erase_conversation(store, id, store::ErasureCause::Restored, telemetry));
            ++erased;
        }
        if (static_cast<int>(ids.size()) < kPage) {
            return erased;
        }
        after = ids.back();
    }
}

Result<blobs::BlobInfo> commit_blob(store::Store& store, blobs::BlobWriter& writer,
                                    const Uuid& owner) {
    writer.before_name([&store, owner](const blobs::BlobInfo& info) -> Result<void> {
        TRY_ASSIGN(const auto hash, hash_of(info));
        return store.erasure().claim_blob(hash, owner);
    });
    return writer.commit();
}

}  // namespace oidor::pipeline

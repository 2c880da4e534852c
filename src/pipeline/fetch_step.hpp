// The step `fetch`: the announced recordings of a conversation are brought into the house.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "pipeline/account_options.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// What a fetch gives beside the bytes.
struct FetchedAudio {
    std::string media_type = {};
    std::int64_t size_bytes = 0;
};

/// Brings the bytes of a URL into a sink, through the address guard of `account`. Made by whoever
/// wires `net`.
using Fetcher = std::function<Result<FetchedAudio>(
    const std::string& url, const AccountOptions& account,
    const std::function<Result<void>(std::string_view)>& sink, const std::stop_token& stop)>;

/// Why a recording is not there, as its row keeps it; the page has a text for each.
inline constexpr std::array<std::string_view, 10> kRecordingReasons = {
    "absent",          "no_audio",    "empty",   "denied",    "source_error",
    "address_refused", "unreachable", "timeout", "too_large", "system_error"};

/// The reason that an error of a fetch stands for: one of kRecordingReasons.
std::string_view recording_reason(const Error& error);

/// True when the source itself answered so, with a status; false for our guard and the network.
bool is_answer_of_source(const Error& error);

/// Idempotent: what is stored is not fetched again. Safe to call from many threads.
class FetchStep {
  public:
    /// `telemetry` may be null: then nobody hears of a recording that is given up.
    FetchStep(store::Store& store, blobs::BlobStore& blobs, AccountLookup accounts, Fetcher fetcher,
              const Clock& clock, telemetry::Telemetry* telemetry = nullptr)
        : store_(store),
          blobs_(blobs),
          accounts_(std::move(accounts)),
          fetcher_(std::move(fetcher)),
          clock_(clock),
          telemetry_(telemetry) {}

    /// Fetches each recording that is not stored and queues `transcribe` when one was. Errors:
    /// Unavailable for what the source does not have yet, NotFound once it was asked for long
    /// enough since its last event, Forbidden for what is not allowed.
    Result<void> run(ConversationId id, const std::stop_token& stop);

    /// The pause after that many attempts; null: the queue's own back-off.
    [[nodiscard]] Result<std::optional<std::chrono::milliseconds>> delay_after(ConversationId id,
                                                                               int attempt) const;
    /// Writes what could not be had: `missing` where the source does not have it, `failed`
    /// otherwise; alerts once for each recording, however often it is asked for again later.
    Result<void> give_up(ConversationId id, const Error& error);

  private:
    Result<void> fetch_one(const Conversation& conversation, const AccountOptions& account,
                           Recording recording, const std::stop_token& stop);
    /// What a candidate has sent, whole, becomes the recording.
    Result<void> keep(const Conversation& conversation, Recording recording,
                      blobs::BlobWriter& writer, std::string_view first_bytes,
                      std::chrono::steady_clock::time_point started);
    [[nodiscard]] Result<bool> is_in_time(const Conversation& conversation,
                                          const AccountOptions& account) const;
    void alert(const Conversation& conversation, const Recording& recording, const Error& error);

    store::Store& store_;
    blobs::BlobStore& blobs_;
    AccountLookup accounts_;
    Fetcher fetcher_;
    const Clock& clock_;
    telemetry::Telemetry* telemetry_;
};

/// The media type that the first bytes of a file prove: `audio/mpeg`, `audio/wav`, `audio/ogg`,
/// `audio/flac`, `audio/mp4`; empty for what is no audio.
std::string sniff_media_type(std::string_view first_bytes);

}  // namespace oidor::pipeline

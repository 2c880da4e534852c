#include "pipeline/fetch_step.hpp"

#include <algorithm>

#include "base/failpoint.hpp"
#include "base/sha256.hpp"
#include "pipeline/erasure.hpp"
#include "pipeline/hear_again.hpp"
#include "pipeline/steps.hpp"

namespace oidor::pipeline {
namespace {

constexpr std::size_t kSniffed = 64;

/// The source does not have it, or not yet: after a day of asking, the recording is missing, not
/// failed.
bool means_absent(const Error& error) {
    return error.code == ErrorCode::NotFound || error.code == ErrorCode::Conflict;
}

/// A recording that is absent or no audio yet may come: the PBX compresses it for some seconds
/// after the call.
Error as_retryable(Error error) {
    if (means_absent(error) || error.code == ErrorCode::Unsupported) {
        error.code = ErrorCode::Unavailable;
    }
    return error;
}

bool is_retryable(const Error& error) {
    const auto fate = faces_of(as_retryable(error).code).fate;
    return fate == JobFate::BackOff || fate == JobFate::Wait;
}

/// What was asked for long enough: the source does not have it.
Error as_final(Error error) {
    if (is_retryable(error)) {
        error.code = ErrorCode::NotFound;
    }
    return error;
}

bool is_given_up(const Recording& recording) {
    return recording.state == RecordingState::Missing || recording.state == RecordingState::Failed;
}

bool to_fetch(const Recording& recording) {
    return recording.state != RecordingState::Stored && !recording.candidate_urls.empty();
}

bool is_mpeg_frame(std::string_view bytes) {
    return bytes.size() >= 2 && static_cast<unsigned char>(bytes[0]) == 0xFF &&
           (static_cast<unsigned char>(bytes[1]) & 0xE0U) == 0xE0U;
}

}  // namespace

bool is_answer_of_source(const Error& error) {
    // The form of net::error_of_status.
    return error.message.contains(": status ");
}

std::string_view recording_reason(const Error& error) {
    switch (error.code) {
        case ErrorCode::NotFound:
        case ErrorCode::Conflict: return "absent";
        case ErrorCode::Unsupported:
            return error.message.contains("empty file") ? "empty" : "no_audio";
        case ErrorCode::Unauthenticated: return "denied";
        case ErrorCode::Forbidden: return is_answer_of_source(error) ? "denied" : "address_refused";
        case ErrorCode::Invalid:
            return is_answer_of_source(error) ? "source_error" : "address_refused";
        case ErrorCode::RateLimited: return "source_error";
        case ErrorCode::Unavailable:
            return is_answer_of_source(error) ? "source_error" : "unreachable";
        case ErrorCode::Timeout: return "timeout";
        case ErrorCode::TooLarge: return "too_large";
        case ErrorCode::Cancelled:
        case ErrorCode::Corrupt:
        case ErrorCode::Internal: break;
    }
    return "system_error";
}

std::string sniff_media_type(std::string_view first_bytes) {
    const auto at = [first_bytes](std::size_t offset, std::string_view magic) {
        return first_bytes.size() >= offset + magic.size() &&
               first_bytes.substr(offset, magic.size()) == magic;
    };
    if (at(0, "ID3") || is_mpeg_frame(first_bytes)) {
        return "audio/mpeg";
    }
    if (at(0, "RIFF") && at(8, "WAVE")) {
        return "audio/wav";
    }
    if (at(0, "OggS")) {
        return "audio/ogg";
    }
    if (at(0, "fLaC")) {
        return "audio/flac";
    }
    return at(4, "ftyp") ? "audio/mp4" : "";
}

Result<void> FetchStep::run(ConversationId id, const std::stop_token& stop) {
    TRY_ASSIGN(const auto row, store_.conversations().find_conversation(id));
    if (!row) {
        return fail(ErrorCode::NotFound, "fetch: no conversation {}", id.text());
    }
    const auto account = accounts_(row->conversation.key.source, row->conversation.key.account);
    std::optional<Error> failure;
    for (const auto& recording : row->recordings) {
        if (!to_fetch(recording)) {
            continue;
        }
        auto fetched = fetch_one(row->conversation, account, recording, stop);
        if (fetched) {
            continue;
        }
        if (fetched.error().code != ErrorCode::Cancelled) {
            auto failed = recording;
            // What was given up stays so while a late event has it asked for again: it is alerted
            // once.
            failed.state = is_given_up(recording) ? recording.state : RecordingState::Fetching;
            failed.reason = recording_reason(fetched.error());
            TRY(store_.conversations().put_recording(failed, {}));
        }
        failure = std::move(fetched).error();
    }
    if (!failure) {
        return {};
    }
    TRY_ASSIGN(const bool in_time, is_in_time(row->conversation, account));
    return fail((in_time ? as_retryable(*std::move(failure)) : as_final(*std::move(failure)))
                    .within("fetch"));
}

Result<bool> FetchStep::is_in_time(const Conversation& conversation,
                                   const AccountOptions& account) const {
    // A late event is news of a recording: it is asked for as long again.
    auto since = conversation.created_at;
    TRY_ASSIGN(const auto events, store_.inbox().list_events_of(conversation.id));
    for (const auto& event : events) {
        since = std::max(since, event.received_at);
    }
    return clock_.now() - since < account.recording_give_up_after;
}

Result<void> FetchStep::fetch_one(const Conversation& conversation, const AccountOptions& account,
                                  Recording recording, const std::stop_token& stop) {
    const auto started = std::chrono::steady_clock::now();
    Error last{
        .code = ErrorCode::NotFound, .message = "no address was announced", .retry_after = {}};
    bool hopeful = false;
    TRY(fail_at<Failpoint::pipeline_fetch_before>());
    for (const auto& url : recording.candidate_urls) {
        TRY_ASSIGN(const auto writer, blobs_.open_writer());
        std::string first;
        const auto sink = [&](std::string_view bytes) -> Result<void> {
            if (first.size() < kSniffed) {
                first.append(bytes.substr(0, kSniffed - first.size()));
                if (first.size() >= 12 && sniff_media_type(first).empty()) {
                    return fail(ErrorCode::Unsupported,
                                "the source sent something that is no audio");
                }
            }
            return writer->write(bytes);
        };
        auto fetched = fetcher_(url, account, sink, stop);
        if (fetched && sniff_media_type(first).empty()) {
            const bool empty = fetched->size_bytes == 0;
            fetched = fail(ErrorCode::Unsupported, "the source sent {}",
                           empty ? "an empty file" : "something that is no audio");
        }
        if (!fetched) {
            const bool cancelled = fetched.error().code == ErrorCode::Cancelled;
            // A candidate that may still come outweighs one that never will: a link to a player
            // on another host must not end the wait for the file.
            const bool retryable = is_retryable(fetched.error());
            if (cancelled || retryable || !hopeful) {
                last = std::move(fetched).error();
                hopeful = retryable;
            }
            if (cancelled) {
                break;
            }
            continue;
        }
        return keep(conversation, std::move(recording), *writer, first, started);
    }
    return fail(std::move(last));
}

Result<void> FetchStep::keep(const Conversation& conversation, Recording recording,
                             blobs::BlobWriter& writer, std::string_view first_bytes,
                             std::chrono::steady_clock::time_point started) {
    TRY(fail_at<Failpoint::pipeline_fetch_after_download>());
    TRY_ASSIGN(const auto blob, commit_blob(store_, writer, recording.id.uuid));
    TRY(fail_at<Failpoint::pipeline_fetch_after_blob>());
    recording.state = RecordingState::Stored;
    recording.reason = {};
    recording.sha256 = blob.sha256_hex;
    recording.size_bytes = blob.size_bytes;
    recording.media_type = sniff_media_type(first_bytes);
    const auto put =
        store_.conversations().put_recording(recording, {transcribe_job(conversation)});
    if (!put && put.error().code == ErrorCode::NotFound) {
        // Erased meanwhile: the bytes go as well.
        TRY(store_.erasure().release_blob(parse_sha256(blob.sha256_hex).value_or(Sha256{}),
                                          recording.id.uuid));
    }
    TRY(put);
    TRY(fail_at<Failpoint::pipeline_fetch_after_row>());
    if (telemetry_ != nullptr) {
        telemetry_->emit(telemetry::Event::recording_stored,
                         {.source = conversation.key.source,
                          .account = conversation.key.account,
                          .conversation_id = conversation.id.uuid,
                          .recording_id = recording.id.uuid,
                          .duration = std::chrono::duration_cast<std::chrono::microseconds>(
                              std::chrono::steady_clock::now() - started),
                          .size_bytes = blob.size_bytes,
                          .stage = telemetry::Stage::Fetch});
    }
    return {};
}

Result<std::optional<std::chrono::milliseconds>> FetchStep::delay_after(ConversationId id,
                                                                        int attempt) const {
    TRY_ASSIGN(const auto row, store_.conversations().find_conversation(id));
    if (!row) {
        return std::optional<std::chrono::milliseconds>();
    }
    const auto account = accounts_(row->conversation.key.source, row->conversation.key.account);
    const auto& delays = account.recording_retry_delays;
    if (delays.empty()) {
        return std::optional<std::chrono::milliseconds>();
    }
    const auto index =
        std::min(static_cast<std::size_t>(std::max(attempt, 1) - 1), delays.size() - 1);
    return std::optional(delays[index]);
}

Result<void> FetchStep::give_up(ConversationId id, const Error& error) {
    TRY_ASSIGN(const auto row, store_.conversations().find_conversation(id));
    if (!row) {
        return {};
    }
    TRY(fail_at<Failpoint::pipeline_fetch_give_up>());
    bool one_is_stored = false;
    for (auto recording : row->recordings) {
        one_is_stored = one_is_stored || recording.state == RecordingState::Stored;
        if (!to_fetch(recording)) {
            continue;
        }
        const bool known = is_given_up(recording);
        // A refusal, ours or the source's, is a failure to repair; the rest was never there.
        recording.state = means_absent(error) ? RecordingState::Missing : RecordingState::Failed;
        recording.reason = recording.reason.value_or(std::string(recording_reason(error)));
        TRY(store_.conversations().put_recording(recording, {}));
        if (!known) {
            alert(row->conversation, recording, error);
        }
    }
    TRY_ASSIGN(const auto transcript, store_.conversations().find_transcript(id));
    if (one_is_stored || transcript) {
        return {};
    }
    const auto* const reason = means_absent(error) ? "recording_missing" : "recording_failed";
    return store_.conversations().put_state(id, ConversationState::NoRecording, reason, {});
}

void FetchStep::alert(const Conversation& conversation, const Recording& recording,
                      const Error& error) {
    if (telemetry_ == nullptr) {
        return;
    }
    const telemetry::Fields fields{.source = conversation.key.source,
                                   .account = conversation.key.account,
                                   .conversation_id = conversation.id.uuid,
                                   .recording_id = recording.id.uuid,
                                   .error_code = error.code,
                                   .stage = telemetry::Stage::Fetch,
                                   .reason = *recording.reason};
    if (recording.reason == "address_refused") {
        telemetry_->add(telemetry::Metric::pipeline_fetches_refused_total, 1, fields);
    }
    telemetry_->emit(recording.state == RecordingState::Missing
                         ? telemetry::Event::recording_missing
                         : telemetry::Event::recording_failed,
                     fields);
}

}  // namespace oidor::pipeline

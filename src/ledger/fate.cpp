#include "ledger/fate.hpp"

#include <algorithm>
#include <array>

namespace oidor::ledger {
namespace {

using store::JobState;
using store::ReceivedCall;

struct GapRow {
    Gap gap;
    std::string_view name;
    bool pending;
};

constexpr std::array kGaps = {
    GapRow{Gap::NotReceived, "not_received", false},
    GapRow{Gap::MapPending, "map_pending", true},
    GapRow{Gap::NotEnded, "not_ended", true},
    GapRow{Gap::NoRecordingAnnounced, "no_recording_announced", false},
    GapRow{Gap::NotRecorded, "not_recorded", false},
    GapRow{Gap::FetchPending, "fetch_pending", true},
    GapRow{Gap::RecordingMissing, "recording_missing", false},
    GapRow{Gap::RecordingFailed, "recording_failed", false},
    GapRow{Gap::TranscribePending, "transcribe_pending", true},
    GapRow{Gap::TranscribeFailed, "transcribe_failed", false},
    GapRow{Gap::NoSpeech, "no_speech", false},
    GapRow{Gap::AuditPending, "audit_pending", true},
    GapRow{Gap::AuditFailed, "audit_failed", false},
    GapRow{Gap::DeliveryPending, "delivery_pending", true},
    GapRow{Gap::DeliveryFailed, "delivery_failed", false},
    GapRow{Gap::DeadLetter, "dead_letter", false},
    GapRow{Gap::Inconsistent, "inconsistent", false},
};

/// A gap with its detail.
struct Stop {
    Gap gap = Gap::Inconsistent;
    std::string detail = {};
};
using MaybeStop = std::optional<Stop>;

const store::CallJob* find_job(const ReceivedCall& call, std::string_view kind) {
    const auto job = std::ranges::find(call.jobs, kind, &store::CallJob::kind);
    return job != call.jobs.end() ? &*job : nullptr;
}

bool is_active(const ReceivedCall& call, std::string_view kind) {
    const auto* const job = find_job(call, kind);
    return job != nullptr && (job->state == JobState::Queued || job->state == JobState::Running);
}

/// The code of a job that was given up, skipped or set aside; nothing where it was not.
std::optional<std::string> given_up(const ReceivedCall& call, std::string_view kind) {
    const auto* const job = find_job(call, kind);
    if (job == nullptr || job->state == JobState::Queued || job->state == JobState::Running ||
        job->state == JobState::Done) {
        return std::nullopt;
    }
    return job->state == JobState::Discarded ? "discarded" : job->error_code.value_or("");
}

/// A step that is under way, or one that was given up.
MaybeStop stop_at(const ReceivedCall& call, std::string_view kind, Gap pending, Gap failed) {
    if (is_active(call, kind)) {
        return Stop{.gap = pending, .detail = {}};
    }
    if (auto code = given_up(call, kind)) {
        return Stop{.gap = failed, .detail = *std::move(code)};
    }
    return std::nullopt;
}

/// A model is asked first, where a scorecard has questions; then it is judged with or without
/// answers.
MaybeStop stop_at_audit(const ReceivedCall& call) {
    if (is_active(call, "ask")) {
        return Stop{.gap = Gap::AuditPending, .detail = {}};
    }
    return stop_at(call, "audit", Gap::AuditPending, Gap::AuditFailed);
}

/// Of a recording that is not stored: on its way, given up, or nothing to tell.
MaybeStop stop_at_fetch(const ReceivedCall& call) {
    if (call.recordings_stored >= call.recordings) {
        return std::nullopt;
    }
    if (is_active(call, "fetch")) {
        return Stop{.gap = Gap::FetchPending, .detail = call.lacking_reason.value_or("")};
    }
    if (call.lacking_state == RecordingState::Missing) {
        return Stop{.gap = Gap::RecordingMissing, .detail = call.lacking_reason.value_or("")};
    }
    if (call.lacking_state == RecordingState::Failed) {
        return Stop{.gap = Gap::RecordingFailed, .detail = call.lacking_reason.value_or("")};
    }
    if (auto code = given_up(call, "fetch")) {
        return Stop{.gap = Gap::DeadLetter, .detail = *std::move(code)};
    }
    return std::nullopt;
}

MaybeStop stop_of_open(const ReceivedCall& call) {
    if (auto stop = stop_at(call, "map", Gap::MapPending, Gap::DeadLetter)) {
        return stop;
    }
    return Stop{.gap = Gap::NotEnded, .detail = {}};
}

MaybeStop stop_of_ended(const ReceivedCall& call) {
    if (auto stop = stop_at_fetch(call)) {
        return stop;
    }
    if (!call.transcribed) {
        if (auto stop =
                stop_at(call, "transcribe", Gap::TranscribePending, Gap::TranscribeFailed)) {
            return stop;
        }
    }
    if (auto stop = stop_at_audit(call)) {
        return stop;
    }
    if (auto stop = stop_at(call, "map", Gap::MapPending, Gap::DeadLetter)) {
        return stop;
    }
    return Stop{.gap = Gap::Inconsistent, .detail = "stalled"};
}

MaybeStop stop_of_no_recording(const ReceivedCall& call) {
    if (auto stop = stop_at_fetch(call); stop && call.reason != "not_recorded") {
        return stop;
    }
    if (is_active(call, "map")) {
        return Stop{.gap = Gap::MapPending, .detail = {}};
    }
    if (call.reason == "not_recorded") {
        return Stop{.gap = Gap::NotRecorded, .detail = {}};
    }
    if (call.recordings == 0) {
        return Stop{.gap = Gap::NoRecordingAnnounced, .detail = {}};
    }
    if (auto stop = stop_at(call, "transcribe", Gap::TranscribePending, Gap::TranscribeFailed)) {
        return stop;
    }
    if (auto stop = stop_at_audit(call)) {
        return stop;
    }
    return Stop{.gap = Gap::Inconsistent, .detail = "no_recording_yet_stored"};
}

MaybeStop stop_of_failed(const ReceivedCall& call) {
    const auto reason = call.reason.value_or("");
    if (is_active(call, "transcribe")) {
        return Stop{.gap = Gap::TranscribePending, .detail = {}};
    }
    if (is_active(call, "audit")) {
        return Stop{.gap = Gap::AuditPending, .detail = {}};
    }
    if (is_active(call, "map")) {
        return Stop{.gap = Gap::MapPending, .detail = {}};
    }
    return Stop{
        .gap = reason == "not_judged" ? Gap::AuditFailed : Gap::TranscribeFailed,
        .detail = reason == "not_judged" ? given_up(call, "audit").value_or(reason) : reason};
}

/// Judged, or looked at with nothing to judge: what may be lacking all the same.
MaybeStop stop_of_judged(const ReceivedCall& call) {
    if (auto stop = stop_at_fetch(call)) {
        return stop;
    }
    if (call.judged == 0 || call.judged < call.participations) {
        if (auto stop = stop_at_audit(call)) {
            return stop;
        }
        return Stop{.gap = Gap::Inconsistent, .detail = "audit_absent"};
    }
    if (call.state == ConversationState::NotAuditable && call.reason == "no_speech") {
        return Stop{.gap = Gap::NoSpeech, .detail = {}};
    }
    return std::nullopt;
}

MaybeStop stop_at_delivery(const ReceivedCall& call) {
    if (!call.delivery || !call.delivery->waiting) {
        return std::nullopt;
    }
    return Stop{.gap = call.delivery->stopped ? Gap::DeliveryFailed : Gap::DeliveryPending,
                .detail = call.delivery->stopped.value_or("")};
}

MaybeStop stop_of(const ReceivedCall& call) {
    switch (call.state) {
        case ConversationState::Open: return stop_of_open(call);
        case ConversationState::Ended: return stop_of_ended(call);
        case ConversationState::NoRecording: return stop_of_no_recording(call);
        case ConversationState::Failed: return stop_of_failed(call);
        case ConversationState::Audited:
        case ConversationState::NotAuditable: break;
    }
    return stop_of_judged(call);
}

}  // namespace

std::string_view format(Gap gap) { return kGaps[static_cast<std::size_t>(gap)].name; }

std::optional<Gap> parse_gap(std::string_view text) {
    const auto row = std::ranges::find(kGaps, text, &GapRow::name);
    return row != kGaps.end() ? std::optional(row->gap) : std::nullopt;
}

bool is_pending(Gap gap) { return kGaps[static_cast<std::size_t>(gap)].pending; }

Fate fate_of(const store::CallFacts& call) {
    Fate fate;
    fate.announced = call.announced.has_value();
    fate.received = call.received.has_value();
    if (!call.received) {
        fate.gap = Gap::NotReceived;
        return fate;
    }
    const auto& received = *call.received;
    fate.recorded = received.recordings > 0;
    fate.fetched = fate.recorded && received.recordings_stored == received.recordings;
    fate.transcribed = received.transcribed;
    fate.audited = received.state == ConversationState::Audited && received.judged > 0;
    fate.campaign_unmapped = received.campaign_unmapped;
    if (received.delivery) {
        fate.delivered = received.delivery->delivered;
    }
    auto stop = stop_of(received);
    stop = stop ? stop : stop_at_delivery(received);
    if (stop) {
        fate.gap = stop->gap;
        fate.detail = std::move(stop->detail);
        if (fate.gap == Gap::NoRecordingAnnounced && call.announced &&
            call.announced->recorded == true) {
            fate.detail = "listed_as_recorded";
        }
    }
    fate.not_auditable = !fate.gap && received.state == ConversationState::NotAuditable;
    return fate;
}

}  // namespace oidor::ledger

#include "pipeline/transcribe_step.hpp"

#include <algorithm>

#include "base/failpoint.hpp"
#include "base/sha256.hpp"
#include "pipeline/steps.hpp"

namespace oidor::pipeline {
namespace {

/// Longer than any engine needs for the longest recording; a hung child is killed then.
constexpr std::chrono::hours kHearingMax{6};

/// The file is what it is: trying again changes nothing.
bool is_final(const Error& error) {
    const auto fate = faces_of(error.code).fate;
    return fate == JobFate::Stop || fate == JobFate::Skip;
}

std::chrono::microseconds since(std::chrono::steady_clock::time_point started) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 started);
}

void move_by(Transcript& transcript, Milliseconds offset) {
    const auto move = [offset](std::optional<Milliseconds>& time) {
        if (time) {
            *time += offset;
        }
    };
    for (auto& segment : transcript.segments) {
        move(segment.start);
        move(segment.end);
        for (auto& word : segment.words) {
            move(word.start);
            move(word.end);
        }
    }
}

}  // namespace

Result<HearingChoice> choose_hearing(store::Directory& directory, const Conversation& conversation,
                                     const AccountOptions& account) {
    HearingChoice choice{.language = account.language,
                         .engine = account.speech_engine,
                         .agent_channel = account.agent_channel};
    if (!conversation.campaign.id) {
        return choice;
    }
    TRY_ASSIGN(const auto campaign, directory.find_campaign(*conversation.campaign.id));
    if (campaign) {
        choice.language = campaign->language.value_or(choice.language);
        choice.engine = campaign->speech_engine ? campaign->speech_engine : choice.engine;
        choice.agent_channel =
            campaign->agent_channel ? campaign->agent_channel : choice.agent_channel;
    }
    return choice;
}

void TranscribeStep::say(telemetry::Event event, const Conversation& conversation,
                         telemetry::Fields fields) {
    if (telemetry_ != nullptr) {
        fields.source = conversation.key.source;
        fields.account = conversation.key.account;
        fields.conversation_id = conversation.id.uuid;
        telemetry_->emit(event, fields);
    }
}

Result<AudioAnalysis> TranscribeStep::measure(const Conversation& conversation, Recording recording,
                                              const std::string& path, const Watch& watch) {
    const auto started = std::chrono::steady_clock::now();
    auto analysis = hearing_.analyse(path, watch);
    if (!analysis) {
        if (analysis.error().code == ErrorCode::Timeout) {
            say(telemetry::Event::decoder_killed, conversation,
                {.recording_id = recording.id.uuid,
                 .duration = since(started),
                 .error = &analysis.error(),
                 .stage = telemetry::Stage::Analyse});
        }
        if (is_final(analysis.error())) {
            recording.reason =
                analysis.error().message;  // stored as it is, and known to be unreadable
            TRY(store_.conversations().put_recording(recording, {}));
        }
        return analysis;
    }
    recording.duration = analysis->duration;
    recording.channels = static_cast<int>(analysis->channels.size());
    recording.analysis_json = format_audio_analysis(*analysis);
    TRY(fail_at<Failpoint::pipeline_transcribe_after_analysis>());
    TRY(store_.conversations().put_recording(recording, {}));
    say(telemetry::Event::recording_analysed, conversation,
        {.recording_id = recording.id.uuid,
         .duration = since(started),
         .audio_duration = analysis->duration,
         .stage = telemetry::Stage::Analyse});
    return analysis;
}

Result<void> TranscribeStep::run(ConversationId id, const std::stop_token& stop) {
    TRY_ASSIGN(const auto row, store_.conversations().find_conversation(id));
    if (!row) {
        return fail(ErrorCode::NotFound, "transcribe: no conversation {}", id.text());
    }
    const std::vector<store::JobSpec> next = {
        {.kind = std::string(kAudit), .key = id.text(), .priority = 0, .run_at = {}}};
    const auto account = accounts_(row->conversation.key.source, row->conversation.key.account);
    TRY_ASSIGN(const auto choice, choose_hearing(store_.directory(), row->conversation, account));
    const Watch watch{.deadline = Deadline::after(kHearingMax), .stop = stop, .heartbeat = {}};
    TRY_ASSIGN(const auto there, store_.conversations().find_transcript(id));
    if (there) {
        // Not heard, measured only; what cannot be read says so in its reason.
        for (const auto& recording : row->recordings) {
            if (recording.state == RecordingState::Stored && !recording.analysis_json) {
                TRY_ASSIGN(const auto path, blobs_.open_local(*recording.sha256));
                const auto measured = measure(row->conversation, recording, path->string(), watch);
                if (!measured && !is_final(measured.error())) {
                    return fail(measured.error());
                }
            }
        }
        return store_.queue().enqueue(next);
    }
    Transcript whole;
    Milliseconds offset{0};
    store::TranscriptRow stored;
    for (const auto& recording : row->recordings) {
        if (recording.state != RecordingState::Stored) {
            continue;
        }
        TRY_ASSIGN(const auto path, blobs_.open_local(*recording.sha256));
        TRY_ASSIGN(auto analysis, measure(row->conversation, recording, path->string(), watch));
        const auto started = std::chrono::steady_clock::now();
        TRY_ASSIGN(auto heard, hearing_.hear(path->string(), std::move(analysis),
                                             {.language = choice.language,
                                              .engine = choice.engine,
                                              .agent_channel = choice.agent_channel,
                                              .watch = watch}));
        if (heard.engine != kSilence) {
            say(telemetry::Event::recording_transcribed, row->conversation,
                {.recording_id = recording.id.uuid,
                 .duration = since(started),
                 .audio_duration = heard.analysis.duration,
                 .stage = telemetry::Stage::Transcribe,
                 .engine = heard.engine});
        }
        move_by(heard.transcript, offset);
        offset += heard.analysis.duration;
        whole.language = heard.transcript.language;
        std::ranges::move(heard.transcript.segments, std::back_inserter(whole.segments));
        stored.origin = heard.engine;
        stored.quality_note = heard.quality_note;
    }
    if (stored.origin.empty()) {
        return {};  // nothing is stored yet; the fetch step queues this again
    }
    whole.duration = offset;
    stored.json = format_transcript(whole);
    stored.sha256_hex = sha256_hex(stored.json);
    stored.created_at = clock_.now();
    TRY(fail_at<Failpoint::pipeline_transcribe_before_row>());
    TRY_ASSIGN(const bool fresh, store_.conversations().put_transcript(id, stored, next));
    TRY(fail_at<Failpoint::pipeline_transcribe_after_row>());
    if (fresh) {
        say(telemetry::Event::transcript_stored, row->conversation,
            {.stage = telemetry::Stage::Transcribe, .engine = stored.origin});
    }
    return {};
}

namespace {

/// Why nothing was heard, as a word of the closed list; the job keeps the rest.
std::string_view reason_not_heard(ErrorCode code) {
    switch (code) {
        case ErrorCode::Unsupported: return "no_engine";
        case ErrorCode::Invalid:
        case ErrorCode::Corrupt: return "unreadable_audio";
        case ErrorCode::TooLarge: return "too_long";
        case ErrorCode::Timeout: return "took_too_long";
        default: return "not_heard";
    }
}

}  // namespace

Result<void> TranscribeStep::give_up(ConversationId id, const Error& error) {
    return store_.conversations().put_state(id, ConversationState::Failed,
                                            std::string(reason_not_heard(error.code)), {});
}

}  // namespace oidor::pipeline

#include "pipeline/transcribe_step.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

/// Where nobody was found to speak, a person says that somebody does: engines look everywhere.
void hear_everywhere(AudioAnalysis& analysis) {
    const bool silent = std::ranges::all_of(
        analysis.channels, [](const ChannelAnalysis& channel) { return channel.speech.empty(); });
    for (auto& channel : analysis.channels) {
        if (silent && analysis.duration > Milliseconds(0)) {
            channel.speech = {{.start = Milliseconds(0), .end = analysis.duration}};
        }
    }
}

/// Words of a closed list, apart by commas.
std::string join_words(const std::set<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ","));
}

std::vector<store::JobSpec> audit_after_hearing(ConversationId id) {
    return {{.kind = std::string(kAudit), .key = id.text(), .priority = 0, .run_at = {}}};
}

bool has_heard_words(const Transcript& transcript) {
    return std::ranges::any_of(transcript.segments,
                               [](const Segment& segment) { return !segment.text.empty(); });
}

/// Handed in by people: no engine's words take its place.
bool is_provided(const store::TranscriptRow& transcript) { return transcript.origin == "provided"; }

/// What was measured of it, unless we measure more by now.
std::optional<AudioAnalysis> find_measured(const Recording& recording) {
    if (!recording.analysis_json) {
        return std::nullopt;
    }
    auto analysis = parse_audio_analysis(*recording.analysis_json);
    return analysis && analysis->version == kAnalysisVersion ? std::optional(std::move(*analysis))
                                                             : std::nullopt;
}

int count_stored(const store::ConversationRow& row) {
    return static_cast<int>(
        std::ranges::count(row.recordings, RecordingState::Stored, &Recording::state));
}

}  // namespace

Result<HearingChoice> choose_hearing(store::Directory& directory, const Conversation& conversation,
                                     const AccountOptions& account) {
    const bool outbound =
        conversation.direction == Direction::Outbound && account.agent_channel_outbound;
    HearingChoice choice{
        .language = account.language,
        .engine = account.speech_engine,
        .agent_channel = outbound ? account.agent_channel_outbound : account.agent_channel,
        .language_candidates = account.speech_languages};
    if (!conversation.campaign.id) {
        return choice;
    }
    TRY_ASSIGN(const auto campaign, directory.find_campaign(*conversation.campaign.id));
    if (campaign) {
        if (campaign->language) {
            choice.language = *campaign->language;
            choice.language_candidates.clear();
        }
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
        if (audio::was_killed(analysis.error())) {
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

/// Everything that one run works on.
struct TranscribeStep::Task {
    store::ConversationRow row = {};
    AccountOptions account = {};
    HearingChoice choice = {};
    store::HearingRow hearing = {};
    std::optional<Timestamp> seen_at = {};  ///< When that was written; null: it is not stored.
    bool asked_for = false;                 ///< Somebody wants it heard again.
    bool to_hear = true;                    ///< Else it is measured only.
    bool provided = false;                  ///< Its transcript was handed in.
    Watch watch = {};
};

/// What all recordings of a conversation came to.
struct TranscribeStep::Heard {
    Transcript whole = {};
    std::string origin = {};
    std::optional<std::string> quality_note = {};
    std::set<std::string> doubts = {};
    int recordings = 0;
};

Result<TranscribeStep::Task> TranscribeStep::prepare(ConversationId id,
                                                     const std::stop_token& stop) {
    TRY_ASSIGN(auto row, store_.conversations().find_conversation(id));
    if (!row) {
        return fail(ErrorCode::NotFound, "transcribe: no conversation {}", id.text());
    }
    Task task;
    task.row = std::move(*row);
    const auto& conversation = task.row.conversation;
    task.account = accounts_(conversation.key.source, conversation.key.account);
    TRY_ASSIGN(task.choice, choose_hearing(store_.directory(), conversation, task.account));
    task.watch = {.deadline = Deadline::after(kHearingMax), .stop = stop, .heartbeat = {}};
    TRY_ASSIGN(auto hearing, store_.speech_records().find_hearing(id));
    TRY_ASSIGN(const auto there, store_.conversations().find_transcript(id));
    // What failed is still wanted, however its job came back.
    task.asked_for = hearing && (hearing->state == store::HearingState::Waiting ||
                                 hearing->state == store::HearingState::Failed);
    task.provided = there && is_provided(*there);
    // Another recording came behind those that were heard; or a process died before it could say
    // how hearing ended. What was paid for is found again.
    const bool more = !hearing || count_stored(task.row) > hearing->recordings;
    task.to_hear = !there || (!task.provided && (task.asked_for || more));
    task.seen_at = hearing ? std::optional(hearing->updated_at) : std::nullopt;
    task.hearing = hearing.value_or(store::HearingRow{});
    task.hearing.conversation = id;
    if (task.hearing.wanted_engine) {
        task.choice.engine = task.hearing.wanted_engine;
    }
    return task;
}

Result<void> TranscribeStep::measure_only(const Task& task) {
    // What cannot be read says so in its reason.
    for (const auto& recording : task.row.recordings) {
        if (recording.state == RecordingState::Stored && !recording.analysis_json) {
            TRY_ASSIGN(const auto path, blobs_.open_local(*recording.sha256));
            const auto measured =
                measure(task.row.conversation, recording, path->string(), task.watch);
            if (!measured && !is_final(measured.error())) {
                return fail(measured.error());
            }
        }
    }
    if (task.provided && task.asked_for) {
        // What could not be heard was handed in.
        auto row = task.hearing;
        row.state = store::HearingState::Heard;
        row.reason.reset();
        TRY(store_.speech_records().end_hearing(row, task.seen_at));
    }
    return store_.queue().enqueue(audit_after_hearing(task.row.conversation.id));
}

Result<std::vector<TranscribeStep::Measured>> TranscribeStep::measure_all(const Task& task) {
    std::vector<Measured> measured;
    const bool by_url = speech::takes_urls(task.choice.engine.value_or(""));
    for (const auto& recording : task.row.recordings) {
        if (recording.state != RecordingState::Stored) {
            continue;
        }
        Measured one{.recording = recording};
        // A job that looks whether its order is done comes often: it fetches nothing.
        const auto known = by_url ? find_measured(recording) : std::nullopt;
        if (known) {
            one.analysis = *known;
            measured.push_back(std::move(one));
            continue;
        }
        TRY_ASSIGN(one.file, blobs_.open_local(*recording.sha256));
        TRY_ASSIGN(one.analysis,
                   measure(task.row.conversation, recording, one.file->string(), task.watch));
        measured.push_back(std::move(one));
    }
    return measured;
}

Result<std::optional<std::string_view>> TranscribeStep::compare_with_call(
    const Task& task, std::vector<Measured>& measured, const Timeline& timeline) {
    const auto stated = task.row.conversation.duration_s;
    if (!task.account.recording_covers_call || !stated || *stated <= 0 || measured.empty()) {
        return std::optional<std::string_view>();
    }
    auto recorded = timeline.duration;
    for (const auto& place : timeline.places) {
        recorded -= place.gap;
    }
    const auto word = oidor::compare_with_call(recorded, std::chrono::seconds(*stated));
    auto& first = measured.front();
    // Another recording may have come since the last comparison.
    auto warnings = std::exchange(first.analysis.warnings, {});
    for (const auto& warning : warnings) {
        if (warning != kShorterThanCall && warning != kLongerThanCall) {
            add_warning(first.analysis, warning);
        }
    }
    if (word) {
        add_warning(first.analysis, *word);
    }
    if (first.analysis.warnings != warnings) {
        auto recording = first.recording;
        recording.duration = first.analysis.duration;
        recording.channels = static_cast<int>(first.analysis.channels.size());
        recording.analysis_json = format_audio_analysis(first.analysis);
        TRY(store_.conversations().put_recording(recording, {}));
    }
    return word;
}

Result<HeardRecording> TranscribeStep::hear_one(const Task& task, const Measured& measured) {
    const auto& conversation = task.row.conversation;
    const auto& content = *measured.recording.sha256;
    const SpeechOrder order{.conversation = conversation,
                            .time_zone = task.account.time_zone,
                            .audio = parse_sha256(content).value_or(Sha256{}),
                            .duration = measured.analysis.duration,
                            .not_before = task.asked_for ? task.hearing.not_before : std::nullopt,
                            .wanted_at = task.asked_for ? task.seen_at : std::nullopt};
    HearingOptions options;
    options.language = task.choice.language;
    options.engine = task.choice.engine;
    options.agent_channel = task.choice.agent_channel;
    options.language_candidates = task.choice.language_candidates;
    options.phrases = task.account.speech_phrases;
    options.audio_url = [this, &content](std::chrono::seconds lifetime) {
        return blobs_.sign_url(content, lifetime);
    };
    options.source = conversation.key.source;
    options.direction = conversation.direction;
    options.ask = [this, &order](const EngineCall& call) { return desk_.ask(order, call); };
    options.although_silent = task.asked_for && task.hearing.wanted_engine.has_value();
    options.watch = task.watch;
    const auto started = std::chrono::steady_clock::now();
    auto analysis = measured.analysis;
    if (options.although_silent) {
        hear_everywhere(analysis);
    }
    const auto path = measured.file ? measured.file->string() : std::string();
    TRY_ASSIGN(auto heard, hearing_.hear(path, std::move(analysis), options));
    if (heard.engine != kSilence) {
        say(telemetry::Event::recording_transcribed, conversation,
            {.recording_id = measured.recording.id.uuid,
             .duration = since(started),
             .audio_duration = heard.analysis.duration,
             .stage = telemetry::Stage::Transcribe,
             .engine = heard.engine});
    }
    return heard;
}

Result<TranscribeStep::Heard> TranscribeStep::hear_all(const Task& task,
                                                       std::vector<Measured> measured) {
    std::vector<TimelinePart> parts;
    for (const auto& one : measured) {
        // No source states when a recording of its own began: they follow each other.
        parts.push_back({.started_at = {},
                         .duration = one.analysis.duration,
                         .channels = static_cast<int>(one.analysis.channels.size())});
    }
    const auto timeline = place_on_timeline(parts);
    TRY_ASSIGN(const auto difference, compare_with_call(task, measured, timeline));
    Heard all;
    if (difference == kShorterThanCall) {
        all.whole.add_finding(kShorterThanCall);
    }
    for (std::size_t i = 0; i < measured.size(); ++i) {
        TRY_ASSIGN(auto heard, hear_one(task, measured[i]));
        move_transcript(heard.transcript, timeline.places.at(i));
        append_recording(all.whole, std::move(heard.transcript), Milliseconds(0));
        // Of several, the one that heard words names the transcript.
        if (all.origin.empty() || all.origin == kSilence) {
            all.origin = heard.engine;
        }
        all.quality_note = heard.quality_note ? heard.quality_note : all.quality_note;
        all.doubts.insert(heard.doubts.begin(), heard.doubts.end());
        ++all.recordings;
    }
    std::ranges::stable_sort(all.whole.segments, {}, [](const Segment& segment) {
        return segment.start.value_or(Milliseconds(0));
    });
    all.whole.duration = timeline.duration;
    return all;
}

Result<void> TranscribeStep::keep(const Task& task, const Heard& heard) {
    const auto& conversation = task.row.conversation;
    store::TranscriptRow stored;
    stored.json = format_transcript(heard.whole);
    stored.sha256_hex = sha256_hex(stored.json);
    stored.origin = heard.origin;
    stored.quality_note = heard.quality_note;
    stored.created_at = clock_.now();
    TRY(fail_at<Failpoint::pipeline_transcribe_before_row>());
    TRY_ASSIGN(const bool fresh,
               store_.conversations().put_transcript(conversation.id, stored,
                                                     audit_after_hearing(conversation.id)));
    TRY(fail_at<Failpoint::pipeline_transcribe_after_row>());
    auto row = task.hearing;
    row.state = store::HearingState::Heard;
    row.reason.reset();
    if (!has_heard_words(heard.whole)) {
        row.state = store::HearingState::NoSpeech;
        row.reason = heard.origin == kSilence ? "silence" : "no_words";
    } else if (!heard.doubts.empty()) {
        row.state = store::HearingState::Suspect;
        row.reason = join_words(heard.doubts);
    }
    row.engine = heard.origin;
    row.not_before.reset();
    row.recordings = heard.recordings;
    // Where somebody asked again meanwhile, that stands, and its job comes behind this one.
    TRY(store_.speech_records().end_hearing(row, task.seen_at));
    if (fresh) {
        say(telemetry::Event::transcript_stored, conversation,
            {.stage = telemetry::Stage::Transcribe, .engine = stored.origin});
    }
    if (row.state == store::HearingState::Suspect) {
        say(telemetry::Event::hearing_suspect, conversation,
            {.stage = telemetry::Stage::Transcribe, .engine = stored.origin});
    }
    return {};
}

Result<void> TranscribeStep::run(ConversationId id, const std::stop_token& stop) {
    TRY_ASSIGN(const auto task, prepare(id, stop));
    if (!task.to_hear) {
        return measure_only(task);
    }
    TRY_ASSIGN(auto measured, measure_all(task));
    if (measured.empty()) {
        return {};  // nothing is stored yet; the fetch step queues this again
    }
    TRY_ASSIGN(const auto heard, hear_all(task, std::move(measured)));
    return keep(task, heard);
}

namespace {

/// Why nothing was heard, as a word of the closed list; the job keeps the rest.
std::string_view reason_not_heard(const Error& error) {
    // Engines and the desk begin their messages with who they are; all else is the recording's.
    const bool asked =
        error.message.starts_with("engine ") || error.message.starts_with("speech: ");
    if (asked && (error.code == ErrorCode::Invalid || error.code == ErrorCode::Corrupt)) {
        return "not_heard";
    }
    if (!asked && error.code == ErrorCode::NotFound) {
        return "not_heard";
    }
    switch (error.code) {
        case ErrorCode::Unsupported: return "no_engine";
        case ErrorCode::Invalid:
        case ErrorCode::Corrupt: return "unreadable_audio";
        case ErrorCode::TooLarge: return "too_long";
        case ErrorCode::Timeout: return "took_too_long";
        case ErrorCode::Unauthenticated:
        case ErrorCode::Forbidden: return "engine_refuses_key";
        case ErrorCode::NotFound: return "no_such_engine_model";
        case ErrorCode::Unavailable: return "engine_away";
        default: return "not_heard";
    }
}

}  // namespace

Result<void> TranscribeStep::give_up(ConversationId id, const Error& error) {
    const auto reason = std::string(reason_not_heard(error));
    TRY(store_.conversations().put_state(id, ConversationState::Failed, reason, {}));
    const auto task = prepare(id, {});
    if (!task) {
        // Erased meanwhile; anything else is tried again.
        return task.error().code == ErrorCode::NotFound ? Result<void>() : fail(task.error());
    }
    auto row = task->hearing;
    row.state = store::HearingState::Failed;
    row.reason = reason;
    row.engine = task->choice.engine;
    TRY(store_.speech_records().end_hearing(row, task->seen_at));
    return {};
}

}  // namespace oidor::pipeline

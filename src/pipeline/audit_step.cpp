#include "pipeline/audit_step.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "audit/audio_measures.hpp"
#include "audit/criteria_score.hpp"
#include "base/failpoint.hpp"
#include "base/sha256.hpp"
#include "domain/audio_analysis.hpp"
#include "domain/timeline.hpp"
#include "pipeline/steps.hpp"
#include "pipeline/transcribe_step.hpp"

namespace oidor::pipeline {
namespace {

std::optional<audit::NotAuditable> not_auditable(const Conversation& conversation) {
    switch (conversation.outcome) {
        case CallOutcome::NoAnswer:
        case CallOutcome::Busy:
        case CallOutcome::Cancelled:
        case CallOutcome::Failed: return audit::NotAuditable::Abandoned;
        case CallOutcome::Answered:
        case CallOutcome::Unknown: break;
    }
    return conversation.direction == Direction::Internal
               ? std::optional(audit::NotAuditable::Internal)
               : std::nullopt;
}

/// A moment on the conversation's timeline, which begins when the first agent's part does: what is
/// recorded begins with the answer, not with the ringing. Nothing when an end is unknown or lies
/// before the start.
std::optional<Milliseconds> on_timeline(const store::ConversationRow& row,
                                        const std::optional<Timestamp>& moment) {
    std::optional<Timestamp> zero;
    for (const auto& part : row.participations) {
        if (part.from && (!zero || *part.from < *zero)) {
            zero = part.from;
        }
    }
    if (!zero || !moment || *moment < *zero) {
        return std::nullopt;
    }
    return std::chrono::duration_cast<Milliseconds>(*moment - *zero);
}

/// Talk of all channels together and what else was measured, where the recordings were.
void add_measured(const store::ConversationRow& row, const Transcript& transcript,
                  audit::Facts& facts) {
    std::vector<AudioAnalysis> analyses;
    std::vector<TimelinePart> parts;
    for (const auto& recording : row.recordings) {
        if (!recording.analysis_json) {
            continue;
        }
        if (auto analysis = parse_audio_analysis(*recording.analysis_json)) {
            parts.push_back({.started_at = {},
                             .duration = analysis->duration,
                             .channels = static_cast<int>(analysis->channels.size())});
            analyses.push_back(std::move(analysis).value());
        }
    }
    if (analyses.empty()) {
        return;
    }
    const auto whole = merge_analyses(analyses, place_on_timeline(parts));
    facts.speech = whole.duration - total_time(whole.unrecorded) - whole.silence;
    audit::add_audio_measures(whole, transcript, facts);
    if (row.conversation.duration_s) {
        audit::add_recorded_share(whole, std::chrono::seconds(*row.conversation.duration_s), facts);
    }
}

}  // namespace

audit::Facts facts_of(const store::ConversationRow& row, const Participation& part,
                      const Transcript& transcript) {
    const auto& conversation = row.conversation;
    audit::Facts facts;
    if (conversation.duration_s) {
        facts.duration = std::chrono::seconds(*conversation.duration_s);
    } else {
        facts.duration = transcript.duration;
    }
    facts.direction = conversation.direction;
    if (row.participations.size() > 1) {
        facts.participation_from = on_timeline(row, part.from);
        facts.participation_to = on_timeline(row, part.to);
    }
    facts.not_auditable = not_auditable(conversation);
    facts.chat = conversation.kind == ConversationKind::Chat;
    add_measured(row, transcript, facts);
    return facts;
}

namespace {
bool has_words(const Transcript& transcript) {
    return std::ranges::any_of(transcript.segments,
                               [](const Segment& segment) { return !segment.text.empty(); });
}

std::string input_hash(const audit::Receipt& receipt) {
    return sha256_hex(fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", receipt.scoring,
                                  receipt.audio_sha256.value_or(""), receipt.transcript_sha256,
                                  receipt.facts_sha256, receipt.answers_sha256.value_or(""),
                                  receipt.scorecard_sha256, receipt.packs_sha256));
}

}  // namespace

Result<store::AuditRow> AuditStep::judge(const store::ConversationRow& row,
                                         const Participation& part, const Transcript& transcript,
                                         const audit::Auditor& auditor,
                                         const audit::ModelAnswers* answers) {
    audit::SourceHashes hashes;
    if (row.recordings.size() == 1) {
        hashes.audio_sha256 = row.recordings.front().sha256;
    }
    const auto judged = auditor.judge(transcript, facts_of(row, part, transcript), hashes, answers);
    store::AuditRow stored{
        .id = AuditId::make(),
        .participation = part.id,
        .conversation = row.conversation.id,
        .scorecard_id = judged.scorecard_id,
        .scorecard_version = static_cast<int>(judged.scorecard_version),
        .input_sha256 = input_hash(judged.receipt),
        .current = true,
        .auditable = judged.auditable,
        .reason = {},
        .quality_score = {},
        .criteria_score = {},
        .quality_category = judged.category,
        .needs_review = judged.needs_review(),
        .json = audit::format_audit(
            judged,
            {.input = {}, .conversation_id = row.conversation.id.text(), .agent = part.agent.id}),
        .created_at = clock_.now()};
    if (judged.reason) {
        stored.reason = std::string(audit::format(*judged.reason));
    }
    if (judged.score) {
        stored.quality_score = static_cast<int>(judged.score->round_half_even());
    }
    if (const auto score = audit::criteria_score(judged)) {
        stored.criteria_score = static_cast<int>(*score);
    }
    return stored;
}

Result<void> AuditStep::run(ConversationId id) {
    TRY_ASSIGN(const auto row, store_.conversations().find_conversation(id));
    if (!row) {
        return fail(ErrorCode::NotFound, "audit: no conversation {}", id.text());
    }
    const auto account = accounts_(row->conversation.key.source, row->conversation.key.account);
    TRY_ASSIGN(const auto choice, choose_hearing(store_.directory(), row->conversation, account));
    TRY_ASSIGN(const auto stored, store_.conversations().find_transcript(id));
    Transcript transcript;
    if (stored) {
        TRY_ASSIGN(transcript, parse_transcript(stored->json));
    } else if (!not_auditable(row->conversation)) {
        return {};  // its transcript is on its way; the step that stores it queues this again
    }
    const auto language = transcript.language.value_or(choice.language);
    TRY_ASSIGN(const auto auditor, judges_.choose(row->conversation, language));
    KnownAnswers known;
    if (ask_ != nullptr && stored && has_words(transcript) && !not_auditable(row->conversation)) {
        TRY_ASSIGN(known, ask_->find(id, auditor->scorecard(), *stored,
                                     {.language = language, .country = account.country}));
    }
    if (known.to_ask) {
        return store_.queue().enqueue(
            {{.kind = std::string(kAsk), .key = id.text(), .priority = 0, .run_at = {}}});
    }
    std::vector<store::AuditRow> audits;
    std::vector<std::chrono::microseconds> durations;
    for (const auto& part : row->participations) {
        const auto started = std::chrono::steady_clock::now();
        TRY_ASSIGN(auto judged, judge(*row, part, transcript, *auditor,
                                      known.answers ? &*known.answers : nullptr));
        audits.push_back(std::move(judged));
        durations.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - started));
    }
    return put_audits(*row, audits, durations);
}

Result<void> AuditStep::put_audits(const store::ConversationRow& row,
                                   const std::vector<store::AuditRow>& audits,
                                   const std::vector<std::chrono::microseconds>& durations) {
    const auto auditable = std::ranges::find(audits, true, &store::AuditRow::auditable);
    const bool any = auditable != audits.end();
    TRY(fail_at<Failpoint::pipeline_audit_before_row>());
    for (std::size_t i = 0; i < audits.size(); ++i) {
        const auto& audit = audits[i];
        TRY(store_.conversations().put_audit(
            audit, any ? ConversationState::Audited : ConversationState::NotAuditable,
            any ? std::nullopt : audit.reason));
        say(telemetry::Event::conversation_audited, row.conversation,
            {.participation_id = audit.participation.uuid, .duration = durations[i]});
    }
    TRY(fail_at<Failpoint::pipeline_audit_after_row>());
    if (!any) {
        say(telemetry::Event::conversation_not_auditable, row.conversation, {});
    }
    return {};
}

void AuditStep::say(telemetry::Event event, const Conversation& conversation,
                    telemetry::Fields fields) {
    if (telemetry_ != nullptr) {
        fields.source = conversation.key.source;
        fields.account = conversation.key.account;
        fields.conversation_id = conversation.id.uuid;
        fields.stage = telemetry::Stage::Audit;
        telemetry_->emit(event, fields);
    }
}

Result<void> AuditStep::give_up(ConversationId id, const Error& /*error*/) {
    // A word of the closed list; the job keeps what happened.
    return store_.conversations().put_state(id, ConversationState::Failed, "not_judged", {});
}

}  // namespace oidor::pipeline

#include "pipeline/ask_step.hpp"

#include "base/sha256.hpp"
#include "pipeline/steps.hpp"
#include "pipeline/transcribe_step.hpp"

namespace oidor::pipeline {
namespace {

std::vector<store::JobSpec> audit_job(ConversationId id) {
    return {{.kind = std::string(kAudit), .key = id.text(), .priority = 0, .run_at = {}}};
}

/// Why an inquiry waits or failed, as a word of a closed list; the job keeps the rest.
std::string_view reason_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::RateLimited: return "model_busy";
        case ErrorCode::Timeout: return "model_slow";
        case ErrorCode::Unauthenticated:
        case ErrorCode::Forbidden: return "model_refuses_key";
        case ErrorCode::NotFound: return "no_such_model";
        case ErrorCode::Corrupt: return "model_out_of_form";
        default: return "model_away";
    }
}

Sha256 input_of(const models::Inquiry& inquiry, const std::string& transcript_sha256,
                const std::string& model) {
    return sha256(models::inquiry_sha256(inquiry, transcript_sha256, model));
}

}  // namespace

/// Everything that one run works on.
struct AskStep::Task {
    store::ConversationRow row = {};
    store::TranscriptRow transcript = {};
    models::Inquiry inquiry = {};
    store::ModelAnswersRow record = {};  ///< As it will be stored, without answers yet.
    bool answered = false;
    bool waits = false;  ///< It was put off before: it has been judged without answers.
};

Result<KnownAnswers> AskStep::find(ConversationId id, const audit::Scorecard& scorecard,
                                   const store::TranscriptRow& transcript,
                                   const InquiryPlace& place) {
    const auto inquiry = make_inquiry(scorecard, place, parts_.endpoint.fields);
    KnownAnswers known;
    if (is_empty(inquiry)) {
        return known;
    }
    TRY_ASSIGN(const auto stored,
               parts_.store.model_records().find_answers(
                   id, input_of(inquiry, transcript.sha256_hex, parts_.endpoint.model->name())));
    known.to_ask = !stored;
    if (stored && stored->state == store::InquiryState::Answered) {
        TRY_ASSIGN(known.answers, to_audit_answers(stored->json));
    }
    return known;
}

Result<std::optional<AskStep::Task>> AskStep::prepare(ConversationId id) {
    auto& conversations = parts_.store.conversations();
    TRY_ASSIGN(auto row, conversations.find_conversation(id));
    if (!row) {
        return fail(ErrorCode::NotFound, "ask: no conversation {}", id.text());
    }
    TRY_ASSIGN(auto stored, conversations.find_transcript(id));
    if (!stored) {
        return std::optional<Task>();  // the step that stores one queues `audit`, and that this
    }
    const auto account =
        parts_.accounts(row->conversation.key.source, row->conversation.key.account);
    TRY_ASSIGN(const auto choice,
               choose_hearing(parts_.store.directory(), row->conversation, account));
    TRY_ASSIGN(const auto transcript, parse_transcript(stored->json));
    const auto language = transcript.language.value_or(choice.language);
    TRY_ASSIGN(const auto auditor, parts_.judges.choose(row->conversation, language));
    Task task;
    task.inquiry =
        make_inquiry(auditor->scorecard(), {.language = language, .country = account.country},
                     parts_.endpoint.fields);
    auto& record = task.record;
    record.conversation = id;
    record.scorecard_id = auditor->scorecard().id;
    record.scorecard_version = static_cast<int>(auditor->scorecard().version);
    record.model = parts_.endpoint.model->name();
    record.prompt_version = models::kPromptVersion;
    record.input_sha256 = input_of(task.inquiry, stored->sha256_hex, record.model);
    TRY_ASSIGN(const auto known,
               parts_.store.model_records().find_answers(id, record.input_sha256));
    task.answered = known && known->state == store::InquiryState::Answered;
    task.waits = known.has_value();
    task.row = std::move(*row);
    task.transcript = std::move(*stored);
    return std::optional(std::move(task));
}

Result<void> AskStep::run(ConversationId id, const std::stop_token& stop) {
    TRY_ASSIGN(auto task, prepare(id));
    if (!task) {
        return {};
    }
    if (task->answered || is_empty(task->inquiry)) {
        return parts_.store.queue().enqueue(audit_job(id));
    }
    TRY_ASSIGN(const auto transcript, parse_transcript(task->transcript.json));
    auto& records = parts_.store.model_records();
    StorePurse purse(records, parts_.clock, parts_.endpoint, parts_.telemetry);
    const auto answers = parts_.endpoint.asker->ask(transcript, task->inquiry, purse, stop);
    if (!answers) {
        const auto& error = answers.error();
        const auto fate = faces_of(error.code).fate;
        if (fate == JobFate::Wait || fate == JobFate::BackOff) {
            TRY(put_off(*task, purse.is_empty() ? "budget" : reason_of(error.code)));
            if (purse.is_empty()) {
                TRY(records.add_spending(spending_day(parts_.clock.now()), task->record.model,
                                         {.put_off = 1}));
            }
        }
        return fail(error);
    }
    auto record = task->record;
    record.state = store::InquiryState::Answered;
    record.json = models::format_answers(*answers);
    TRY_ASSIGN(const bool fresh, records.put_answers(record, audit_job(id)));
    if (fresh) {
        count(*answers);
        say(telemetry::Event::model_answers_stored, task->row.conversation, nullptr);
    }
    return {};
}

Result<void> AskStep::put_off(const Task& task, std::string_view reason) {
    auto record = task.record;
    record.state = store::InquiryState::Waiting;
    record.reason = reason;
    // Judged once without answers; then only with them.
    TRY(parts_.store.model_records().put_answers(
        record, task.waits ? std::vector<store::JobSpec>() : audit_job(task.record.conversation)));
    say(telemetry::Event::model_inquiry_put_off, task.row.conversation, nullptr);
    return {};
}

Result<void> AskStep::give_up(ConversationId id, const Error& error) {
    TRY_ASSIGN(const auto task, prepare(id));
    if (!task || task->answered) {
        return {};
    }
    auto record = task->record;
    record.state = store::InquiryState::Failed;
    record.reason = reason_of(error.code);
    TRY(parts_.store.model_records().put_answers(record, audit_job(id)));
    say(telemetry::Event::model_inquiry_given_up, task->row.conversation, &error);
    return {};
}

void AskStep::count(const models::Answers& answers) {
    if (parts_.telemetry == nullptr) {
        return;
    }
    double verified = 0;
    double unproved = 0;
    for (const auto& answer : answers.answers) {
        const bool honest = answer.state == models::AnswerState::NotAnswered;
        verified += answer.state == models::AnswerState::Verified ? 1 : 0;
        unproved += answer.state == models::AnswerState::Verified || honest ? 0 : 1;
    }
    parts_.telemetry->add(telemetry::Metric::models_answers_verified_total, verified);
    parts_.telemetry->add(telemetry::Metric::models_answers_unproved_total, unproved);
}

void AskStep::say(telemetry::Event event, const Conversation& conversation, const Error* error) {
    if (parts_.telemetry != nullptr) {
        parts_.telemetry->emit(event, {.source = conversation.key.source,
                                       .account = conversation.key.account,
                                       .conversation_id = conversation.id.uuid,
                                       .error = error,
                                       .stage = telemetry::Stage::Audit});
    }
}

}  // namespace oidor::pipeline

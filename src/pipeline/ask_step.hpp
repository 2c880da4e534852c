// The step `ask`: a model is asked what a scorecard wants to know of a conversation, before it is
// judged.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "audit/answers.hpp"
#include "audit/auditor.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/judges.hpp"
#include "pipeline/model_endpoint.hpp"
#include "pipeline/questions.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// What is known when a conversation is to be judged.
struct KnownAnswers {
    /// Nobody was asked yet: the job `ask` does, and queues `audit` again.
    bool to_ask = false;
    std::optional<audit::ModelAnswers> answers = {};
};

/// Idempotent: what was answered is not asked again. Safe to call from many threads.
class AskStep {
  public:
    /// What it is made of; all outlive it, `telemetry` may be null.
    struct Parts {
        store::Store& store;
        AccountLookup accounts = {};
        Judges& judges;
        const Clock& clock;
        ModelEndpoint& endpoint;
        telemetry::Telemetry* telemetry = nullptr;
    };
    explicit AskStep(Parts parts) : parts_(std::move(parts)) {}

    /// The stored answers to what a scorecard asks of a transcript.
    Result<KnownAnswers> find(ConversationId id, const audit::Scorecard& scorecard,
                              const store::TranscriptRow& transcript, const InquiryPlace& place);

    /// Asks, stores, and queues `audit`. When the model is away or the day's budget used up, the
    /// conversation is judged without answers meanwhile, and the error tells the queue when to try
    /// again. Errors: the model's, the store's.
    Result<void> run(ConversationId id, const std::stop_token& stop);
    /// It is judged without.
    Result<void> give_up(ConversationId id, const Error& error);

  private:
    struct Task;
    Result<std::optional<Task>> prepare(ConversationId id);
    Result<void> put_off(const Task& task, std::string_view reason);
    void count(const models::Answers& answers);
    void say(telemetry::Event event, const Conversation& conversation, const Error* error);

    Parts parts_;
};

}  // namespace oidor::pipeline

// The step `audit`: each participation of a conversation is judged by the scorecard that serves it.
#pragma once

#include "audit/facts.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/ask_step.hpp"
#include "pipeline/judges.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// What the audit of a part uses beside its transcript.
audit::Facts facts_of(const store::ConversationRow& row, const Participation& part,
                      const Transcript& transcript);

/// Idempotent: the same input gives the same audit, which is stored once. Safe to call from many
/// threads.
class AuditStep {
  public:
    /// `ask`: who knows what a model answered; null where there is none.
    AuditStep(store::Store& store, AccountLookup accounts, Judges& judges, const Clock& clock,
              telemetry::Telemetry* telemetry = nullptr, AskStep* ask = nullptr)
        : store_(store),
          accounts_(std::move(accounts)),
          judges_(judges),
          clock_(clock),
          telemetry_(telemetry),
          ask_(ask) {}

    /// Judges every participation. A call that nobody took, or an internal one, is not auditable:
    /// it has no transcript and needs none. Where the scorecard has questions that no model was
    /// asked yet, queues `ask` instead, which queues this again. Errors: Unsupported (no scorecard
    /// for the language), the store's.
    Result<void> run(ConversationId id);
    Result<void> give_up(ConversationId id, const Error& error);

  private:
    Result<store::AuditRow> judge(const store::ConversationRow& row, const Participation& part,
                                  const Transcript& transcript, const audit::Auditor& auditor,
                                  const audit::ModelAnswers* answers);
    Result<void> put_audits(const store::ConversationRow& row,
                            const std::vector<store::AuditRow>& audits,
                            const std::vector<std::chrono::microseconds>& durations);
    void say(telemetry::Event event, const Conversation& conversation, telemetry::Fields fields);

    store::Store& store_;
    AccountLookup accounts_;
    Judges& judges_;
    const Clock& clock_;
    telemetry::Telemetry* telemetry_;
    AskStep* ask_;
};

}  // namespace oidor::pipeline

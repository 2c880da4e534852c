// The story, told once: the steps of a conversation as kinds of jobs.
#pragma once

#include "jobs/worker_pool.hpp"
#include "pipeline/ask_step.hpp"
#include "pipeline/audit_step.hpp"
#include "pipeline/fetch_step.hpp"
#include "pipeline/hearing.hpp"
#include "pipeline/judges.hpp"
#include "pipeline/map_step.hpp"
#include "pipeline/transcribe_step.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// What the steps are made of; all outlive the pipeline.
struct PipelineParts {
    store::Store& store;
    blobs::BlobStore& blobs;
    Hearing& hearing;
    const Clock& clock;
    AccountLookup accounts = {};
    Fetcher fetcher = {};
    int hearing_concurrency = 1;  ///< Engines are hungry: so many recordings at a time.
    telemetry::Telemetry* telemetry = nullptr;  ///< Hears what happens; may be null.
    ModelEndpoint* model = nullptr;             ///< Null: no model is asked.
    SpeechCosts speech_costs = {};              ///< What engines cost, and what a day may cost.
};

/// Owns the steps. Safe to call from many threads.
class Pipeline {
  public:
    explicit Pipeline(const PipelineParts& parts);

    /// Tells the pool how to run map, fetch, transcribe, ask and audit.
    void add_steps(jobs::WorkerPool& pool);

  private:
    store::Store& store_;
    const Clock& clock_;
    int hearing_concurrency_;
    Judges judges_;
    MapStep map_;
    FetchStep fetch_;
    TranscribeStep transcribe_;
    std::unique_ptr<AskStep> ask_;
    AuditStep audit_;
};

}  // namespace oidor::pipeline

#include "pipeline/pipeline.hpp"

#include <limits>

#include "pipeline/steps.hpp"

namespace oidor::pipeline {
namespace {

/// The conversation that a job is about. Invalid when its key is none.
Result<ConversationId> conversation_of(const store::LeasedJob& job) {
    const auto id = ConversationId::parse(job.key);
    if (!id) {
        return fail(ErrorCode::Invalid, "{}: the key is no conversation's id", job.kind);
    }
    return *id;
}

std::unique_ptr<AskStep> open_ask_step(const PipelineParts& parts, Judges& judges) {
    if (parts.model == nullptr) {
        return nullptr;
    }
    return std::make_unique<AskStep>(AskStep::Parts{.store = parts.store,
                                                    .accounts = parts.accounts,
                                                    .judges = judges,
                                                    .clock = parts.clock,
                                                    .endpoint = *parts.model,
                                                    .telemetry = parts.telemetry});
}

}  // namespace

Pipeline::Pipeline(const PipelineParts& parts)
    : store_(parts.store),
      clock_(parts.clock),
      hearing_concurrency_(parts.hearing_concurrency),
      judges_(parts.store.directory()),
      map_(parts.store, parts.accounts, parts.telemetry),
      fetch_(parts.store, parts.blobs, parts.accounts, parts.fetcher, parts.clock, parts.telemetry),
      transcribe_(parts.store, parts.blobs, parts.accounts, parts.hearing, parts.clock,
                  parts.telemetry, parts.speech_costs),
      ask_(open_ask_step(parts, judges_)),
      audit_(parts.store, parts.accounts, judges_, parts.clock, parts.telemetry, ask_.get()) {}

void Pipeline::add_steps(jobs::WorkerPool& pool) {
    const auto step = [&store = store_](auto run) {
        return [&store, run](const jobs::JobContext& context) -> Result<void> {
            TRY_ASSIGN(const auto id, conversation_of(context.job));
            auto done = run(id, context);
            if (done) {
                return {};
            }
            const auto row = store.conversations().find_conversation(id);
            // Erased before or meanwhile: there is nothing left to do, and nothing to repair.
            return row && !*row ? Result<void>() : fail(std::move(done).error());
        };
    };
    const auto given_up = [](auto give_up) {
        return [give_up](const jobs::JobContext& context, const Error& error) -> Result<void> {
            TRY_ASSIGN(const auto id, conversation_of(context.job));
            return give_up(id, error);
        };
    };
    using Context = jobs::JobContext;
    jobs::KindOptions map;
    map.handler = step([this](ConversationId id, const Context&) { return map_.run(id); });
    pool.add_kind(std::string(kMap), std::move(map));

    jobs::KindOptions fetch;
    fetch.handler = step(
        [this](ConversationId id, const Context& context) { return fetch_.run(id, context.stop); });
    fetch.attempts_max = std::numeric_limits<int>::max();  // the account's give-up time decides
    fetch.delay = [this](const store::LeasedJob& job, const Error&) {
        const auto id = ConversationId::parse(job.key);
        const auto delay =
            id ? fetch_.delay_after(*id, job.attempt) : std::optional<std::chrono::milliseconds>();
        return delay ? *delay : std::nullopt;
    };
    fetch.given_up = given_up(
        [this](ConversationId id, const Error& error) { return fetch_.give_up(id, error); });
    pool.add_kind(std::string(kFetch), std::move(fetch));

    jobs::KindOptions transcribe;
    transcribe.handler = step([this](ConversationId id, const Context& context) {
        return transcribe_.run(id, context.stop);
    });
    transcribe.concurrency = hearing_concurrency_;
    transcribe.closed_until = [this] { return transcribe_.closed_until(); };
    transcribe.given_up = given_up(
        [this](ConversationId id, const Error& error) { return transcribe_.give_up(id, error); });
    pool.add_kind(std::string(kTranscribe), std::move(transcribe));

    jobs::KindOptions ask;
    ask.handler = step([this](ConversationId id, const Context& context) -> Result<void> {
        // Left from before the model was taken out of the configuration.
        return ask_ ? ask_->run(id, context.stop)
                    : store_.queue().enqueue({{.kind = std::string(kAudit),
                                               .key = id.text(),
                                               .priority = 0,
                                               .run_at = {}}});
    });
    ask.concurrency = hearing_concurrency_;
    ask.given_up = given_up([this](ConversationId id, const Error& error) {
        return ask_ ? ask_->give_up(id, error) : Result<void>();
    });
    pool.add_kind(std::string(kAsk), std::move(ask));

    jobs::KindOptions audit;
    audit.handler = step([this](ConversationId id, const Context&) { return audit_.run(id); });
    audit.given_up = given_up(
        [this](ConversationId id, const Error& error) { return audit_.give_up(id, error); });
    pool.add_kind(std::string(kAudit), std::move(audit));
}

}  // namespace oidor::pipeline

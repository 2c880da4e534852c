#include "main/fetching.hpp"

#include <algorithm>
#include <map>

#include "pipeline/recording_access.hpp"
#include "pipeline/steps.hpp"

namespace oidor {
namespace {

constexpr std::chrono::minutes kFetchWithin{10};

telemetry::Stage stage_of(std::string_view kind) {
    if (kind == pipeline::kMap) {
        return telemetry::Stage::Map;
    }
    if (kind == pipeline::kFetch) {
        return telemetry::Stage::Fetch;
    }
    if (kind == pipeline::kTranscribe) {
        return telemetry::Stage::Transcribe;
    }
    return kind == pipeline::kAudit || kind == pipeline::kAsk ? telemetry::Stage::Audit
                                                              : telemetry::Stage::None;
}

telemetry::Event event_of(const jobs::WorkerPool::Outcome& outcome) {
    const auto fate =
        outcome.error ? std::optional(faces_of(outcome.error->code).fate) : std::nullopt;
    switch (outcome.state) {
        case store::JobState::Done: return telemetry::Event::job_done;
        case store::JobState::Skipped: return telemetry::Event::job_skipped;
        case store::JobState::Dead:
            return fate == JobFate::Quarantine ? telemetry::Event::job_quarantined
                                               : telemetry::Event::job_dead;
        case store::JobState::Queued:
        case store::JobState::Running:
        case store::JobState::Discarded: break;
    }
    if (fate == JobFate::Return) {
        return telemetry::Event::job_returned;
    }
    return fate == JobFate::Wait ? telemetry::Event::job_waited : telemetry::Event::job_failed;
}

}  // namespace

pipeline::Fetcher make_fetcher(const net::GuardedClient& client, std::uint64_t size_bytes_max) {
    return pipeline::with_recording_access(
        [&client, size_bytes_max](const pipeline::GuardedGet& get,
                                  const pipeline::AccountOptions& account,
                                  const std::function<Result<void>(std::string_view)>& sink,
                                  const std::stop_token& stop) -> Result<pipeline::FetchedAudio> {
            net::FetchPolicy policy;
            policy.allowed_hosts = account.recording_hosts;
            policy.private_hosts = account.private_hosts;
            policy.size_bytes_max = size_bytes_max;
            const net::FetchRequest request{.url = get.url,
                                            .headers = {{"Accept", get.accept}},
                                            .secret_headers = get.secret_headers,
                                            .deadline = Deadline::after(kFetchWithin)};
            TRY_ASSIGN(const auto response, client.fetch(request, policy, sink, stop));
            return pipeline::FetchedAudio{
                .media_type = std::string(response.headers.find("Content-Type").value_or("")),
                .size_bytes = static_cast<std::int64_t>(response.size_bytes)};
        });
}

void emit_outcome(telemetry::Telemetry& telemetry, const jobs::WorkerPool::Outcome& outcome) {
    const auto conversation = ConversationId::parse(outcome.job.key);
    const telemetry::Fields fields{
        .conversation_id = conversation ? std::optional(conversation->uuid) : std::nullopt,
        .job_id = outcome.job.id.uuid,
        .attempt = outcome.job.attempt,
        .duration = outcome.duration,
        .error = outcome.error ? &*outcome.error : nullptr,
        .stage = stage_of(outcome.job.kind)};
    telemetry.observe(telemetry::Metric::jobs_wait_seconds,
                      std::chrono::duration<double>(outcome.waited).count(), fields);
    telemetry.emit(outcome.lease_lost ? telemetry::Event::lease_lost : event_of(outcome), fields);
}

namespace {

void set_delivery_gauges(telemetry::Telemetry& telemetry, store::Store& store, const Clock& clock) {
    using telemetry::Metric;
    const auto sinks = store.outbox().list_sinks();
    if (!sinks) {
        return;
    }
    double waiting = 0;
    double set_aside = 0;
    auto oldest = clock.now();
    for (const auto& sink : *sinks) {
        if (!sink.forgotten) {
            waiting += static_cast<double>(sink.waiting);
            set_aside += static_cast<double>(sink.refused + sink.needs_attention);
            oldest = std::min(oldest, sink.oldest_at.value_or(oldest));
        }
    }
    telemetry.set(Metric::pipeline_deliveries_waiting_count, waiting);
    telemetry.set(Metric::pipeline_deliveries_set_aside_count, set_aside);
    telemetry.set(Metric::pipeline_deliveries_oldest_seconds,
                  std::chrono::duration<double>(clock.now() - oldest).count());
}

}  // namespace

void set_gauges(telemetry::Telemetry& telemetry, store::Store& store, const Clock& clock) {
    using telemetry::Metric;
    using telemetry::Stage;
    if (const auto counts = store.queue().count_jobs()) {
        // A kind of which nothing waits is not counted: its gauge goes back to nought.
        std::map<Stage, double> queued;
        for (const auto kind :
             {pipeline::kMap, pipeline::kFetch, pipeline::kTranscribe, pipeline::kAudit}) {
            queued[stage_of(kind)] = 0;
        }
        double running = 0;
        double dead = 0;
        for (const auto& [kind, state, count] : *counts) {
            const auto number = static_cast<double>(count);
            queued[stage_of(kind)] += state == store::JobState::Queued ? number : 0;
            running += state == store::JobState::Running ? number : 0;
            dead += state == store::JobState::Dead ? number : 0;
        }
        for (const auto& [stage, number] : queued) {
            telemetry.set(Metric::jobs_queued_count, number, {.stage = stage});
        }
        telemetry.set(Metric::jobs_running_count, running);
        telemetry.set(Metric::jobs_dead_count, dead);
    }
    set_delivery_gauges(telemetry, store, clock);
    if (const auto blobs = store.erasure().count_unchecked_blobs()) {
        telemetry.set(Metric::pipeline_blobs_unchecked_count, static_cast<double>(*blobs));
    }
    if (const auto health = store.health()) {
        telemetry.set(Metric::store_size_bytes, static_cast<double>(health->size_bytes));
        telemetry.set(Metric::store_waiting_count, static_cast<double>(health->waiting_writes));
    }
}

}  // namespace oidor

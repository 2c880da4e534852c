#include "main/fetching.hpp"

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
    return kind == pipeline::kAudit ? telemetry::Stage::Audit : telemetry::Stage::None;
}

telemetry::Event event_of(const jobs::WorkerPool::Outcome& outcome) {
    switch (outcome.state) {
        case store::JobState::Done: return telemetry::Event::job_done;
        case store::JobState::Skipped: return telemetry::Event::job_skipped;
        case store::JobState::Dead: return telemetry::Event::job_dead;
        case store::JobState::Queued:
        case store::JobState::Running:
        case store::JobState::Discarded: break;
    }
    return outcome.error && outcome.error->code == ErrorCode::Cancelled
               ? telemetry::Event::job_returned
               : telemetry::Event::job_failed;
}

}  // namespace

pipeline::Fetcher make_fetcher(const net::GuardedClient& client, std::uint64_t size_bytes_max) {
    return
        [&client, size_bytes_max](const std::string& url, const pipeline::AccountOptions& account,
                                  const std::function<Result<void>(std::string_view)>& sink,
                                  const std::stop_token& stop) -> Result<pipeline::FetchedAudio> {
            net::FetchPolicy policy;
            policy.allowed_hosts = account.recording_hosts;
            policy.private_hosts = account.private_hosts;
            policy.size_bytes_max = size_bytes_max;
            const net::FetchRequest request{.url = url,
                                            .headers = {{"Accept", "audio/*"}},
                                            .secret_headers = {},
                                            .deadline = Deadline::after(kFetchWithin)};
            TRY_ASSIGN(const auto response, client.fetch(request, policy, sink, stop));
            return pipeline::FetchedAudio{
                .media_type = std::string(response.headers.find("Content-Type").value_or("")),
                .size_bytes = static_cast<std::int64_t>(response.size_bytes)};
        };
}

void emit_outcome(telemetry::Telemetry& telemetry, const jobs::WorkerPool::Outcome& outcome) {
    const auto conversation = ConversationId::parse(outcome.job.key);
    telemetry.emit(
        event_of(outcome),
        {.conversation_id = conversation ? std::optional(conversation->uuid) : std::nullopt,
         .job_id = outcome.job.id.uuid,
         .attempt = outcome.job.attempt,
         .duration = outcome.duration,
         .error = outcome.error ? &*outcome.error : nullptr,
         .stage = stage_of(outcome.job.kind)});
}

}  // namespace oidor

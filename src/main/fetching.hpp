// Small pieces of wiring: the pipeline's fetcher made from the guarded client, and jobs and store
// made visible.
#pragma once

#include <cstdint>

#include "jobs/worker_pool.hpp"
#include "net/client.hpp"
#include "pipeline/fetch_step.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor {

/// A fetcher of recordings; `client` outlives it.
pipeline::Fetcher make_fetcher(const net::GuardedClient& client, std::uint64_t size_bytes_max);

/// Says what became of a job.
void emit_outcome(telemetry::Telemetry& telemetry, const jobs::WorkerPool::Outcome& outcome);

/// Measures queue, deliveries and store. What cannot be read keeps its last value.
void set_gauges(telemetry::Telemetry& telemetry, store::Store& store, const Clock& clock);

}  // namespace oidor

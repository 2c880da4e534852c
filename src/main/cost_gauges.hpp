// What hearing may still cost today and what could not be heard, on /metrics.
#pragma once

#include "base/time.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/speech_desk.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor {

/// What cannot be read keeps its last value.
void set_cost_gauges(telemetry::Telemetry& telemetry, store::Store& store,
                     const pipeline::SpeechCosts& costs, Timestamp now);

}  // namespace oidor

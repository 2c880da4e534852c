#include "main/cost_gauges.hpp"

#include "server/cost_sources.hpp"

namespace oidor {

void set_cost_gauges(telemetry::Telemetry& telemetry, store::Store& store,
                     const pipeline::SpeechCosts& costs, Timestamp now) {
    using telemetry::Metric;
    constexpr double kMillion = 1'000'000;
    if (const auto budget = server::read_budget(store, costs, now)) {
        telemetry.set(Metric::speech_budget_used_up_count, budget->used_up() ? 1 : 0);
        telemetry.set(Metric::speech_budget_left_count,
                      static_cast<double>(budget->left_micros()) / kMillion);
    }
    if (const auto counts = store.speech_records().count_hearings()) {
        double failed = 0;
        for (const auto& count : *counts) {
            failed +=
                count.state == store::HearingState::Failed ? static_cast<double>(count.count) : 0;
        }
        telemetry.set(Metric::speech_hearings_failed_count, failed);
    }
}

}  // namespace oidor

// The ledger's figures on /metrics.
#pragma once

#include <mutex>

#include "base/time.hpp"
#include "pipeline/account_options.hpp"
#include "store/store.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor {

/// Counts the last 24 whole hours, at most once a minute whoever asks. Safe to call from many
/// threads; who comes while it is counted does not wait.
class CoverageGauges {
  public:
    /// What cannot be read keeps its last value.
    void set(telemetry::Telemetry& telemetry, store::Store& store,
             const pipeline::AccountLookup& accounts, Timestamp now);

  private:
    std::mutex measuring_ = {};
    Timestamp measured_at_ = {};
};

}  // namespace oidor

// The configured model, ready to be asked, and who pays for it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/settings.hpp"
#include "models/asker.hpp"
#include "models/prices.hpp"
#include "net/client.hpp"
#include "store/model_records.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// Safe to call from many threads; the parts hold each other, so it stays where it is.
struct ModelEndpoint {
    std::unique_ptr<net::OperatorClient> client = {};
    std::unique_ptr<models::ChatModel> model = {};
    std::unique_ptr<models::Asker> asker = {};
    models::Prices prices = {};
    models::Budget budget = {};
    bool fields = false;
};

/// The model of the settings; null when none is configured: then nobody is asked. Nothing is
/// reached yet. `mask`: what texts look like when they leave the house. `clock` outlives it.
/// Invalid: see check_budget.
Result<std::unique_ptr<ModelEndpoint>> open_model(const config::Installation& settings,
                                                  const Clock& clock, models::Masking mask);
/// Invalid where a budget in dollars stands without prices: it would never end.
Result<void> check_budget(const config::Installation& settings);
/// True when both the address and the name of a model are set.
bool has_model(const config::Installation& settings);
/// As transcripts, and what people ask about them, leave the house: with identifiers masked.
models::Masking masking();

/// `2026-11-21`: the day (UTC) that something is spent on.
std::string spending_day(Timestamp now);

/// Pays from the store's account of the day, which all processes share. For one inquiry.
class StorePurse final : public models::Purse {
  public:
    /// All outlive it; `telemetry` may be null.
    StorePurse(store::ModelRecords& records, const Clock& clock, const ModelEndpoint& endpoint,
               telemetry::Telemetry* telemetry)
        : records_(records), clock_(clock), endpoint_(endpoint), telemetry_(telemetry) {}

    /// RateLimited until the next day begins. Calls that are under way at the same time may use
    /// more than the budget by what each of them uses.
    Result<void> open() override;
    void note(const models::CallRecord& call) override;
    /// The day's budget was used up when it was asked last.
    [[nodiscard]] bool is_empty() const { return empty_; }

  private:
    store::ModelRecords& records_;
    const Clock& clock_;
    const ModelEndpoint& endpoint_;
    telemetry::Telemetry* telemetry_;
    bool empty_ = false;
};

/// Counts what one run of the program uses, where there is no store; the budget holds for the run.
class RunPurse final : public models::Purse {
  public:
    explicit RunPurse(const ModelEndpoint& endpoint) : endpoint_(endpoint) {}

    Result<void> open() override;
    void note(const models::CallRecord& call) override;
    [[nodiscard]] const store::ModelSpending& used() const { return used_; }

  private:
    const ModelEndpoint& endpoint_;
    store::ModelSpending used_ = {};
};

}  // namespace oidor::pipeline

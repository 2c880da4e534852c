// What the reckoning of costs needs of the running house, and its answers as JSON; the command
// line shows the same.
#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "base/time.hpp"
#include "costs/estimate.hpp"
#include "costs/statement.hpp"
#include "pipeline/account_options.hpp"
#include "pipeline/speech_desk.hpp"
#include "speech/engine.hpp"
#include "store/store.hpp"

namespace oidor::server {

/// What the settings say of costs.
struct HouseCosts {
    pipeline::SpeechCosts speech = {};
    speech::EngineOptions engines = {};
    bool model_configured = false;
};

/// For an estimate. `engine`: that one hears every call, whatever the settings say. Errors: Invalid
/// (no such engine), those of the store. Everything given outlives what comes back.
Result<costs::EstimateSources> estimate_sources(store::Store& store,
                                                const pipeline::AccountLookup& accounts,
                                                const HouseCosts& house, Timestamp now,
                                                const std::optional<std::string>& engine);

/// Today's budget and what is left of it.
struct BudgetState {
    std::optional<store::SpeechBudget> budget = {};  ///< Null: there is none.
    std::int64_t spent_micros = 0;
    std::string currency = {};

    [[nodiscard]] std::int64_t left_micros() const {
        return budget && budget->cost_micros > spent_micros ? budget->cost_micros - spent_micros
                                                            : 0;
    }
    [[nodiscard]] bool used_up() const { return budget && spent_micros >= budget->cost_micros; }
};
Result<BudgetState> read_budget(store::Store& store, const pipeline::SpeechCosts& costs,
                                Timestamp now);

json::object budget_view(const BudgetState& state);
json::object statement_view(const costs::Statement& statement, costs::By by);
json::object estimate_view(const costs::Estimate& estimate);
json::object speech_call_view(const store::SpeechCallRow& call);
json::object hearing_view(const store::HearingLine& line);

}  // namespace oidor::server

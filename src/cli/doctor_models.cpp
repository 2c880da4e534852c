#include "cli/doctor_models.hpp"

#include <fmt/format.h>

#include "cli/opening.hpp"
#include "pipeline/model_endpoint.hpp"

namespace oidor::cli {
namespace {

Result<ModelFinding> look_at_model(const config::Settings& settings) {
    const SystemClock clock;
    TRY_ASSIGN(const auto store, open_store(settings, clock));
    auto& records = store->model_records();
    TRY_ASSIGN(const auto used, records.sum_spending(pipeline::spending_day(clock.now())));
    TRY_ASSIGN(const auto waiting, records.count_answers(store::InquiryState::Waiting));
    TRY_ASSIGN(const auto failed, records.count_answers(store::InquiryState::Failed));
    ModelFinding finding;
    finding.words = fmt::format(
        "{}: today (UTC) {} calls, {} of them failed, {} tokens, {}.{:06} dollars by the prices of "
        "the configuration",
        settings.installation.models_model, used.calls, used.calls_failed,
        used.prompt_tokens + used.completion_tokens, used.cost_micros / 1'000'000,
        used.cost_micros % 1'000'000);
    if (used.calls_unpriced > 0) {
        finding.odd = true;
        finding.words += fmt::format(
            "; {} calls did not say how many tokens they used: a quarter of their "
            "bytes is counted",
            used.calls_unpriced);
    }
    if (waiting > 0) {
        finding.odd = true;
        finding.words += fmt::format("; {} conversations wait to be asked about", waiting);
    }
    if (failed > 0) {
        finding.odd = true;
        finding.words += fmt::format(
            "; {} could not be asked about: oidor jobs list --state dead, then oidor jobs retry",
            failed);
    }
    return finding;
}

}  // namespace

ModelFinding check_model(const config::Settings& settings) {
    const auto& house = settings.installation;
    if (!pipeline::has_model(house)) {
        const bool half = !house.models_url.empty() || !house.models_model.empty();
        return {.odd = half,
                .bad = false,
                .words = half ? "models.url and models.model are needed both: no model is asked"
                              : "none is configured: questions of scorecards stay unknown"};
    }
    if (const auto budget = pipeline::check_budget(house); !budget) {
        return {.odd = false, .bad = true, .words = budget.error().message};
    }
    auto finding = look_at_model(settings);
    return finding ? *std::move(finding)
                   : ModelFinding{.odd = false, .bad = true, .words = finding.error().message};
}

}  // namespace oidor::cli

#include "pipeline/model_endpoint.hpp"

#include <algorithm>
#include <utility>

#include "redact/redact.hpp"

namespace oidor::pipeline {
namespace {

store::ModelSpending spending_of(const models::CallRecord& call, const models::Prices& prices) {
    store::ModelSpending spent;
    spent.calls = 1;
    if (call.error != nullptr) {
        spent.calls_failed = 1;
        return spent;
    }
    spent.calls_unpriced = models::is_priced(call.usage) ? 0 : 1;
    const auto usage = models::estimated(call);
    spent.prompt_tokens = usage.prompt_tokens.value_or(0);
    spent.cached_tokens = usage.cached_tokens.value_or(0);
    spent.completion_tokens = usage.completion_tokens.value_or(0);
    spent.cost_micros = models::cost_micros(usage, prices);
    return spent;
}

/// The configuration checked it already.
std::optional<Decimal> amount(const std::string& text) {
    return text.empty() ? std::nullopt : Decimal::parse(text);
}

bool is_used_up(const models::Budget& budget, const store::ModelSpending& used) {
    return models::is_used_up(budget, used.cost_micros,
                              used.prompt_tokens + used.completion_tokens);
}

redact::Options redaction_of(const models::MaskingPlace& place) {
    return {.country = place.country, .without = {}, .language = place.language};
}

}  // namespace

bool has_model(const config::Installation& settings) {
    return !settings.models_url.empty() && !settings.models_model.empty();
}

Result<void> check_budget(const config::Installation& settings) {
    const bool bounded = amount(settings.models_daily_budget_usd).has_value();
    const auto price = amount(settings.models_price_input_usd).value_or(Decimal());
    if (bounded && price <= Decimal()) {
        return fail(ErrorCode::Invalid,
                    "models.daily_budget_usd needs models.price_input_usd (and "
                    "models.price_output_usd): without prices nothing costs anything, and the "
                    "budget never ends; models.daily_budget_tokens needs none");
    }
    return {};
}

models::Masking masking() {
    models::Masking mask;
    mask.segments = [](const Transcript& transcript, const models::MaskingPlace& place) {
        const auto spans = redact::find(transcript, redaction_of(place));
        auto shown = redact::masked(transcript, spans, place.language);
        std::vector<std::string> texts;
        for (auto& segment : shown.segments) {
            texts.push_back(std::move(segment.text));
        }
        return texts;
    };
    mask.words = [](std::string_view words, const models::MaskingPlace& place) {
        return redact::masked(words, redaction_of(place));
    };
    return mask;
}

Result<std::unique_ptr<ModelEndpoint>> open_model(const config::Installation& settings,
                                                  const Clock& clock, models::Masking mask) {
    if (!has_model(settings)) {
        return std::unique_ptr<ModelEndpoint>();
    }
    TRY(check_budget(settings));
    auto endpoint = std::make_unique<ModelEndpoint>();
    TRY_ASSIGN(endpoint->client, net::OperatorClient::open());
    models::EndpointOptions where;
    where.url = settings.models_url;
    where.model = settings.models_model;
    where.api_key =
        settings.models_api_key.empty() ? settings.openai_api_key : settings.models_api_key;
    where.timeout = settings.models_timeout;
    endpoint->model = models::open_openai_model(std::move(where), *endpoint->client, clock);
    models::AskerOptions how;
    how.timeout = settings.models_timeout;
    how.reply_tokens_max = settings.models_reply_tokens_max;
    how.transcript_bytes_max = static_cast<std::size_t>(settings.models_transcript_bytes_max);
    how.mask = std::move(mask);
    endpoint->asker = std::make_unique<models::Asker>(*endpoint->model, std::move(how));
    endpoint->prices.input = amount(settings.models_price_input_usd).value_or(Decimal());
    endpoint->prices.cached = amount(settings.models_price_cached_usd);
    endpoint->prices.output = amount(settings.models_price_output_usd).value_or(Decimal());
    if (const auto budget = amount(settings.models_daily_budget_usd)) {
        endpoint->budget.cost_micros = budget->micros();
    }
    if (settings.models_daily_budget_tokens > 0) {
        endpoint->budget.tokens = settings.models_daily_budget_tokens;
    }
    endpoint->fields = settings.models_fields;
    return endpoint;
}

std::string spending_day(Timestamp now) {
    static constexpr std::size_t kDayBytes = 10;
    return format_rfc3339(now).substr(0, kDayBytes);
}

Result<void> StorePurse::open() {
    const auto now = clock_.now();
    TRY_ASSIGN(const auto used, records_.sum_spending(spending_day(now)));
    empty_ = is_used_up(endpoint_.budget, used);
    if (!empty_) {
        return {};
    }
    const auto tomorrow = std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1);
    Error error{.code = ErrorCode::RateLimited,
                .message = "model: the day's budget is used up",
                .retry_after = std::chrono::ceil<std::chrono::milliseconds>(tomorrow - now)};
    return fail(std::move(error));
}

void StorePurse::note(const models::CallRecord& call) {
    const auto spent = spending_of(call, endpoint_.prices);
    const auto kept =
        records_.add_spending(spending_day(clock_.now()), endpoint_.model->name(), spent);
    if (telemetry_ == nullptr) {
        return;
    }
    using telemetry::Event;
    using telemetry::Metric;
    if (!kept) {
        telemetry_->emit(Event::commit_failed, {.error = &kept.error()});
    }
    if (call.error != nullptr) {
        telemetry_->emit(Event::model_call_failed, {.error = call.error});
        return;
    }
    telemetry_->emit(Event::model_called, {.duration = call.duration});
    telemetry_->add(Metric::models_prompt_tokens_total, static_cast<double>(spent.prompt_tokens));
    telemetry_->add(Metric::models_reply_tokens_total,
                    static_cast<double>(spent.completion_tokens));
    telemetry_->add(Metric::models_cost_dollars_total,
                    static_cast<double>(spent.cost_micros) / 1'000'000);
}

Result<void> RunPurse::open() {
    if (is_used_up(endpoint_.budget, used_)) {
        return fail(ErrorCode::RateLimited,
                    "model: what a day may use (models.daily_budget_usd, "
                    "models.daily_budget_tokens) is used up by this run");
    }
    return {};
}

void RunPurse::note(const models::CallRecord& call) {
    const auto spent = spending_of(call, endpoint_.prices);
    used_.calls += spent.calls;
    used_.calls_failed += spent.calls_failed;
    used_.calls_unpriced += spent.calls_unpriced;
    used_.prompt_tokens += spent.prompt_tokens;
    used_.cached_tokens += spent.cached_tokens;
    used_.completion_tokens += spent.completion_tokens;
    used_.cost_micros += spent.cost_micros;
}

}  // namespace oidor::pipeline

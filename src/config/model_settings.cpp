#include "config/model_settings.hpp"

namespace oidor::config {
namespace {

void declare_endpoint(Spec<Installation>& spec) {
    spec.field(&Installation::models_url,
               {.key = "models.url",
                .text = "A server that speaks OpenAI's chat completions, in the house or outside: "
                        "it gets transcripts, masked. Without it and models.model no model is "
                        "asked anything, and what only a model can tell stays unknown.",
                .example = "https://api.openai.com/v1",
                .format = Format::Url})
        .field(&Installation::models_model,
               {.key = "models.model",
                .text = "Which model; best one whose name says its version, so that it does not "
                        "change by itself.",
                .example = "gpt-4o-mini-2024-07-18"})
        .field(&Installation::models_api_key, {.key = "models.api_key",
                                               .text = "The server's key; none for a server that "
                                                       "asks for none.",
                                               .default_words = "openai.api_key"})
        .field(&Installation::models_timeout, {.key = "models.timeout",
                                               .text = "How long one call may take.",
                                               .example = "60s",
                                               .min = "1s",
                                               .max = "10m"})
        .field(&Installation::models_reply_tokens_max,
               {.key = "models.reply_tokens_max",
                .text = "The longest reply that is paid for; one that is cut is asked for once "
                        "more with room for twice as much.",
                .example = "4000",
                .min = "100",
                .max = "100000"})
        .field(&Installation::models_transcript_bytes_max,
               {.key = "models.transcript_bytes_max",
                .text = "A longer conversation is not sent, and its questions stay unknown: it is "
                        "never cut or sampled.",
                .example = "400 KiB",
                .min = "1 KiB",
                .max = "16 MiB",
                .format = Format::Size})
        .field(&Installation::models_fields,
               {.key = "models.fields",
                .text = "Also ask for reason, summary, feelings, product, typification and tags, "
                        "of every conversation, in the same call.",
                .example = "true"});
}

void declare_budget(Spec<Installation>& spec) {
    spec.field(&Installation::models_daily_budget_usd,
               {.key = "models.daily_budget_usd",
                .text = "What a day (UTC) may cost, by the prices below, which it needs. Then "
                        "nothing is asked until the next day; what waits is asked then. Calls that "
                        "are under way when it ends are paid still.",
                .default_words = "no bound",
                .example = "5.00",
                .format = Format::Amount})
        .field(&Installation::models_daily_budget_tokens,
               {.key = "models.daily_budget_tokens",
                .text = "The same in tokens of prompts and replies together; 0: no bound.",
                .example = "2000000",
                .min = "0",
                .max = "1000000000000"})
        .field(&Installation::models_price_input_usd,
               {.key = "models.price_input_usd",
                .text = "The price of a million tokens of prompts.",
                .default_words = "0",
                .example = "0.15",
                .format = Format::Amount})
        .field(&Installation::models_price_cached_usd,
               {.key = "models.price_cached_usd",
                .text = "The same of those that the server had cached.",
                .default_words = "models.price_input_usd",
                .example = "0.075",
                .format = Format::Amount})
        .field(&Installation::models_price_output_usd,
               {.key = "models.price_output_usd",
                .text = "The price of a million tokens of replies.",
                .default_words = "0",
                .example = "0.60",
                .format = Format::Amount});
}

}  // namespace

void declare_models(Spec<Installation>& spec) {
    declare_endpoint(spec);
    declare_budget(spec);
}

}  // namespace oidor::config

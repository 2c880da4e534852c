#include "config/cost_settings.hpp"

namespace oidor::config {

void declare_costs(Spec<Installation>& spec) {
    spec.field(&Installation::speech_prices,
               {.key = "speech.prices",
                .text = "What engines cost, one each: ENGINE or ENGINE:MODEL, then an amount per h "
                        "or min; behind it, where it applies, step=1s (rounded up to it), "
                        "minimum=10s (of one recording) and channels=once (two channels cost as "
                        "much as one). An engine of the house costs nothing; of any other without "
                        "a price the cost is unknown, and no budget sees it.",
                .example = "azure 1.00/h, openai:whisper-large-v3 0.111/h minimum=10s",
                .format = Format::EnginePrice})
        .field(&Installation::speech_currency,
               {.key = "speech.currency",
                .text = "The currency of speech.prices, speech.budget_per_day and recording_price. "
                        "Sums of different currencies are never added up.",
                .example = "USD",
                .format = Format::Currency})
        .field(&Installation::speech_budget_per_day,
               {.key = "speech.budget_per_day",
                .text = "What hearing may cost in a day, by speech.prices. Once it is used up "
                        "recordings wait for the next day, the oldest first; a recording that has "
                        "begun is finished. 0: nothing that costs money is heard.",
                .default_words = "no bound",
                .example = "25.00",
                .format = Format::Amount})
        .field(&Installation::speech_budget_time_zone,
               {.key = "speech.budget_time_zone",
                .text = "Whose days the budget counts.",
                .default_words = "the accounts' zone; needed where they lie in several",
                .example = "America/Argentina/Buenos_Aires",
                .format = Format::TimeZone});
}

void declare_account_costs(Spec<AccountCommon>& spec) {
    spec.field(&AccountCommon::recording_price,
               {.key = "recording_price",
                .text = "What the source takes for recording and keeping audio, for estimates: an "
                        "amount per h or min; 0/min where it is part of the subscription.",
                .default_words = "unknown",
                .example = "0.0025/min",
                .format = Format::AudioRate});
}

}  // namespace oidor::config

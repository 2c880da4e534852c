#include "models/prices.hpp"

#include <algorithm>

namespace oidor::models {

std::int64_t cost_micros(const Usage& usage, const Prices& prices) {
    // A price's millionths are millionths of a dollar for a million tokens.
    static constexpr std::int64_t kMillion = 1'000'000;
    // More than any model's window: a nonsense count does not overflow.
    static constexpr std::int64_t kTokensMax = 1'000'000'000;
    const auto bounded = [](const std::optional<std::int64_t>& tokens) {
        return std::clamp(tokens.value_or(0), std::int64_t{0}, kTokensMax);
    };
    const auto prompt = bounded(usage.prompt_tokens);
    const auto cached = std::min(bounded(usage.cached_tokens), prompt);
    __extension__ using Wide = __int128;
    const auto part = [](std::int64_t tokens, Decimal price) {
        return static_cast<Wide>(tokens) * price.micros();
    };
    const auto total = part(prompt - cached, prices.input) +
                       part(cached, prices.cached.value_or(prices.input)) +
                       part(bounded(usage.completion_tokens), prices.output);
    return static_cast<std::int64_t>((total + kMillion / 2) / kMillion);
}

Usage estimated(const CallRecord& call) {
    static constexpr std::size_t kTokenBytes = 4;
    const auto tokens = [](std::size_t bytes) {
        return static_cast<std::int64_t>((bytes + kTokenBytes - 1) / kTokenBytes);
    };
    auto usage = call.usage;
    usage.prompt_tokens = usage.prompt_tokens.value_or(tokens(call.prompt_bytes));
    usage.completion_tokens = usage.completion_tokens.value_or(tokens(call.reply_bytes));
    return usage;
}

bool is_priced(const Usage& usage) {
    return usage.prompt_tokens.has_value() && usage.completion_tokens.has_value();
}

bool is_used_up(const Budget& budget, std::int64_t used_micros, std::int64_t used_tokens) {
    return (budget.cost_micros && used_micros >= *budget.cost_micros) ||
           (budget.tokens && used_tokens >= *budget.tokens);
}

}  // namespace oidor::models

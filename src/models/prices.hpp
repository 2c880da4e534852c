// What calls cost, and how much a day may cost.
#pragma once

#include <cstdint>
#include <optional>

#include "base/decimal.hpp"
#include "models/chat_model.hpp"

namespace oidor::models {

/// Dollars for a million tokens.
struct Prices {
    Decimal input = {};
    std::optional<Decimal> cached = {};  ///< Null: as `input`.
    Decimal output = {};
};

/// What a call used, told or estimated: a token for every four bytes that were said, rounded up. A
/// budget sees calls that nobody counted, too.
Usage estimated(const CallRecord& call);

/// A call's cost in millionths of a dollar, rounded half up. Tokens that the endpoint did not state
/// cost nothing here: `is_priced` tells.
std::int64_t cost_micros(const Usage& usage, const Prices& prices);
bool is_priced(const Usage& usage);

/// What a day may use; null: no bound.
struct Budget {
    std::optional<std::int64_t> cost_micros = {};
    std::optional<std::int64_t> tokens = {};
};

/// True when nothing more may be asked on a day that used so much.
bool is_used_up(const Budget& budget, std::int64_t used_micros, std::int64_t used_tokens);

}  // namespace oidor::models

// What audio costs, as providers say it: so much a minute or an hour, rounded and at least their
// way.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"

namespace oidor::config {

/// A price for time: `0.006/min`, `1.00/h step=1s minimum=10s channels=once`.
struct AudioRate {
    Decimal amount = {};  ///< In the installation's currency.
    std::chrono::milliseconds per = std::chrono::hours(1);
    /// What is billed is a multiple of it, rounded up; none: to the millisecond.
    std::chrono::milliseconds step = std::chrono::seconds(1);
    std::chrono::milliseconds minimum = {};  ///< Of one recording.
    /// False (`channels=once`): a recording of two channels costs as much as one of one.
    bool each_channel = true;
    bool operator==(const AudioRate&) const = default;
};
/// Nothing for what is none.
std::optional<AudioRate> parse_audio_rate(std::string_view text);

/// What an engine takes: `azure 1.00/h`, `openai:whisper-large-v3 0.111/h minimum=10s`.
struct EnginePrice {
    std::string engine = {};
    std::string model = {};  ///< Empty: of all models that have no price of their own.
    AudioRate rate = {};
    bool operator==(const EnginePrice&) const = default;
};
std::optional<EnginePrice> parse_engine_price(std::string_view text);

/// The price of an engine's model; null: nobody said.
const AudioRate* find_rate(std::span<const EnginePrice> prices, std::string_view engine,
                           std::string_view model);

/// One recording's bill.
struct AudioBill {
    std::chrono::milliseconds billed = {};
    std::int64_t cost_micros = 0;  ///< Millionths, rounded half up.
    bool operator==(const AudioBill&) const = default;
};
/// `sent`: of all of its `channels` together. Nothing sent costs nothing.
AudioBill make_bill(const AudioRate& rate, std::chrono::milliseconds sent, std::size_t channels);

/// `12.345600` as people read it: two places at least, four where it is less than one. `currency`
/// is put behind.
std::string format_money(std::int64_t cost_micros, std::string_view currency);

}  // namespace oidor::config

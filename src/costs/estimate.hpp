// What it will cost to hear and judge the calls of some days, before anybody pays for it: each
// figure with where it comes from, and what nobody knows as such.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/audio_price.hpp"
#include "store/speech_records.hpp"

namespace oidor::costs {

/// Where a figure comes from, or why there is none.
enum class Basis {
    PriceAndHistory,  ///< A price, and how much this engine was sent of recordings so far.
    PriceAndLength,   ///< A price, and the whole length of every channel: it costs no more.
    Price,            ///< A price for time.
    History,          ///< What one cost so far.
    Free,             ///< Nobody is paid for it.
    NoPrice,          ///< Unknown: nobody said what it costs.
    NoEngine,         ///< Unknown: no engine is chosen for these calls.
    NoHistory,        ///< Unknown: none was paid for so far.
    NoLength,         ///< Unknown: no call's length is known.
};
/// `price_and_history` …
std::string_view format(Basis basis);

/// One kind of cost.
struct Part {
    std::optional<std::int64_t> cost_micros = {};  ///< Null: unknown.
    Basis basis = Basis::NoPrice;
    std::int64_t not_counted = 0;  ///< Calls that are not in it: their length is unknown.
    bool operator==(const Part&) const = default;
};

/// The calls of an account and campaign that one engine is to hear.
struct EstimateLine {
    std::string source = {};
    std::string account = {};
    std::optional<std::string> campaign = {};
    std::optional<std::string> engine = {};
    std::string model = {};
    std::int64_t calls = 0;         ///< To be heard: recorded, and without a transcript.
    std::int64_t announced = 0;     ///< Of those: only a source's list names them so far.
    std::int64_t transcribed = 0;   ///< Beside those: they have a transcript and cost nothing more.
    std::int64_t not_recorded = 0;  ///< Beside those: there is nothing to hear.
    std::int64_t audio_ms = 0;      ///< Of the calls whose length is known.
    std::int64_t measured = 0;      ///< Calls whose length was measured.
    std::int64_t length_unknown = 0;
    Part recording = {};
    Part speech = {};
    Part model_questions = {};
};

/// The answer.
struct Estimate {
    std::vector<EstimateLine> lines = {};
    std::string currency = {};
    std::int64_t calls = 0;
    std::int64_t audio_ms = 0;
    std::int64_t recording_micros = 0;  ///< What is known of each.
    std::int64_t speech_micros = 0;
    std::int64_t model_micros = 0;       ///< In `model_currency`.
    std::string model_currency = "USD";  ///< Prices of models are in dollars.
    bool whole = true;                   ///< False: a part of it is unknown.
};

/// The engine that would hear a call.
struct EngineChoice {
    std::string name = {};
    std::string model = {};
    bool offline = false;
};

/// How much an engine was sent of what it heard so far.
struct SentShare {
    std::int64_t calls = 0;
    std::int64_t audio_ms = 0;
    std::int64_t billed_ms = 0;
};

/// What models cost so far.
struct ModelHistory {
    bool configured = false;
    std::int64_t calls = 0;  ///< That had a price.
    std::int64_t cost_micros = 0;
};

/// What else is to be known.
struct EstimateSources {
    std::function<std::string(const std::string& source, const std::string& account)> zone = {};
    std::function<std::optional<EngineChoice>(const store::EstimateCall&)> engine = {};
    std::function<std::optional<config::AudioRate>(const std::string& source,
                                                   const std::string& account)>
        recording_rate = {};
    std::function<SentShare(const std::string& engine)> share = {};
    std::vector<config::EnginePrice> prices = {};
    std::string currency = "USD";
    ModelHistory models = {};
};

/// The days of each account's own zone. Errors: Invalid (the days; at most 92), those of the store.
Result<Estimate> estimate(const store::SpeechRecords& records, const std::string& from,
                          const std::string& to, const EstimateSources& sources);

/// The shares of all engines, from the ledger's last 90 days.
Result<std::function<SentShare(const std::string&)>> read_shares(
    const store::SpeechRecords& records, const std::string& today);

}  // namespace oidor::costs

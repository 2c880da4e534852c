// Where engines are paid: a reply that is there is not asked for again, each call has its line in
// the ledger, and a day costs no more than it may.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/sha256.hpp"
#include "base/synchronized.hpp"
#include "base/time.hpp"
#include "config/audio_price.hpp"
#include "config/settings.hpp"
#include "pipeline/engine_call.hpp"
#include "store/speech_records.hpp"
#include "telemetry/telemetry.hpp"

namespace oidor::pipeline {

/// What hearing costs and may cost.
struct SpeechCosts {
    std::vector<config::EnginePrice> prices = {};
    std::string currency = "USD";
    std::optional<std::int64_t> budget_micros = {};  ///< Of a day; null: no bound.
    std::string budget_time_zone = {};               ///< Whose days it counts; empty: UTC.
};
/// As the configuration, which checked them, says it.
SpeechCosts speech_costs(const config::Installation& settings);

/// The budget of the day that `now` lies in; null without one.
std::optional<store::SpeechBudget> budget_of_day(const SpeechCosts& costs, Timestamp now);

/// What is about to be heard, and who pays.
struct SpeechOrder {
    const Conversation& conversation;
    std::string time_zone = "UTC";  ///< The account's: whose day it is.
    Sha256 audio = {};
    Milliseconds duration = {};  ///< Of the whole recording.
    /// Older replies are not used: it is to be heard anew.
    std::optional<Timestamp> not_before = {};
    /// When somebody asked for it, where somebody did: what failed before then is forgiven.
    std::optional<Timestamp> wanted_at = {};
};

/// Safe to call from many threads.
class SpeechDesk {
  public:
    /// `records` and `clock` outlive it; `telemetry` may be null.
    SpeechDesk(store::SpeechRecords& records, const Clock& clock, SpeechCosts costs,
               telemetry::Telemetry* telemetry)
        : records_(records), clock_(clock), costs_(std::move(costs)), telemetry_(telemetry) {}

    /// The reply, kept before it is used. Errors: RateLimited (the day's budget is used up, or
    /// somebody asks for the same reply at this moment; with how long to wait), NotFound (the
    /// conversation was erased meanwhile), the engine's, the store's.
    Result<speech::EngineReply> ask(const SpeechOrder& order, const EngineCall& call);

    /// Until when nothing may be paid for, as the last one heard who was refused.
    [[nodiscard]] std::optional<Timestamp> closed_until() const;

  private:
    Result<std::optional<speech::EngineReply>> find_kept(const SpeechOrder& order,
                                                         const EngineCall& call,
                                                         const Sha256& name);
    Result<void> begin(const store::SpeechCallRow& line, const SpeechOrder& order,
                       const EngineCall& call);
    /// What came of asking, as far as money goes.
    struct Asked {
        bool found = false;                   ///< An order that was placed before.
        std::vector<Milliseconds> sent = {};  ///< Of each request that may be billed.
        /// What parts were answered; kept when the whole is not.
        std::vector<store::SpeechReplyRow> parts = {};
    };
    /// The open line of an order that was placed before. Invalid: enough was paid for nothing.
    Result<std::optional<store::SpeechCallId>> look_back(const SpeechOrder& order,
                                                         const EngineCall& call,
                                                         const Sha256& name);
    /// Answers to parts of it that are there already, and where new ones go.
    speech::KeptParts keep_parts(const SpeechOrder& order, const store::SpeechCallRow& line,
                                 const Sha256& name, Asked& asked);
    Result<void> end_badly(const store::SpeechCallRow& line, const EngineCall& call,
                           const Asked& asked, const Error& error);
    [[nodiscard]] store::SpeechCallRow make_line(const SpeechOrder& order, const EngineCall& call,
                                                 const Sha256& name) const;
    /// Fills in what these requests cost, or may cost.
    void price(store::SpeechCallRow& line, const EngineCall& call,
               const std::vector<Milliseconds>& requests) const;
    void say(telemetry::Event event, const SpeechOrder& order, std::string_view engine);
    void count(const store::SpeechCallRow& line);

    store::SpeechRecords& records_;
    const Clock& clock_;
    SpeechCosts costs_;
    telemetry::Telemetry* telemetry_;
    Synchronized<std::optional<Timestamp>> closed_until_ = {};
};

}  // namespace oidor::pipeline

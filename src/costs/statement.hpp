// What engines cost in some days: the ledger's lines, added up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/speech_records.hpp"

namespace oidor::costs {

/// What lines are told apart by, beside the currency.
enum class By { Engine, Day, Campaign, Account };
/// `engine`, `day`, `campaign`, `account`.
std::string_view format(By by);
std::optional<By> parse_by(std::string_view text);

/// What is asked for.
struct Question {
    std::string from = {};  ///< A day, `2026-02-10`.
    std::string to = {};    ///< Half-open; at most 366 days.
    By by = By::Engine;
    std::optional<std::string> source = {};
    std::optional<std::string> account = {};
    std::vector<std::string> campaigns_allowed = {};  ///< Of a limited key; empty: all.
};
/// Errors: Invalid, with what is wrong with the days.
Result<void> check(const Question& question);

/// One line.
struct Line {
    std::optional<std::string> name = {};   ///< Null: no campaign.
    std::optional<std::string> model = {};  ///< By engine.
    std::string currency = {};
    std::int64_t calls = 0;   ///< That were paid.
    std::int64_t cached = 0;  ///< That were not made: the reply was there.
    std::int64_t failed = 0;  ///< Refused or failed: nothing is billed.
    std::int64_t open = 0;    ///< Under way.
    std::int64_t unconfirmed = 0;
    std::int64_t unpriced = 0;  ///< Of the paid, open and unconfirmed ones: without a price.
    std::int64_t audio_ms = 0;  ///< Of the recordings that were paid for.
    std::int64_t sent_ms = 0;
    std::int64_t billed_ms = 0;
    std::int64_t cost_micros = 0;         ///< Of the paid ones that have a price.
    std::int64_t unconfirmed_micros = 0;  ///< What the unconfirmed ones may have cost.
    bool operator==(const Line&) const = default;
};

/// All lines, by name, and one sum for each currency.
struct Statement {
    std::vector<Line> lines = {};
    std::vector<Line> totals = {};
};

/// Pure.
Statement add_up(const std::vector<store::SpeechSpending>& spending, By by);
/// Errors: Invalid (the days), those of the store.
Result<Statement> make_statement(const store::SpeechRecords& records, const Question& question);

}  // namespace oidor::costs

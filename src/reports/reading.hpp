// What a report needs of a stored audit's JSON. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/decimal.hpp"
#include "base/result.hpp"

namespace oidor::reports {

/// How a criterion came out, as audits say it: `pass`, `fail`, `unknown`, `not_applicable`.
enum class Outcome { Pass, Fail, Unknown, NotApplicable };

/// What an audit says, beside what its row does.
struct Reading {
    std::optional<Decimal> sentiment = {};
    std::vector<std::pair<std::string, Outcome>> criteria = {};  ///< In the scorecard's order.
    std::vector<std::string> forbidden = {};  ///< `palabras_prohibidas`: each phrase once.
    std::vector<std::string> review_reasons = {};
    std::optional<bool> greeted = {};
    std::optional<bool> offered_help = {};
    std::optional<bool> said_goodbye = {};

    /// Whether a criterion passed or failed; nothing when neither, or when there is none.
    [[nodiscard]] std::optional<bool> passed(std::string_view criterion) const;
};

/// Corrupt when it is no audit.
Result<Reading> read_audit(std::string_view json);

}  // namespace oidor::reports

// What a report is asked: which one, of which days, of whom, and how it is split. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace oidor::reports {

enum class Kind { Categories, Protocol, Phrases, Review, Trend, Executive };
inline constexpr Kind kLastKind = Kind::Executive;
/// `categories`, `protocol`, `phrases`, `review`, `trend`, `executive`.
std::string_view format(Kind kind);
std::optional<Kind> parse_kind(std::string_view text);

/// What each line of figures is of: everything asked for, one campaign, one agent.
enum class By { Whole, Campaign, Agent };
/// `whole`, `campaign`, `agent`.
std::string_view format(By by);
std::optional<By> parse_by(std::string_view text);

/// Below this many values a share or a mean is shown as "few" and ranks nobody.
inline constexpr int kMinN = 5;
/// The most days of a report.
inline constexpr int kDaysMax = 366;
/// Of the review list: its length when nobody says one, and at most.
inline constexpr int kReviewLines = 20;
inline constexpr int kReviewLinesMax = 500;
/// Of the executive export, a page: conversations.
inline constexpr int kExportPage = 1'000;
inline constexpr int kExportPageMax = 5'000;

/// A question; days are the stored local days of calls, half-open.
struct Question {
    Kind kind = Kind::Categories;
    std::string from = {};
    std::string to = {};
    std::optional<std::string> campaign = {};
    std::optional<std::string> agent = {};
    std::optional<std::string> scorecard = {};  ///< Its id; nothing: each by itself.
    std::optional<int> scorecard_version = {};
    By by = By::Whole;
    int min_n = kMinN;
    std::optional<int> limit = {};          ///< Lines of the review list, calls of an export.
    std::optional<std::string> after = {};  ///< Where an export goes on.
    std::vector<std::string> campaigns_allowed = {};  ///< Of a limited key; empty: all.
};

/// Finds what was given for a name: of an address or of a command line.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

/// Reads `from`, `to`, `campaign`, `agent`, `scorecard` (`ID` or `ID@VERSION`), `by`, `min_n`,
/// `limit` and `after`. Without days: up to and with `today`, 7 days of it, 30 of a trend.
/// Errors: Invalid, which names what is wrong with which.
Result<Question> read_question(Kind kind, const Lookup& given, std::string_view today);

}  // namespace oidor::reports

// A report as a table: columns, cells, what was counted apart; and the printers that write it as
// JSON, CSV, text or HTML, piece by piece, so that a long one needs no more memory than a short
// one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/decimal.hpp"
#include "base/messages.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "reports/intervals.hpp"
#include "reports/question.hpp"

namespace oidor::reports {

/// A decimal that is printed with so many places.
struct Fixed {
    Decimal value = {};
    int places = 2;
    bool operator==(const Fixed&) const = default;
    [[nodiscard]] std::string text() const;
};

/// There is a figure, and too few values behind it.
struct Few {
    bool operator==(const Few&) const = default;
};

using Cell = std::variant<std::nullptr_t, Few, bool, std::int64_t, Fixed, std::string,
                          std::vector<std::string>>;
using Row = std::vector<Cell>;

/// What a column holds. `Codes` are words of a closed list, which people read in their language.
enum class ColumnType { Text, Texts, Codes, Integer, Number, Flag };
/// Who reads a column: everybody, or only programs (JSON and CSV).
enum class Audience { Everybody, Programs };

/// One column; its name is the same in JSON and CSV. All may be empty.
struct Column {
    std::string_view name = {};
    Message title = {};
    ColumnType type = ColumnType::Text;
    Audience audience = Audience::Everybody;
};

/// What the figures are made of and what they leave out. Every audit that was looked at is in
/// exactly one of the counts behind `audits`.
struct Counts {
    std::int64_t conversations = 0;  ///< Of the days and filters.
    std::int64_t audits = 0;         ///< Current ones of their parts, whatever became of them.
    std::int64_t figures = 0;        ///< Those behind the figures.
    std::int64_t not_auditable = 0;
    std::int64_t without_score = 0;  ///< Auditable, but nothing of them could be judged.
    std::int64_t other_scorecards = 0;
    std::int64_t agents_defaulted = 0;
    std::int64_t agents_unmapped = 0;
    std::int64_t campaigns_defaulted = 0;
    std::int64_t campaigns_unmapped = 0;
    std::int64_t unreadable = 0;    ///< Their stored bytes are damaged; only where they are read.
    std::int64_t not_judged = 0;    ///< Parts without any audit: on their way, or not heard.
    std::int64_t needs_review = 0;  ///< Of `figures`.
    std::map<std::string, std::int64_t> not_auditable_reasons = {};
    bool operator==(const Counts&) const = default;
};

/// Each count by its name, in the order in which they are shown.
std::vector<std::pair<std::string_view, std::int64_t>> list_counts(const Counts& counts);

/// A point of a chart; without a mean: too few that day, or none.
struct Point {
    std::string day = {};
    std::optional<Decimal> mean = {};
    std::optional<Interval> interval = {};
};
/// One line of a chart.
struct Series {
    std::string scorecard = {};
    std::string name = {};  ///< Of the campaign or agent; empty: of everything.
    std::vector<Point> points = {};
};

/// What stands before the rows.
struct Head {
    Question question = {};
    Timestamp at = {};
    std::vector<Column> columns = {};
    std::vector<Series> series = {};
};

/// What stands behind them.
struct Tail {
    Counts counts = {};
    std::map<std::string, std::set<int>> scorecards = {};  ///< Behind the figures: their versions.
    std::optional<std::string> next = {};                  ///< Where an export goes on.
    std::vector<std::string> unreadable = {};  ///< Conversations of such audits, the first of them.
};

/// Writes one report: `begin`, each row, `end`. One caller at a time.
class Printer {
  public:
    virtual ~Printer() = default;
    virtual void begin(const Head& head) = 0;
    /// As many cells as the head has columns.
    virtual void row(const Row& cells) = 0;
    virtual void end(const Tail& tail) = 0;
};

enum class Format { Text, Csv, Json, Html };
/// `text`, `csv`, `json`, `html`.
std::optional<Format> parse_format(std::string_view text);

/// Where a printer's bytes go.
using Write = std::function<void(std::string_view)>;
/// A code of a closed list (why an audit is to be reviewed) in people's words.
using CodeText = std::function<std::string(std::string_view code, UiLanguage language)>;

std::unique_ptr<Printer> make_printer(Format format, UiLanguage language, CodeText code_text,
                                      Write write);

/// A report's title.
std::string_view title_of(Kind kind, UiLanguage language);
/// What a reader has to know before the figures: days, split, minimum, how intervals are made.
std::vector<std::string> notes_before(const Head& head, UiLanguage language);
/// What was counted apart, and the scorecards.
std::vector<std::string> notes_behind(const Tail& tail, UiLanguage language);
/// A cell as people read it.
std::string cell_text(const Column& column, const Cell& cell, UiLanguage language,
                      const CodeText& code_text);

// The four kinds of printers; `make_printer` chooses.
std::unique_ptr<Printer> make_json_printer(Write write);
std::unique_ptr<Printer> make_csv_printer(UiLanguage language, Write write);
std::unique_ptr<Printer> make_text_printer(UiLanguage language, CodeText code_text, Write write);
std::unique_ptr<Printer> make_html_printer(UiLanguage language, CodeText code_text, Write write);

}  // namespace oidor::reports

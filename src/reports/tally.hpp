// What each kind of report counts while the audits go by, and the rows that come out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "reports/document.hpp"
#include "reports/report.hpp"
#include "reports/selection.hpp"

namespace oidor::reports {

/// Counts one report. Its memory grows with groups, days and phrases, never with calls: at
/// `kCountersMax` of them it gives up with TooLarge.
class Tally {
  public:
    static constexpr std::size_t kCountersMax = 200'000;

    virtual ~Tally() = default;
    /// Whether it reads the audits themselves, or their rows alone.
    [[nodiscard]] virtual store::Bodies bodies() const = 0;
    [[nodiscard]] virtual Selection::Unscored unscored() const {
        return Selection::Unscored::Apart;
    }
    virtual void clear() = 0;
    /// Takes an audit of a group; all of a conversation come one after another. Corrupt: it cannot
    /// be read, and nothing of it was taken.
    virtual Result<void> add(const Group& group, const store::JudgedPart& part) = 0;
    /// Fills in columns and charts, and gives the rows.
    virtual Result<std::vector<Row>> finish(const Sources& sources, Head& head) = 0;
};

std::unique_ptr<Tally> make_categories_tally(const Question& question);
std::unique_ptr<Tally> make_protocol_tally(const Question& question);
std::unique_ptr<Tally> make_phrases_tally(const Question& question);
std::unique_ptr<Tally> make_trend_tally(const Question& question);
std::unique_ptr<Tally> make_review_tally(const Question& question);

/// Distinct conversations among lines of which all of one follow each other.
class CallCount {
  public:
    /// Whether it is one that was not counted yet.
    bool add(ConversationId id) {
        if (last_ == id) {
            return false;
        }
        last_ = id;
        ++count_;
        return true;
    }
    [[nodiscard]] std::int64_t count() const { return count_; }

  private:
    std::optional<ConversationId> last_ = {};
    std::int64_t count_ = 0;
};

/// TooLarge when one counter more is too many.
Result<void> check_room(std::size_t counters);

/// The columns that tell groups apart: the scorecard, and whose figures they are.
std::vector<Column> group_columns(By by);
/// Their cells.
Row group_cells(const Group& group, By by, const Sources& sources);
/// A group's name for people: its campaign's or agent's; the id where it has none.
std::string name_of(const Group& group, By by, const Sources& sources);

/// A share in percent with its interval, three cells: "few" where `n` is below the minimum.
void add_share(Row& row, std::int64_t hits, std::int64_t n, int min_n);
/// A mean with its interval, likewise.
void add_mean(Row& row, const Moments& moments, int min_n);
/// Whether a cell of a row says "few", as the last cell.
void add_few(Row& row);
/// The column that goes with it.
Column few_column();

template <typename T>
Cell or_empty(const std::optional<T>& value) {
    return value ? Cell(*value) : Cell(nullptr);
}

}  // namespace oidor::reports

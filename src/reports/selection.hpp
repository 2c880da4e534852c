// Which audits are behind a report's figures, in which group, and which are counted apart and why.
// Pure.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/document.hpp"
#include "store/reports.hpp"

namespace oidor::reports {

/// What figures are of. Scorecards are never mixed: two of them measure two things.
struct Group {
    std::string scorecard = {};
    std::string id = {};  ///< Of the campaign or the agent; empty: of everything.
    auto operator<=>(const Group&) const = default;
};

/// Takes every line of a walk and decides. Each audit ends in exactly one count.
class Selection {
  public:
    /// `unscored`: whether audits without a score belong to the lines, too (a list, no mean).
    enum class Unscored { Apart, Listed };
    Selection(const Question& question, Unscored unscored)
        : question_(question), unscored_(unscored) {}

    void clear();
    /// The group of a line; nothing: counted apart.
    std::optional<Group> place(const store::JudgedPart& part);

    /// A line that had a place turned out to be no audit: it is counted apart after all.
    void put_apart(const store::JudgedPart& part);

    [[nodiscard]] const Counts& counts() const { return counts_; }
    [[nodiscard]] Tail tail() const;

  private:
    /// Where an audit that stays out is counted; null: it is in.
    std::int64_t* apart(const store::JudgedPart& part, const store::JudgedAudit& audit);
    void name_unreadable(const store::JudgedPart& part);

    /// So many are named; the others are counted.
    static constexpr std::size_t kUnreadableNamed = 20;

    const Question& question_;
    Unscored unscored_;
    Counts counts_ = {};
    std::map<std::string, std::set<int>> scorecards_ = {};
    std::vector<std::string> unreadable_ = {};
    std::optional<ConversationId> last_ = {};
};

}  // namespace oidor::reports

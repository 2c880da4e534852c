// How many audits are in each category, their means, how many are to be reviewed.
#include <algorithm>

#include "reports/tally.hpp"

namespace oidor::reports {
namespace {

struct Figures {
    Moments scores = {};
    std::int64_t review = 0;

    void add(const store::JudgedAudit& audit) {
        scores.add(*audit.quality_score);
        review += audit.needs_review ? 1 : 0;
    }
};

struct GroupFigures {
    Figures all = {};
    std::map<std::string, Figures> categories = {};
};

using Entry = std::pair<Group, const GroupFigures*>;

class CategoriesTally final : public Tally {
  public:
    explicit CategoriesTally(const Question& question) : question_(question) {}

    [[nodiscard]] store::Bodies bodies() const override { return store::Bodies::Without; }

    void clear() override {
        groups_.clear();
        counters_ = 0;
    }

    Result<void> add(const Group& group, const store::JudgedPart& part) override {
        auto [found, is_new] = groups_.try_emplace(group);
        found->second.all.add(*part.audit);
        if (const auto& category = part.audit->quality_category) {
            const auto [of_category, added] = found->second.categories.try_emplace(*category);
            of_category->second.add(*part.audit);
            counters_ += added ? 1 : 0;
        }
        counters_ += is_new ? 1 : 0;
        return check_room(counters_);
    }

    Result<std::vector<Row>> finish(const Sources& sources, Head& head) override {
        head.columns = group_columns(question_.by);
        for (const auto& column : std::initializer_list<Column>{
                 {"rank", Message::report_column_rank, ColumnType::Integer},
                 {"category", Message::report_column_category},
                 {"n", Message::report_column_n, ColumnType::Integer},
                 {"share_percent", Message::report_column_share, ColumnType::Number},
                 {"share_low_percent", Message::report_column_low, ColumnType::Number},
                 {"share_high_percent", Message::report_column_high, ColumnType::Number},
                 {"mean_score", Message::report_column_mean, ColumnType::Number},
                 {"mean_low", Message::report_column_low, ColumnType::Number},
                 {"mean_high", Message::report_column_high, ColumnType::Number},
                 {"review", Message::page_to_review, ColumnType::Integer},
                 {"review_percent", Message::report_column_review_share, ColumnType::Number},
                 {"review_low_percent", Message::report_column_low, ColumnType::Number},
                 {"review_high_percent", Message::report_column_high, ColumnType::Number}}) {
            head.columns.push_back(column);
        }
        head.columns.push_back(few_column());
        std::vector<Row> rows;
        std::string scorecard;
        std::int64_t place = 0;
        std::int64_t rank = 0;
        std::optional<Decimal> last;
        for (const auto& [group, figures] : in_order()) {
            if (group.scorecard != scorecard) {
                scorecard = group.scorecard;
                place = 0;
                last.reset();
            }
            ++place;
            const auto score = mean(figures->all.scores);
            rank = last && score == last ? rank : place;
            last = score;
            add_group(rows, group, *figures,
                      is_ranked(*figures) ? std::optional(rank) : std::nullopt, sources);
        }
        return rows;
    }

  private:
    [[nodiscard]] bool is_ranked(const GroupFigures& figures) const {
        return question_.by != By::Whole && figures.all.scores.n >= question_.min_n;
    }

    /// By scorecard; the best mean first, those of few audits behind, by id.
    [[nodiscard]] std::vector<Entry> in_order() const {
        std::vector<Entry> entries;
        for (const auto& [group, figures] : groups_) {
            entries.emplace_back(group, &figures);
        }
        std::ranges::stable_sort(entries, [this](const Entry& left, const Entry& right) {
            if (left.first.scorecard != right.first.scorecard) {
                return left.first.scorecard < right.first.scorecard;
            }
            const bool left_ranked = is_ranked(*left.second);
            const bool right_ranked = is_ranked(*right.second);
            if (left_ranked != right_ranked) {
                return left_ranked;
            }
            return left_ranked && mean(left.second->all.scores) > mean(right.second->all.scores);
        });
        return entries;
    }

    void add_group(std::vector<Row>& rows, const Group& group, const GroupFigures& figures,
                   std::optional<std::int64_t> rank, const Sources& sources) const {
        auto first = group_cells(group, question_.by, sources);
        const auto begin = first;
        first.push_back(or_empty(rank));
        first.emplace_back(nullptr);
        first.emplace_back(figures.all.scores.n);
        first.insert(first.end(), 3, nullptr);
        add_figures(first, figures.all);
        rows.push_back(std::move(first));
        std::vector<std::pair<std::string, const Figures*>> categories;
        for (const auto& [category, each] : figures.categories) {
            categories.emplace_back(category, &each);
        }
        std::ranges::stable_sort(categories, [](const auto& left, const auto& right) {
            return mean(left.second->scores) > mean(right.second->scores);
        });
        for (const auto& [category, each] : categories) {
            auto row = begin;
            row.emplace_back(nullptr);
            row.emplace_back(category);
            row.emplace_back(each->scores.n);
            add_share(row, each->scores.n, figures.all.scores.n, question_.min_n);
            add_figures(row, *each);
            rows.push_back(std::move(row));
        }
    }

    void add_figures(Row& row, const Figures& figures) const {
        add_mean(row, figures.scores, question_.min_n);
        row.emplace_back(figures.review);
        add_share(row, figures.review, figures.scores.n, question_.min_n);
        add_few(row);
    }

    const Question& question_;
    std::map<Group, GroupFigures> groups_ = {};
    std::size_t counters_ = 0;
};

}  // namespace

std::unique_ptr<Tally> make_categories_tally(const Question& question) {
    return std::make_unique<CategoriesTally>(question);
}

}  // namespace oidor::reports

// Day by day: calls, mean score, minutes, what is to be reviewed, sentiment.
#include "base/time_zone.hpp"
#include "reports/reading.hpp"
#include "reports/tally.hpp"

namespace oidor::reports {
namespace {

struct DayFigures {
    CallCount calls = {};
    std::int64_t calls_timed = 0;
    std::int64_t seconds = 0;
    Moments scores = {};
    std::int64_t review = 0;
    std::int64_t sentiments = 0;
    Decimal sentiment = {};
};

using Days = std::map<std::string, DayFigures>;

class TrendTally final : public Tally {
  public:
    explicit TrendTally(const Question& question) : question_(question) {}

    [[nodiscard]] store::Bodies bodies() const override { return store::Bodies::With; }

    void clear() override {
        groups_.clear();
        counters_ = 0;
    }

    Result<void> add(const Group& group, const store::JudgedPart& part) override {
        TRY_ASSIGN(const auto reading, read_audit(part.audit->json));
        const auto [found, is_new] = groups_[group].try_emplace(part.day);
        if (is_new) {
            TRY(check_room(++counters_));
        }
        auto& figures = found->second;
        if (figures.calls.add(part.conversation) && part.duration_s) {
            ++figures.calls_timed;
            figures.seconds += *part.duration_s;
        }
        figures.scores.add(*part.audit->quality_score);
        figures.review += part.audit->needs_review ? 1 : 0;
        if (reading.sentiment) {
            ++figures.sentiments;
            figures.sentiment += *reading.sentiment;
        }
        return {};
    }

    Result<std::vector<Row>> finish(const Sources& sources, Head& head) override {
        head.columns = group_columns(question_.by);
        for (const auto& column : std::initializer_list<Column>{
                 {"day", Message::page_day},
                 {"calls", Message::report_column_calls, ColumnType::Integer},
                 {"n", Message::report_column_n, ColumnType::Integer},
                 {"mean_score", Message::report_column_mean, ColumnType::Number},
                 {"mean_low", Message::report_column_low, ColumnType::Number},
                 {"mean_high", Message::report_column_high, ColumnType::Number},
                 {"mean_minutes", Message::report_column_minutes, ColumnType::Number},
                 {"review", Message::page_to_review, ColumnType::Integer},
                 {"review_percent", Message::report_column_review_share, ColumnType::Number},
                 {"review_low_percent", Message::report_column_low, ColumnType::Number},
                 {"review_high_percent", Message::report_column_high, ColumnType::Number},
                 {"mean_sentiment", Message::report_column_sentiment, ColumnType::Number}}) {
            head.columns.push_back(column);
        }
        head.columns.push_back(few_column());
        std::vector<Row> rows;
        for (const auto& [group, days] : groups_) {
            Series series{.scorecard = group.scorecard, .name = {}};
            if (question_.by != By::Whole) {
                series.name = name_of(group, question_.by, sources);
            }
            // A day without calls is a line, too: a gap must be seen.
            for (auto day = question_.from; day < question_.to; day = add_days(day, 1)) {
                const auto found = days.find(day);
                const auto figures = found != days.end() ? found->second : DayFigures();
                rows.push_back(make_row(group, day, figures, sources));
                TRY(check_room(rows.size()));
                series.points.push_back(make_point(day, figures));
            }
            head.series.push_back(std::move(series));
        }
        return rows;
    }

  private:
    [[nodiscard]] Point make_point(const std::string& day, const DayFigures& figures) const {
        Point point{.day = day};
        if (figures.scores.n >= question_.min_n) {
            point.mean = mean(figures.scores);
            point.interval = mean_interval(figures.scores);
        }
        return point;
    }

    [[nodiscard]] Row make_row(const Group& group, const std::string& day,
                               const DayFigures& figures, const Sources& sources) const {
        auto row = group_cells(group, question_.by, sources);
        row.emplace_back(day);
        row.emplace_back(figures.calls.count());
        row.emplace_back(figures.scores.n);
        add_mean(row, figures.scores, question_.min_n);
        row.push_back(alone(figures.calls_timed, [&] {
            return Fixed{.value = ratio(figures.seconds, figures.calls_timed * 60, 2)};
        }));
        row.emplace_back(figures.review);
        add_share(row, figures.review, figures.scores.n, question_.min_n);
        row.push_back(alone(figures.sentiments, [&] {
            return Fixed{
                .value = ratio(figures.sentiment.micros(), figures.sentiments * Decimal::kScale, 3),
                .places = 3};
        }));
        add_few(row);
        return row;
    }

    /// A mean without an interval.
    template <typename Make>
    [[nodiscard]] Cell alone(std::int64_t n, Make make) const {
        if (n == 0) {
            return nullptr;
        }
        return n < question_.min_n ? Cell(Few{}) : Cell(make());
    }

    const Question& question_;
    std::map<Group, Days> groups_ = {};
    std::size_t counters_ = 0;
};

}  // namespace

std::unique_ptr<Tally> make_trend_tally(const Question& question) {
    return std::make_unique<TrendTally>(question);
}

}  // namespace oidor::reports

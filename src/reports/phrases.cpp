// Which forbidden phrases were said, how often, in how many calls.
#include <algorithm>

#include "reports/reading.hpp"
#include "reports/tally.hpp"

namespace oidor::reports {
namespace {

struct Said {
    std::int64_t audits = 0;
    CallCount calls = {};
};

struct GroupSaid {
    CallCount calls = {};
    std::map<std::string, Said> phrases = {};
};

class PhrasesTally final : public Tally {
  public:
    explicit PhrasesTally(const Question& question) : question_(question) {}

    [[nodiscard]] store::Bodies bodies() const override { return store::Bodies::With; }

    void clear() override {
        groups_.clear();
        counters_ = 0;
    }

    Result<void> add(const Group& group, const store::JudgedPart& part) override {
        TRY_ASSIGN(const auto reading, read_audit(part.audit->json));
        auto& figures = groups_[group];
        figures.calls.add(part.conversation);
        for (const auto& phrase : reading.forbidden) {
            const auto [found, is_new] = figures.phrases.try_emplace(phrase);
            if (is_new) {
                TRY(check_room(++counters_));
            }
            ++found->second.audits;
            found->second.calls.add(part.conversation);
        }
        return {};
    }

    Result<std::vector<Row>> finish(const Sources& sources, Head& head) override {
        head.columns = group_columns(question_.by);
        for (const auto& column : std::initializer_list<Column>{
                 {"phrase", Message::report_column_phrase},
                 {"audits", Message::report_column_hits, ColumnType::Integer},
                 {"calls", Message::report_column_calls, ColumnType::Integer},
                 {"of_calls", Message::report_column_of_calls, ColumnType::Integer},
                 {"calls_percent", Message::report_column_calls_share, ColumnType::Number},
                 {"calls_low_percent", Message::report_column_low, ColumnType::Number},
                 {"calls_high_percent", Message::report_column_high, ColumnType::Number}}) {
            head.columns.push_back(column);
        }
        head.columns.push_back(few_column());
        std::vector<Row> rows;
        for (const auto& [group, figures] : groups_) {
            std::vector<std::pair<std::string, const Said*>> phrases;
            for (const auto& [phrase, said] : figures.phrases) {
                phrases.emplace_back(phrase, &said);
            }
            std::ranges::stable_sort(phrases, [](const auto& left, const auto& right) {
                return left.second->audits > right.second->audits;
            });
            for (const auto& [phrase, said] : phrases) {
                auto row = group_cells(group, question_.by, sources);
                row.emplace_back(phrase);
                row.emplace_back(said->audits);
                row.emplace_back(said->calls.count());
                row.emplace_back(figures.calls.count());
                add_share(row, said->calls.count(), figures.calls.count(), question_.min_n);
                add_few(row);
                rows.push_back(std::move(row));
            }
        }
        return rows;
    }

  private:
    const Question& question_;
    std::map<Group, GroupSaid> groups_ = {};
    std::size_t counters_ = 0;
};

}  // namespace

std::unique_ptr<Tally> make_phrases_tally(const Question& question) {
    return std::make_unique<PhrasesTally>(question);
}

}  // namespace oidor::reports

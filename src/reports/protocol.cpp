// How often each criterion was met.
#include "reports/reading.hpp"
#include "reports/tally.hpp"

namespace oidor::reports {
namespace {

struct Outcomes {
    std::int64_t pass = 0;
    std::int64_t fail = 0;
    std::int64_t unknown = 0;
    std::int64_t not_applicable = 0;
    int version = 0;  ///< The newest of the scorecard that has it: whose title it gets.

    void add(Outcome outcome) {
        switch (outcome) {
            case Outcome::Pass: ++pass; break;
            case Outcome::Fail: ++fail; break;
            case Outcome::Unknown: ++unknown; break;
            case Outcome::NotApplicable: ++not_applicable; break;
        }
    }
};

struct GroupOutcomes {
    std::vector<std::string> order = {};  ///< As the scorecard names its criteria.
    std::map<std::string, Outcomes, std::less<>> criteria = {};
};

class ProtocolTally final : public Tally {
  public:
    explicit ProtocolTally(const Question& question) : question_(question) {}

    [[nodiscard]] store::Bodies bodies() const override { return store::Bodies::With; }

    void clear() override {
        groups_.clear();
        counters_ = 0;
    }

    Result<void> add(const Group& group, const store::JudgedPart& part) override {
        TRY_ASSIGN(const auto reading, read_audit(part.audit->json));
        auto& figures = groups_[group];
        for (const auto& [id, outcome] : reading.criteria) {
            const auto [found, is_new] = figures.criteria.try_emplace(id);
            if (is_new) {
                figures.order.push_back(id);
                TRY(check_room(++counters_));
            }
            found->second.add(outcome);
            found->second.version = std::max(found->second.version, part.audit->scorecard_version);
        }
        return {};
    }

    Result<std::vector<Row>> finish(const Sources& sources, Head& head) override {
        head.columns = group_columns(question_.by);
        for (const auto& column : std::initializer_list<Column>{
                 {"criterion", Message::report_column_criterion_id, ColumnType::Text,
                  Audience::Programs},
                 {"title", Message::page_criterion},
                 {"pass", Message::report_column_pass, ColumnType::Integer},
                 {"fail", Message::report_column_fail, ColumnType::Integer},
                 {"unknown", Message::report_column_unknown, ColumnType::Integer},
                 {"not_applicable", Message::report_column_not_applicable, ColumnType::Integer},
                 {"n", Message::report_column_n, ColumnType::Integer},
                 {"pass_percent", Message::report_column_pass_share, ColumnType::Number},
                 {"pass_low_percent", Message::report_column_low, ColumnType::Number},
                 {"pass_high_percent", Message::report_column_high, ColumnType::Number}}) {
            head.columns.push_back(column);
        }
        head.columns.push_back(few_column());
        std::vector<Row> rows;
        for (const auto& [group, figures] : groups_) {
            for (const auto& id : figures.order) {
                rows.push_back(make_row(group, id, figures.criteria.find(id)->second, sources));
            }
        }
        return rows;
    }

  private:
    [[nodiscard]] Row make_row(const Group& group, const std::string& id, const Outcomes& outcomes,
                               const Sources& sources) const {
        auto row = group_cells(group, question_.by, sources);
        const auto title = sources.criterion_title
                               ? sources.criterion_title(group.scorecard, outcomes.version, id)
                               : std::nullopt;
        row.emplace_back(id);
        row.emplace_back(title.value_or(id));
        const auto n = outcomes.pass + outcomes.fail;
        for (const auto count :
             {outcomes.pass, outcomes.fail, outcomes.unknown, outcomes.not_applicable, n}) {
            row.emplace_back(count);
        }
        // What nobody could hear, or what did not apply, is neither met nor missed.
        add_share(row, outcomes.pass, n, question_.min_n);
        add_few(row);
        return row;
    }

    const Question& question_;
    std::map<Group, GroupOutcomes> groups_ = {};
    std::size_t counters_ = 0;
};

}  // namespace

std::unique_ptr<Tally> make_protocol_tally(const Question& question) {
    return std::make_unique<ProtocolTally>(question);
}

}  // namespace oidor::reports

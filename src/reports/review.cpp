// The calls to be reviewed, the lowest scores first, each with the first words of its own.
#include <algorithm>
#include <tuple>

#include "reports/reading.hpp"
#include "reports/tally.hpp"

namespace oidor::reports {
namespace {

/// What has no score comes behind what has one.
constexpr int kUnscored = 101;

/// By score, then by time: the same list every time.
bool goes_before(const store::JudgedPart& left, const store::JudgedPart& right) {
    const auto key = [](const store::JudgedPart& part) {
        return std::tuple(part.audit->quality_score.value_or(kUnscored), part.day, part.listed_at,
                          part.conversation, *part.participation, part.audit->scorecard_id);
    };
    return key(left) < key(right);
}

class ReviewTally final : public Tally {
  public:
    explicit ReviewTally(const Question& question)
        : limit_(static_cast<std::size_t>(question.limit.value_or(kReviewLines))) {}

    [[nodiscard]] store::Bodies bodies() const override { return store::Bodies::Without; }
    [[nodiscard]] Selection::Unscored unscored() const override {
        return Selection::Unscored::Listed;
    }

    void clear() override { lowest_.clear(); }

    Result<void> add(const Group& /*group*/, const store::JudgedPart& part) override {
        if (!part.audit->needs_review ||
            (lowest_.size() == limit_ && !goes_before(part, lowest_.front()))) {
            return {};
        }
        lowest_.push_back(part);
        std::ranges::push_heap(lowest_, goes_before);
        if (lowest_.size() > limit_) {
            std::ranges::pop_heap(lowest_, goes_before);
            lowest_.pop_back();
        }
        return {};
    }

    Result<std::vector<Row>> finish(const Sources& sources, Head& head) override {
        head.columns = {
            {"conversation", Message::report_column_conversation, ColumnType::Text,
             Audience::Programs},
            {"call_sid", Message::page_call},
            {"day", Message::page_day},
            {"scorecard", Message::report_column_scorecard},
            {"campaign", Message::page_campaign},
            {"agent", Message::report_column_agent_id, ColumnType::Text, Audience::Programs},
            {"agent_state", Message::page_state, ColumnType::Text, Audience::Programs},
            {"agent_name", Message::page_agent},
            {"quality_score", Message::page_score, ColumnType::Integer},
            {"quality_category", Message::report_column_category},
            {"review_reasons", Message::page_why, ColumnType::Codes},
            {"preview", Message::report_column_preview}};
        std::ranges::sort_heap(lowest_, goes_before);
        std::vector<Row> rows;
        for (const auto& part : lowest_) {
            TRY_ASSIGN(auto row, make_row(part, sources));
            rows.push_back(std::move(row));
        }
        return rows;
    }

  private:
    static Result<Row> make_row(const store::JudgedPart& part, const Sources& sources) {
        const auto& audit = *part.audit;
        const auto campaign = sources.campaigns.find(part.campaign.value_or(""));
        Row row = {
            part.conversation.text(), part.external_id, part.day, audit.scorecard_id,
            campaign != sources.campaigns.end() ? Cell(campaign->second) : or_empty(part.campaign)};
        // Whom a default or nobody names is not blamed for a call.
        const bool mapped = part.agent_state == MappingState::Mapped;
        row.push_back(mapped ? or_empty(part.agent) : Cell(nullptr));
        row.emplace_back(std::string(oidor::format(part.agent_state)));
        row.push_back(mapped ? or_empty(part.agent_name) : Cell(nullptr));
        row.push_back(audit.quality_score ? Cell(std::int64_t{*audit.quality_score})
                                          : Cell(nullptr));
        row.push_back(or_empty(audit.quality_category));
        TRY_ASSIGN(auto reasons, reasons_of(part, sources));
        row.emplace_back(std::move(reasons));
        std::optional<std::string> preview;
        if (sources.content == Content::Shown && sources.preview) {
            auto found = sources.preview(part.conversation);
            if (!found && found.error().code != ErrorCode::Corrupt) {
                return fail(found.error());
            }
            preview = found ? std::move(*found) : std::nullopt;
        }
        row.push_back(or_empty(preview));
        return row;
    }

    static Result<std::vector<std::string>> reasons_of(const store::JudgedPart& part,
                                                       const Sources& sources) {
        const auto audits = sources.store.conversations().list_audits(part.conversation);
        if (!audits && audits.error().code == ErrorCode::Corrupt) {
            return std::vector<std::string>();  // damaged: the line stays, without reasons
        }
        if (!audits) {
            return fail(audits.error());
        }
        for (const auto& audit : *audits) {
            if (audit.participation == *part.participation &&
                audit.scorecard_id == part.audit->scorecard_id) {
                auto reading = read_audit(audit.json);
                return reading ? std::move(reading->review_reasons) : std::vector<std::string>();
            }
        }
        return std::vector<std::string>();  // erased since
    }

    std::size_t limit_;
    std::vector<store::JudgedPart> lowest_ = {};  ///< A heap, the highest of them first.
};

}  // namespace

std::unique_ptr<Tally> make_review_tally(const Question& question) {
    return std::make_unique<ReviewTally>(question);
}

}  // namespace oidor::reports

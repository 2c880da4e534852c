#include "reports/report.hpp"

#include "base/assert.hpp"
#include "reports/executive.hpp"
#include "reports/tally.hpp"

namespace oidor::reports {
namespace {

store::JudgedFilter filter_of(const Question& question, store::Bodies bodies) {
    return {.from = question.from,
            .to = question.to,
            .campaign = question.campaign,
            .campaigns_allowed = question.campaigns_allowed,
            .agent = question.agent,
            .bodies = bodies};
}

std::unique_ptr<Tally> make_tally(const Question& question) {
    switch (question.kind) {
        case Kind::Categories: return make_categories_tally(question);
        case Kind::Protocol: return make_protocol_tally(question);
        case Kind::Phrases: return make_phrases_tally(question);
        case Kind::Review: return make_review_tally(question);
        case Kind::Trend: return make_trend_tally(question);
        case Kind::Executive: break;
    }
    return nullptr;
}

/// Gives each line of a walk to the tally, unless it is counted apart.
class Counting final : public store::JudgedVisitor {
  public:
    Counting(Selection& selection, Tally& tally) : selection_(selection), tally_(tally) {}

    void begin() override {
        selection_.clear();
        tally_.clear();
    }
    Result<void> take(store::JudgedPart part) override {
        const auto group = selection_.place(part);
        if (!group) {
            return {};
        }
        auto added = tally_.add(*group, part);
        if (!added && added.error().code == ErrorCode::Corrupt) {
            selection_.put_apart(part);  // One damaged audit takes no month away.
            return {};
        }
        return added;
    }

  private:
    Selection& selection_;
    Tally& tally_;
};

/// Page by page, so that it may be as long as it likes.
Result<void> export_calls(const Sources& sources, const Question& question, Printer& printer) {
    std::optional<store::JudgedCursor> after;
    if (question.after) {
        TRY_ASSIGN(after, parse_cursor(*question.after));
    }
    const auto filter = filter_of(question, store::Bodies::With);
    Selection selection(question, Selection::Unscored::Apart);
    bool begun = false;
    while (true) {
        TRY_ASSIGN(const auto page, sources.store.reports().list_judged(
                                        filter, after, question.limit.value_or(kExportPage)));
        std::vector<Row> rows;
        for (const auto& part : page.parts) {
            if (!selection.place(part)) {
                continue;
            }
            auto row = make_executive_row(part, sources);
            if (!row && row.error().code == ErrorCode::Corrupt) {
                selection.put_apart(part);
                continue;
            }
            if (!row) {
                return fail(row.error());
            }
            rows.push_back(std::move(*row));
        }
        if (!begun) {
            printer.begin({.question = question, .at = sources.at, .columns = executive_columns()});
            begun = true;
        }
        for (const auto& row : rows) {
            printer.row(row);
        }
        after = page.next;
        if (!after || question.limit) {
            auto tail = selection.tail();
            tail.next = after ? std::optional(format_cursor(*after)) : std::nullopt;
            printer.end(tail);
            return {};
        }
    }
}

}  // namespace

Result<void> report(const Sources& sources, const Question& question, Printer& printer) {
    if (question.kind == Kind::Executive) {
        return export_calls(sources, question, printer);
    }
    const auto tally = make_tally(question);
    ASSERT(tally != nullptr, "every other kind has a tally");
    Selection selection(question, tally->unscored());
    Counting counting(selection, *tally);
    TRY(sources.store.reports().walk_judged(filter_of(question, tally->bodies()), counting));
    Head head{.question = question, .at = sources.at};
    TRY_ASSIGN(const auto rows, tally->finish(sources, head));
    printer.begin(head);
    for (const auto& row : rows) {
        printer.row(row);
    }
    printer.end(selection.tail());
    return {};
}

}  // namespace oidor::reports

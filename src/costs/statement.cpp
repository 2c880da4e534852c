#include "costs/statement.hpp"

#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "base/time_zone.hpp"

namespace oidor::costs {
namespace {

constexpr int kStatementDaysMax = 366;

constexpr std::array<std::pair<By, std::string_view>, 4> kWords = {{{By::Engine, "engine"},
                                                                    {By::Day, "day"},
                                                                    {By::Campaign, "campaign"},
                                                                    {By::Account, "account"}}};

bool is_statement_day(const std::string& text) { return local_day_start("UTC", text).has_value(); }

void add(Line& line, const store::SpeechSpending& spent) {
    using enum store::SpeechCallState;
    switch (spent.state) {
        case Paid:
            line.calls += spent.calls;
            line.unpriced += spent.calls_unpriced;
            line.audio_ms += spent.audio_ms;
            line.sent_ms += spent.sent_ms;
            line.billed_ms += spent.billed_ms;
            line.cost_micros += spent.cost_micros;
            break;
        case Cached: line.cached += spent.calls; break;
        case Refused:
        case Failed: line.failed += spent.calls; break;
        case Open:
            line.open += spent.calls;
            line.unpriced += spent.calls_unpriced;
            break;
        case Unconfirmed:
            line.unconfirmed += spent.calls;
            line.unpriced += spent.calls_unpriced;
            line.unconfirmed_micros += spent.cost_micros;
            break;
    }
}

std::optional<std::string> name_of(const store::SpeechSpending& spent, By by) {
    switch (by) {
        case By::Engine: return spent.engine;
        case By::Day: return spent.day;
        case By::Campaign: return spent.campaign;
        case By::Account: break;
    }
    return spent.source + "/" + spent.account;
}

}  // namespace

std::string_view format(By by) { return kWords.at(static_cast<std::size_t>(by)).second; }

std::optional<By> parse_by(std::string_view text) {
    for (const auto& [by, word] : kWords) {
        if (word == text) {
            return by;
        }
    }
    return std::nullopt;
}

Result<void> check(const Question& question) {
    if (!is_statement_day(question.from) || !is_statement_day(question.to)) {
        return fail(ErrorCode::Invalid, "from and to: expected days such as 2026-02-10");
    }
    if (question.to <= question.from) {
        return fail(ErrorCode::Invalid, "to: expected a day behind from");
    }
    if (question.to > add_days(question.from, kStatementDaysMax)) {
        return fail(ErrorCode::Invalid, "from and to: at most {} days", kStatementDaysMax);
    }
    return {};
}

Statement add_up(const std::vector<store::SpeechSpending>& spending, By by) {
    using Key = std::tuple<std::optional<std::string>, std::string, std::string>;
    std::map<Key, Line> lines;
    std::map<std::string, Line> totals;
    for (const auto& spent : spending) {
        const auto name = name_of(spent, by);
        const auto model = by == By::Engine ? spent.model : std::string();
        auto& line = lines[{name, model, spent.currency}];
        line.name = name;
        line.currency = spent.currency;
        if (!model.empty()) {
            line.model = model;
        }
        add(line, spent);
        auto& total = totals[spent.currency];
        total.currency = spent.currency;
        add(total, spent);
    }
    Statement statement;
    for (auto& [key, line] : lines) {
        statement.lines.push_back(std::move(line));
    }
    for (auto& [currency, total] : totals) {
        statement.totals.push_back(std::move(total));
    }
    return statement;
}

Result<Statement> make_statement(const store::SpeechRecords& records, const Question& question) {
    TRY(check(question));
    TRY_ASSIGN(const auto spending,
               records.list_spending({.from_day = question.from,
                                      .to_day = question.to,
                                      .source = question.source,
                                      .account = question.account,
                                      .campaigns_allowed = question.campaigns_allowed}));
    return add_up(spending, question.by);
}

}  // namespace oidor::costs

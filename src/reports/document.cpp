#include "reports/document.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace oidor::reports {
namespace {

constexpr std::array kTitles = {Message::report_title_categories, Message::report_title_protocol,
                                Message::report_title_phrases,    Message::report_title_review,
                                Message::report_title_trend,      Message::report_title_executive};
static_assert(kTitles.size() == static_cast<std::size_t>(kLastKind) + 1);

/// What a count that stays out of the figures is called.
constexpr std::array kApart = {
    std::pair("not_auditable", Message::report_apart_not_auditable),
    std::pair("without_score", Message::report_apart_without_score),
    std::pair("other_scorecards", Message::report_apart_other_scorecards),
    std::pair("agents_defaulted", Message::report_apart_agents_defaulted),
    std::pair("agents_unmapped", Message::report_apart_agents_unmapped),
    std::pair("campaigns_defaulted", Message::report_apart_campaigns_defaulted),
    std::pair("campaigns_unmapped", Message::report_apart_campaigns_unmapped),
    std::pair("unreadable", Message::report_apart_unreadable),
    std::pair("not_judged", Message::report_apart_not_judged)};

struct ToText {
    const Column& column;
    UiLanguage language;
    const CodeText& code_text;

    std::string operator()(std::nullptr_t) const { return "—"; }
    std::string operator()(Few) const { return std::string(text(Message::report_few, language)); }
    std::string operator()(bool flag) const {
        return std::string(text(flag ? Message::report_yes : Message::report_no, language));
    }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const Fixed& number) const { return number.text(); }
    std::string operator()(const std::string& words) const { return words; }
    std::string operator()(const std::vector<std::string>& texts) const {
        if (texts.empty()) {
            return std::string(text(Message::report_none, language));
        }
        if (column.type != ColumnType::Codes) {
            return fmt::format("{}", fmt::join(texts, ", "));
        }
        std::string out;
        for (const auto& code : texts) {
            out += (out.empty() ? "" : ", ") + (code_text ? code_text(code, language) : code);
        }
        return out;
    }
};

}  // namespace

std::string Fixed::text() const {
    constexpr int kStored = 6;
    const bool negative = value.micros() < 0;
    const auto digits = fmt::format("{:07}", negative ? -value.micros() : value.micros());
    const auto point = digits.size() - kStored;
    auto out = digits.substr(0, point);
    if (places > 0) {
        out += "." + digits.substr(point, static_cast<std::size_t>(places));
    }
    return negative ? "-" + out : out;
}

std::vector<std::pair<std::string_view, std::int64_t>> list_counts(const Counts& counts) {
    return {{"conversations", counts.conversations},
            {"audits", counts.audits},
            {"figures", counts.figures},
            {"not_auditable", counts.not_auditable},
            {"without_score", counts.without_score},
            {"other_scorecards", counts.other_scorecards},
            {"agents_defaulted", counts.agents_defaulted},
            {"agents_unmapped", counts.agents_unmapped},
            {"campaigns_defaulted", counts.campaigns_defaulted},
            {"campaigns_unmapped", counts.campaigns_unmapped},
            {"unreadable", counts.unreadable},
            {"not_judged", counts.not_judged},
            {"needs_review", counts.needs_review}};
}

std::string_view title_of(Kind kind, UiLanguage language) {
    return text(kTitles[static_cast<std::size_t>(kind)], language);
}

std::vector<std::string> notes_before(const Head& head, UiLanguage language) {
    const auto& question = head.question;
    std::vector<std::string> notes = {
        say<Message::report_days>(language, question.from, question.to)};
    if (question.campaign) {
        notes.push_back(say<Message::report_only_campaign>(language, *question.campaign));
    }
    if (question.agent) {
        notes.push_back(say<Message::report_only_agent>(language, *question.agent));
    }
    switch (question.kind) {
        case Kind::Review: notes.emplace_back(text(Message::report_note_review, language)); break;
        case Kind::Executive:
            notes.emplace_back(text(Message::report_note_executive, language));
            break;
        case Kind::Categories:
        case Kind::Protocol:
        case Kind::Phrases:
        case Kind::Trend:
            notes.push_back(say<Message::report_note_figures>(language, question.min_n));
    }
    return notes;
}

std::vector<std::string> notes_behind(const Tail& tail, UiLanguage language) {
    const auto& counts = tail.counts;
    std::vector<std::string> notes = {say<Message::report_made_of>(
        language, counts.figures, counts.audits, counts.conversations)};
    for (const auto& [id, versions] : tail.scorecards) {
        notes.push_back(say<Message::report_scorecard>(
            language, id, fmt::format("{}", fmt::join(versions, ", "))));
    }
    std::string apart;
    for (const auto& [name, count] : list_counts(counts)) {
        for (const auto& [known, message] : kApart) {
            if (name == known && count > 0) {
                apart += fmt::format("{}{} {}", apart.empty() ? "" : " · ", text(message, language),
                                     count);
            }
        }
    }
    notes.push_back(apart.empty() ? std::string(text(Message::report_apart_nothing, language))
                                  : say<Message::report_apart>(language, apart));
    if (!tail.unreadable.empty()) {
        notes.push_back(say<Message::report_unreadable>(
            language, fmt::format("{}", fmt::join(tail.unreadable, ", "))));
    }
    if (tail.next) {
        notes.push_back(say<Message::report_next>(language, *tail.next));
    }
    return notes;
}

std::string cell_text(const Column& column, const Cell& cell, UiLanguage language,
                      const CodeText& code_text) {
    return std::visit(ToText{column, language, code_text}, cell);
}

std::optional<Format> parse_format(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Format>, 4> kFormats = {
        {{"text", Format::Text},
         {"csv", Format::Csv},
         {"json", Format::Json},
         {"html", Format::Html}}};
    for (const auto& [name, format] : kFormats) {
        if (name == text) {
            return format;
        }
    }
    return std::nullopt;
}

std::unique_ptr<Printer> make_printer(Format format, UiLanguage language, CodeText code_text,
                                      Write write) {
    switch (format) {
        case Format::Text:
            return make_text_printer(language, std::move(code_text), std::move(write));
        case Format::Csv: return make_csv_printer(language, std::move(write));
        case Format::Json: return make_json_printer(std::move(write));
        case Format::Html: break;
    }
    return make_html_printer(language, std::move(code_text), std::move(write));
}

}  // namespace oidor::reports

#include "reports/document.hpp"

#include <gtest/gtest.h>

#include "reports/trend_chart.hpp"

namespace oidor::reports {
namespace {

Head make_head() {
    return {.question = {.kind = Kind::Review, .from = "2026-02-10", .to = "2026-02-11"},
            .columns = {
                {"call_sid", Message::page_call},
                {"agent", Message::report_column_agent_id, ColumnType::Text, Audience::Programs},
                {"score", Message::page_score, ColumnType::Number},
                {"reasons", Message::page_why, ColumnType::Codes},
                {"flag", Message::page_to_review, ColumnType::Flag}}};
}

std::string print(Format format, const Row& row, UiLanguage language = UiLanguage::English) {
    std::string out;
    const auto printer = make_printer(
        format, language,
        [](std::string_view code, UiLanguage) { return "<" + std::string(code) + ">"; },
        [&out](std::string_view bytes) { out += bytes; });
    printer->begin(make_head());
    printer->row(row);
    Tail tail;
    tail.counts.not_auditable = 2;
    tail.counts.not_auditable_reasons["too_short"] = 2;
    tail.scorecards["classic-es"] = {1, 3};
    tail.next = "here";
    printer->end(tail);
    return out;
}

const Row kRow = {std::string("<b>&\"call\", 1"), std::string("=cmd"),
                  Fixed{.value = Decimal::from_int(5)}, std::vector<std::string>{"low_score"},
                  true};

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(Document, html_escapes_what_comes_from_outside) {
    const auto page = print(Format::Html, kRow);
    EXPECT_TRUE(holds(page, "<td>&lt;b&gt;&amp;&quot;call&quot;, 1</td>")) << page;
    EXPECT_TRUE(holds(page, "&lt;low_score&gt;"));
    EXPECT_FALSE(holds(page, "<b>"));
    EXPECT_FALSE(holds(page, "=cmd")) << "a column for programs";
    EXPECT_TRUE(holds(page, "<td class=\"num\">5.00</td>"));
    EXPECT_TRUE(holds(page, "<html lang=\"en\">"));
    EXPECT_TRUE(holds(print(Format::Html, kRow, UiLanguage::Spanish), "<html lang=\"es\">"));
}

TEST(Document, csv_is_safe_in_a_spreadsheet) {
    const auto csv = print(Format::Csv, kRow);
    EXPECT_TRUE(csv.starts_with("row,count,call_sid,agent,score,reasons,flag\r\n"));
    EXPECT_TRUE(holds(csv, "figure,,\"<b>&\"\"call\"\", 1\",'=cmd,5.00,low_score,Yes\r\n")) << csv;
    EXPECT_TRUE(holds(csv, "not_auditable,2,,,,,\r\n"));
    EXPECT_TRUE(holds(csv, "not_auditable: too_short,2,,,,,\r\n"));
}

TEST(Document, every_form_says_what_was_counted_apart) {
    EXPECT_TRUE(holds(print(Format::Text, kRow), "Counted apart, in no average: not auditable 2."));
    EXPECT_TRUE(holds(print(Format::Html, kRow), "Counted apart, in no average: not auditable 2."));
    EXPECT_TRUE(holds(print(Format::Json, kRow), R"("not_auditable":2)"));
    EXPECT_TRUE(holds(print(Format::Json, kRow), R"("not_auditable_reasons":{"too_short":2})"));
    EXPECT_TRUE(holds(print(Format::Text, kRow), "Scorecard classic-es, version 1, 3."));
    EXPECT_TRUE(holds(print(Format::Json, kRow), R"({"id":"classic-es","versions":[1,3]})"));
    EXPECT_TRUE(holds(print(Format::Text, kRow), "--after here"));
}

TEST(Document, a_terminal_gets_no_control_characters) {
    auto row = kRow;
    row[0] = std::string("a\x1b[31m\nb");
    const auto shown = print(Format::Text, row);
    EXPECT_FALSE(holds(shown, "\x1b"));
    EXPECT_TRUE(holds(shown, "a [31m b"));
}

TEST(Document, a_decimal_has_the_places_that_it_is_given) {
    EXPECT_EQ(Fixed({.value = *Decimal::parse("0.25"), .places = 3}).text(), "0.250");
    EXPECT_EQ(Fixed({.value = *Decimal::parse("-0.5")}).text(), "-0.50");
    EXPECT_EQ(Fixed({.value = *Decimal::parse("1234567.89")}).text(), "1234567.89");
    EXPECT_EQ(Fixed({.value = Decimal(), .places = 0}).text(), "0");
}

TEST(TrendChart, breaks_its_line_where_a_day_has_no_mean) {
    Series series{.scorecard = "a<b", .name = "x"};
    for (const int score : {50, 60, -1, 70}) {
        Point point{.day = "2026-02-10"};
        if (score >= 0) {
            point.mean = Decimal::from_int(score);
        }
        series.points.push_back(point);
    }
    const auto chart = format_trend_chart(series, 3, UiLanguage::English);
    const auto first = chart.find("<polyline");
    ASSERT_NE(first, chart.npos);
    EXPECT_NE(chart.find("<polyline", first + 1), chart.npos);
    EXPECT_TRUE(holds(chart, "aria-labelledby=\"t3 d3\""));
    EXPECT_TRUE(holds(chart, "a&lt;b · x"));
    EXPECT_TRUE(holds(chart, "3 of 4 days with a mean, between 50.00 and 70.00"));
    EXPECT_TRUE(holds(chart, "40.0,110.0 ")) << "fifty lies in the middle: " << chart;
}

TEST(TrendChart, of_nothing_says_so) {
    EXPECT_TRUE(holds(format_trend_chart({.scorecard = "x"}, 0, UiLanguage::English),
                      "No day has enough values"));
    EXPECT_TRUE(holds(format_trend_chart({.scorecard = "x", .points = {{.day = "2026-02-10"}}}, 0,
                                         UiLanguage::Spanish),
                      "Ningún día"));
}

}  // namespace
}  // namespace oidor::reports

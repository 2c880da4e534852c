// A report as a page: no script, everything from outside escaped, fit to be printed.
#include <fmt/format.h>

#include "base/html.hpp"
#include "reports/document.hpp"
#include "reports/trend_chart.hpp"

namespace oidor::reports {
namespace {

/// Charts of one page; the table has the rest.
constexpr std::size_t kChartsMax = 12;

constexpr std::string_view kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem;"
    "color:#1b1b1b;background:#fff}h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid #ddd}"
    "th{background:#f4f4f4}.num{text-align:right;white-space:nowrap}.few{color:#6b4e00}"
    "figure{margin:1rem 0}figcaption,ul.notes{color:#444}a{color:#0b4f8a}"
    "@media print{body{max-width:none;padding:0;font-size:11px}a{color:inherit}"
    "thead{display:table-header-group}tr,figure{break-inside:avoid}}";

std::string_view class_of(const Column& column, const Cell& cell) {
    if (std::holds_alternative<Few>(cell)) {
        return " class=\"num few\"";
    }
    const bool number = column.type == ColumnType::Integer || column.type == ColumnType::Number;
    return number ? " class=\"num\"" : "";
}

std::string list_of(const std::vector<std::string>& notes) {
    std::string out = "<ul class=\"notes\">";
    for (const auto& note : notes) {
        out += fmt::format("<li>{}</li>", escape_html(note));
    }
    return out + "</ul>\n";
}

class HtmlPrinter final : public Printer {
  public:
    HtmlPrinter(UiLanguage language, CodeText code_text, Write write)
        : language_(language), code_text_(std::move(code_text)), write_(std::move(write)) {}

    void begin(const Head& head) override {
        columns_ = head.columns;
        const auto title = escape_html(title_of(head.question.kind, language_));
        write_(fmt::format(
            "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta "
            "name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{} · "
            "oidor</title><style>{}</style></head>\n<body><main><h1>{}</h1>\n",
            format_ui_language(language_), title, kStyle, title));
        write_(list_of(notes_before(head, language_)));
        for (std::size_t i = 0; i < std::min(head.series.size(), kChartsMax); ++i) {
            const auto& series = head.series[i];
            write_(fmt::format("<figure><figcaption>{}{}{}</figcaption>\n{}</figure>\n",
                               escape_html(series.scorecard), series.name.empty() ? "" : " · ",
                               escape_html(series.name),
                               format_trend_chart(series, static_cast<int>(i), language_)));
        }
        if (head.series.size() > kChartsMax) {
            write_(fmt::format("<p>{}</p>\n", say<Message::report_charts_cut>(language_, kChartsMax,
                                                                              head.series.size())));
        }
        write_("<table><thead><tr>");
        for (const auto& column : columns_) {
            if (column.audience == Audience::Everybody) {
                write_(fmt::format("<th scope=\"col\"{}>{}</th>", class_of(column, nullptr),
                                   escape_html(text(column.title, language_))));
            }
        }
        write_("</tr></thead><tbody>\n");
    }

    void row(const Row& cells) override {
        any_ = true;
        std::string line = "<tr>";
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].audience == Audience::Everybody) {
                line += fmt::format(
                    "<td{}>{}</td>", class_of(columns_[i], cells[i]),
                    escape_html(cell_text(columns_[i], cells[i], language_, code_text_)));
            }
        }
        write_(line + "</tr>\n");
    }

    void end(const Tail& tail) override {
        write_("</tbody></table>\n");
        if (!any_) {
            write_(fmt::format("<p>{}</p>\n", text(Message::report_nothing, language_)));
        }
        write_(list_of(notes_behind(tail, language_)));
        write_("</main></body></html>\n");
    }

  private:
    UiLanguage language_;
    CodeText code_text_;
    Write write_;
    std::vector<Column> columns_ = {};
    bool any_ = false;
};

}  // namespace

std::unique_ptr<Printer> make_html_printer(UiLanguage language, CodeText code_text, Write write) {
    return std::make_unique<HtmlPrinter>(language, std::move(code_text), std::move(write));
}

}  // namespace oidor::reports

// A report as CSV: the figures, then a line for each count, told apart by the first column.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/csv.hpp"
#include "reports/document.hpp"

namespace oidor::reports {
namespace {

/// Numbers are never taken for formulas; nothing and "few" are empty, so that a spreadsheet's own
/// mean stays right.
struct ToCsv {
    UiLanguage language;

    std::string operator()(std::nullptr_t) const { return {}; }
    std::string operator()(Few) const { return {}; }
    std::string operator()(bool flag) const {
        return format_text_cell(text(flag ? Message::report_yes : Message::report_no, language));
    }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const Fixed& number) const { return number.text(); }
    std::string operator()(const std::string& words) const { return format_text_cell(words); }
    std::string operator()(const std::vector<std::string>& texts) const {
        return format_text_cell(texts.empty() ? std::string(text(Message::report_none, language))
                                              : fmt::format("{}", fmt::join(texts, ", ")));
    }
};

class CsvPrinter final : public Printer {
  public:
    CsvPrinter(UiLanguage language, Write write) : language_(language), write_(std::move(write)) {}

    void begin(const Head& head) override {
        columns_ = head.columns.size();
        std::string line = "row,count";
        for (const auto& column : head.columns) {
            line += fmt::format(",{}", column.name);
        }
        write_(line + "\r\n");
        min_n_ = head.question.min_n;
    }

    void row(const Row& cells) override {
        std::string line = "figure,";
        for (const auto& cell : cells) {
            line += "," + std::visit(ToCsv{language_}, cell);
        }
        write_(line + "\r\n");
    }

    void end(const Tail& tail) override {
        for (const auto& [name, count] : list_counts(tail.counts)) {
            put(name, count);
        }
        for (const auto& [reason, count] : tail.counts.not_auditable_reasons) {
            put("not_auditable: " + reason, count);
        }
        for (const auto& conversation : tail.unreadable) {
            put("unreadable: " + conversation, 1);
        }
        put("min_n", min_n_);
    }

  private:
    void put(std::string_view name, std::int64_t count) {
        write_(
            fmt::format("{},{}{}\r\n", format_text_cell(name), count, std::string(columns_, ',')));
    }

    UiLanguage language_;
    Write write_;
    std::size_t columns_ = 0;
    std::int64_t min_n_ = 0;
};

}  // namespace

std::unique_ptr<Printer> make_csv_printer(UiLanguage language, Write write) {
    return std::make_unique<CsvPrinter>(language, std::move(write));
}

}  // namespace oidor::reports

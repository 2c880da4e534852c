// A report as a table for a terminal.
#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "reports/document.hpp"

namespace oidor::reports {
namespace {

/// Rows that are waited for, to know how wide the columns are; later ones keep to that.
constexpr std::size_t kRowsAhead = 500;

/// A terminal obeys control characters: none of them goes out.
std::string on_one_line(std::string words) {
    std::ranges::replace_if(
        words, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return words;
}

class TextPrinter final : public Printer {
  public:
    TextPrinter(UiLanguage language, CodeText code_text, Write write)
        : language_(language), code_text_(std::move(code_text)), write_(std::move(write)) {}

    void begin(const Head& head) override {
        write_(fmt::format("{}\n", title_of(head.question.kind, language_)));
        for (const auto& note : notes_before(head, language_)) {
            write_(note + "\n");
        }
        write_("\n");
        columns_ = head.columns;
        std::vector<std::string> titles;
        for (const auto& column : columns_) {
            titles.emplace_back(text(column.title, language_));
        }
        rows_.push_back(std::move(titles));
    }

    void row(const Row& cells) override {
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            texts.push_back(on_one_line(cell_text(columns_[i], cells[i], language_, code_text_)));
        }
        any_ = true;
        if (!widths_.empty()) {
            print(texts);
            return;
        }
        rows_.push_back(std::move(texts));
        if (rows_.size() > kRowsAhead) {
            flush();
        }
    }

    void end(const Tail& tail) override {
        if (any_) {
            flush();
        } else {
            write_(fmt::format("{}\n", text(Message::report_nothing, language_)));
        }
        write_("\n");
        for (const auto& note : notes_behind(tail, language_)) {
            write_(note + "\n");
        }
    }

  private:
    void flush() {
        if (!widths_.empty()) {
            return;
        }
        widths_.resize(columns_.size());
        for (const auto& texts : rows_) {
            for (std::size_t i = 0; i < texts.size(); ++i) {
                widths_[i] = std::max(widths_[i], count_code_points(texts[i]));
            }
        }
        for (const auto& texts : rows_) {
            print(texts);
        }
        rows_.clear();
    }

    void print(const std::vector<std::string>& texts) {
        std::string line;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (columns_[i].audience == Audience::Programs) {
                continue;
            }
            const auto width = count_code_points(texts[i]);
            const std::string pad(width < widths_[i] ? widths_[i] - width : 0, ' ');
            const bool number =
                columns_[i].type == ColumnType::Integer || columns_[i].type == ColumnType::Number;
            line += (line.empty() ? "" : "  ") + (number ? pad + texts[i] : texts[i] + pad);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        write_(line + "\n");
    }

    UiLanguage language_;
    CodeText code_text_;
    Write write_;
    std::vector<Column> columns_ = {};
    std::vector<std::vector<std::string>> rows_ = {};
    std::vector<std::size_t> widths_ = {};
    bool any_ = false;
};

}  // namespace

std::unique_ptr<Printer> make_text_printer(UiLanguage language, CodeText code_text, Write write) {
    return std::make_unique<TextPrinter>(language, std::move(code_text), std::move(write));
}

}  // namespace oidor::reports

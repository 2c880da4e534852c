// Rows of a delimited file (CSV), piece by piece, with bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace oidor::ledger {

/// RFC 4180 and what programs write instead of it: any delimiter, line ends with or without a
/// carriage return, quotes inside of plain fields, text behind a closing quote. Empty lines are
/// left out.
class DelimitedRows {
  public:
    /// `line` counts from 1 and is where the row begins.
    struct Taker {
        std::function<void(std::int64_t line, const std::vector<std::string>& fields)> row = {};
        std::function<void(std::int64_t line, std::string_view what)> fault = {};
    };
    static constexpr std::size_t kRowBytesMax = std::size_t{64} << 10U;
    static constexpr std::size_t kFieldsMax = 512;

    DelimitedRows(char delimiter, Taker taker) : delimiter_(delimiter), taker_(std::move(taker)) {}

    void feed(std::string_view bytes);
    /// The last row need not end with a line feed.
    void finish();

  private:
    enum class State { FieldStart, Plain, Quoted, QuoteInQuoted, Skipping };
    void take(char c);
    void end_field();
    void end_row();
    void give_up(std::string_view what);

    char delimiter_;
    Taker taker_;
    State state_ = State::FieldStart;
    std::int64_t line_ = 1;
    std::int64_t row_line_ = 1;
    std::size_t row_bytes_ = 0;
    std::string field_ = {};
    std::vector<std::string> fields_ = {};
};

/// The one of `,` `;` tab and `|` that a header line has most of, quoted text left out; a comma
/// when it has none.
char find_delimiter(std::string_view header);

}  // namespace oidor::ledger

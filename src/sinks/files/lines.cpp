#include "sinks/files/lines.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/csv.hpp"
#include "base/json.hpp"

namespace oidor::sinks::files {
namespace {

/// A transcript of a day's length is some MB.
constexpr std::size_t kRecordBytesMax = std::size_t{64} << 20U;

struct ToCell {
    std::string operator()(std::nullptr_t) const { return {}; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(const std::string& text) const { return format_text_cell(text); }
    std::string operator()(Timestamp time) const { return format_rfc3339(time); }
    std::string operator()(const std::vector<std::string>& texts) const {
        return quote_cell(format_json_value(texts));
    }
};

std::string join_cells(const std::vector<std::string>& cells) {
    return fmt::format("{}\r\n", fmt::join(cells, ","));
}

std::string format_json_record(Table table, const std::vector<Value>& values) {
    const auto columns = columns_of(table);
    std::string out = "{";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        out += fmt::format("{}\"{}\":{}", i > 0 ? "," : "", columns[i].name,
                           format_json_value(values.at(i)));
    }
    return out + "}\n";
}

Failure corrupt(std::string_view what) {
    return fail(ErrorCode::Corrupt,
                "{}: it is no file of ours; move it away and deliver its day again", what);
}

class CsvReader final : public RecordReader {
  public:
    explicit CsvReader(Table table) : table_(table) {}

    Result<void> read(std::string_view bytes, const Take& take) override {
        for (const char c : bytes) {
            TRY(read(c, take));
        }
        return {};
    }

    Result<void> finish() override {
        return place_ == Place::Start && cells_.empty() ? Result<void>() : corrupt("a cut line");
    }

  private:
    enum class Place { Start, Bare, Quoted, QuoteInQuoted, CarriageReturn };

    Result<void> read(char c, const Take& take) {
        if (++record_bytes_ > kRecordBytesMax) {
            return fail(ErrorCode::TooLarge, "a line of more than {} bytes", kRecordBytesMax);
        }
        switch (place_) {
            case Place::Quoted:
                if (c == '"') {
                    place_ = Place::QuoteInQuoted;
                } else {
                    cell_ += c;
                }
                return {};
            case Place::QuoteInQuoted:
                if (c == '"') {
                    cell_ += c;
                    place_ = Place::Quoted;
                    return {};
                }
                return end_cell(c, take);
            case Place::CarriageReturn:
                return c == '\n' ? end_record(take) : corrupt("a line without its end");
            case Place::Start:
                if (c == '"') {
                    place_ = Place::Quoted;
                    return {};
                }
                break;
            case Place::Bare: break;
        }
        if (c == ',' || c == '\r' || c == '\n') {
            return end_cell(c, take);
        }
        if (c == '"') {
            return corrupt("a quotation mark inside a cell");
        }
        place_ = Place::Bare;
        cell_ += c;
        return {};
    }

    Result<void> end_cell(char c, const Take& take) {
        cells_.push_back(std::move(cell_));
        cell_.clear();
        place_ = Place::Start;
        if (c == ',') {
            return {};
        }
        if (c == '\r') {
            place_ = Place::CarriageReturn;
            return {};
        }
        // Editors leave line feeds alone.
        return c == '\n' ? end_record(take) : corrupt("a cell that goes on behind its quotes");
    }

    Result<void> end_record(const Take& take) {
        place_ = Place::Start;
        record_bytes_ = 0;
        const auto cells = std::move(cells_);
        cells_.clear();
        if (places_.empty()) {
            return read_head(cells);
        }
        if (cells.size() != cells_of_head_) {
            return corrupt("a line with another count of cells than the first");
        }
        std::vector<std::string> ours;
        for (const auto& place : places_) {
            // What was neutralised is text already: it is only quoted anew.
            ours.push_back(place ? quote_cell(cells[*place]) : std::string());
        }
        return take({.key = cells[*places_[key_column_of(table_)]], .bytes = join_cells(ours)});
    }

    Result<void> read_head(std::vector<std::string> cells) {
        // A spreadsheet that saved the file put a byte order mark before it.
        static constexpr std::string_view kMark = "\xEF\xBB\xBF";
        if (cells.front().starts_with(kMark)) {
            cells.front().erase(0, kMark.size());
        }
        for (const auto& column : columns_of(table_)) {
            const auto found = std::ranges::find(cells, column.name);
            places_.push_back(found == cells.end()
                                  ? std::nullopt
                                  : std::optional(static_cast<std::size_t>(found - cells.begin())));
        }
        cells_of_head_ = cells.size();
        return places_[key_column_of(table_)] ? Result<void>() : corrupt("no column row_key");
    }

    Table table_;
    Place place_ = Place::Start;
    std::string cell_ = {};
    std::vector<std::string> cells_ = {};
    std::vector<std::optional<std::size_t>> places_ = {};  ///< By our columns.
    std::size_t cells_of_head_ = 0;
    std::size_t record_bytes_ = 0;
};

class JsonLinesReader final : public RecordReader {
  public:
    Result<void> read(std::string_view bytes, const Take& take) override {
        while (!bytes.empty()) {
            const auto end = bytes.find('\n');
            line_ += bytes.substr(0, end);
            if (line_.size() > kRecordBytesMax) {
                return fail(ErrorCode::TooLarge, "a line of more than {} bytes", kRecordBytesMax);
            }
            if (end == bytes.npos) {
                return {};
            }
            bytes.remove_prefix(end + 1);
            const auto value = parse_json(line_);
            const auto* object = value ? value->if_object() : nullptr;
            auto key = object != nullptr ? find_string(*object, "row_key") : std::nullopt;
            if (!key) {
                return corrupt("a line without row_key");
            }
            TRY(take({.key = std::move(*key), .bytes = line_ + "\n"}));
            line_.clear();
        }
        return {};
    }

    Result<void> finish() override {
        return line_.empty() ? Result<void>() : corrupt("a cut line");
    }

  private:
    std::string line_ = {};
};

}  // namespace

std::string format_head(Format format, Table table) {
    if (format == Format::JsonLines) {
        return {};
    }
    std::vector<std::string> names;
    for (const auto& column : columns_of(table)) {
        names.emplace_back(column.name);
    }
    return join_cells(names);
}

std::string format_record(Format format, Table table, const std::vector<Value>& values) {
    if (format == Format::JsonLines) {
        return format_json_record(table, values);
    }
    std::vector<std::string> cells;
    for (const auto& value : values) {
        cells.push_back(std::visit(ToCell(), value));
    }
    return join_cells(cells);
}

std::unique_ptr<RecordReader> make_reader(Format format, Table table) {
    if (format == Format::Csv) {
        return std::make_unique<CsvReader>(table);
    }
    return std::make_unique<JsonLinesReader>();
}

}  // namespace oidor::sinks::files

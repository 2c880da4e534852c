#include "sinks/files/lines.hpp"

#include <gtest/gtest.h>

#include "sinks/contract/sink_contract.hpp"

namespace oidor::sinks::files {
namespace {

/// What a reader makes of a file, given in pieces of `step` bytes.
Result<std::vector<Record>> read(Format format, std::string_view text, std::size_t step) {
    const auto reader = make_reader(format, Table::Audits);
    std::vector<Record> records;
    for (std::size_t at = 0; at < text.size(); at += step) {
        TRY(reader->read(text.substr(at, step), [&](Record record) -> Result<void> {
            records.push_back(std::move(record));
            return {};
        }));
    }
    TRY(reader->finish());
    return records;
}

TEST(Lines, numbers_are_no_formulas) {
    auto row = make_row(Table::Audits, "k");
    row.values[7] = -0.5;
    row.values[8] = std::int64_t{-1};
    const auto line = format_record(Format::Csv, Table::Audits, row.values);
    EXPECT_NE(line.find(",-0.5,-1,"), std::string::npos) << line;
}

TEST(Lines, a_file_reads_back_whatever_its_pieces) {
    for (const auto format : {Format::Csv, Format::JsonLines}) {
        std::string text = format_head(format, Table::Audits);
        std::vector<std::string> lines;
        for (const auto* key : {"k", "l"}) {
            auto row = make_row(Table::Audits, key);
            row.values[1] = std::string("=a \"quoted\", cell\r\nof two lines");
            lines.push_back(format_record(format, Table::Audits, row.values));
            text += lines.back();
        }
        for (const std::size_t step : {1U, 3U, 4096U}) {
            const auto records = read(format, text, step);
            ASSERT_TRUE(records) << records.error().message;
            ASSERT_EQ(records->size(), 2U);
            EXPECT_EQ((*records)[0].key, "k");
            EXPECT_EQ((*records)[0].bytes, lines[0]);
            EXPECT_EQ((*records)[1].bytes, lines[1]);
        }
    }
}

TEST(Lines, an_older_file_gets_the_columns_of_this_version) {
    const auto records =
        read(Format::Csv, "\xEF\xBB\xBFrow_key,agent,gone\r\nk,Ana,x\r\nl,'+1,y\n", 4096);
    ASSERT_TRUE(records) << records.error().message;
    ASSERT_EQ(records->size(), 2U);
    EXPECT_EQ((*records)[0].key, "k");
    EXPECT_TRUE((*records)[0].bytes.starts_with(",Ana,,,,,,,,,,k,,"));
    EXPECT_TRUE((*records)[1].bytes.starts_with(",'+1,,"));
}

}  // namespace
}  // namespace oidor::sinks::files

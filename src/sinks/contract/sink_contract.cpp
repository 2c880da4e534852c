#include "sinks/contract/sink_contract.hpp"

#include <stdlib.h>

#include <array>

#include <fmt/format.h>

namespace oidor::sinks {
namespace {

constexpr std::array kTables = {Table::Recordings, Table::Transcriptions, Table::Audits};

HeldValues to_held(const Row& row) {
    HeldValues values;
    const auto columns = columns_of(row.key.table);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        values[std::string(columns[i].name)] = format_json_value(row.values.at(i));
    }
    return values;
}

std::string code_of(const Result<void>& result) {
    return result ? "success" : std::string(faces_of(result.error().code).name);
}

}  // namespace

Row make_row(Table table, const std::string& key, int number, const std::string& day) {
    Row row{.key = {.table = table, .key = key, .days = {}}, .day = day};
    for (const auto& column : columns_of(table)) {
        switch (column.type) {
            case ColumnType::String:
                row.values.emplace_back(fmt::format("{} {}", column.name, number));
                break;
            case ColumnType::Boolean: row.values.emplace_back(number % 2 == 1); break;
            case ColumnType::Int: row.values.emplace_back(std::int64_t{number}); break;
            case ColumnType::Float: row.values.emplace_back(number + 0.125); break;
            case ColumnType::Timestamp:
                row.values.emplace_back(Timestamp(std::chrono::seconds(1'770'000'000 + number)));
                break;
            case ColumnType::Strings:
                row.values.emplace_back(
                    std::vector<std::string>{fmt::format("no puedo {}", number), "a, \"b\""});
                break;
        }
    }
    row.values.at(key_column_of(table)) = key;
    return row;
}

void SinkContract::SetUp() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oidor-sink-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    reopen();
}

void SinkContract::TearDown() {
    sink_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void SinkContract::reopen() {
    sink_.reset();
    auto opened = GetParam().open(folder_);
    ASSERT_TRUE(opened) << opened.error().message;
    sink_ = std::move(*opened);
}

Result<void> SinkContract::put(const std::vector<Row>& rows, const Turn& turn) {
    if (sink().capabilities().repeat != Repeat::None) {
        return sink().put(rows, turn).outcome;
    }
    for (const auto& row : rows) {
        TRY(sink().put({&row, 1}, turn).outcome);
    }
    return {};
}

std::map<std::string, HeldValues> SinkContract::held(Table table) {
    std::map<std::string, HeldValues> rows;
    for (auto& values : GetParam().read(folder_, table)) {
        const auto key = values["row_key"];
        EXPECT_TRUE(rows.emplace(key.substr(1, key.size() - 2), values).second) << key << " twice";
    }
    return rows;
}

TEST_P(SinkContract, a_row_arrives_with_every_value) {
    for (const auto table : kTables) {
        const auto row = make_row(table, "k");
        const auto done = put({row});
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_EQ(held(table).size(), 1U);
        EXPECT_EQ(held(table)["k"], to_held(row)) << format(table);
    }
}

TEST_P(SinkContract, what_is_not_known_is_null) {
    for (const auto table : kTables) {
        auto row = make_row(table, "k");
        row.values.assign(row.values.size(), nullptr);
        row.values[key_column_of(table)] = std::string("k");
        ASSERT_TRUE(put({row}));
        EXPECT_EQ(held(table)["k"], to_held(row)) << format(table);
    }
}

TEST_P(SinkContract, texts_come_back_as_they_were) {
    // An empty text may come back as null: a CSV has no word for the difference.
    const std::vector<std::string> texts = {"Agente: Buenos días\nCliente: \"no, gracias\"",
                                            "a,b;c\td",
                                            "\r\n",
                                            "ñandú 👍",
                                            "=1+1",
                                            "+54***79",
                                            "-",
                                            "@SUM(A1)",
                                            "\tx",
                                            "\rx",
                                            "'quoted",
                                            "null",
                                            "true",
                                            "1"};
    std::vector<Row> rows;
    for (const auto& text : texts) {
        rows.push_back(make_row(Table::Recordings, fmt::format("k{}", rows.size())));
        rows.back().values[2] = text;
    }
    ASSERT_TRUE(put(rows));
    // Written again by whoever touches them, they stay what they are.
    ASSERT_TRUE(put({make_row(Table::Recordings, "other")}));
    auto there = held(Table::Recordings);
    for (const auto& row : rows) {
        EXPECT_EQ(there[row.key.key], to_held(row));
    }
}

TEST_P(SinkContract, a_newer_row_takes_the_place_of_the_older) {
    ASSERT_TRUE(put({make_row(Table::Audits, "k", 1), make_row(Table::Audits, "l", 1)}));
    ASSERT_TRUE(put({make_row(Table::Audits, "k", 2)}));
    auto there = held(Table::Audits);
    ASSERT_EQ(there.size(), 2U);
    EXPECT_EQ(there["k"], to_held(make_row(Table::Audits, "k", 2)));
    EXPECT_EQ(there["l"], to_held(make_row(Table::Audits, "l", 1)));
}

TEST_P(SinkContract, the_same_again_leaves_it_once) {
    const std::vector rows = {make_row(Table::Audits, "k"), make_row(Table::Recordings, "r")};
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(put(rows));
        reopen();
    }
    EXPECT_EQ(held(Table::Audits).size(), 1U);
    EXPECT_EQ(held(Table::Recordings).size(), 1U);
}

TEST_P(SinkContract, a_row_that_moves_to_another_day_leaves_the_first) {
    ASSERT_TRUE(put({make_row(Table::Audits, "k", 1, "2026-02-10"),
                     make_row(Table::Audits, "l", 1, "2026-02-10")}));
    auto moved = make_row(Table::Audits, "k", 2, "2026-02-11");
    moved.key.days = {"2026-02-10", "2026-02-11"};
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(put({moved}));
        auto there = held(Table::Audits);
        ASSERT_EQ(there.size(), 2U);
        EXPECT_EQ(there["k"], to_held(moved));
    }
}

TEST_P(SinkContract, what_is_removed_is_gone_and_stays_gone) {
    ASSERT_TRUE(put({make_row(Table::Audits, "k"), make_row(Table::Audits, "l"),
                     make_row(Table::Recordings, "k")}));
    const std::vector<RowKey> keys = {{.table = Table::Audits, .key = "k", .days = {"2026-02-10"}}};
    for (int i = 0; i < 2; ++i) {
        const auto removed = sink().remove(keys, {});
        ASSERT_TRUE(removed) << removed.error().message;
        EXPECT_EQ(held(Table::Audits).size(), 1U);
        EXPECT_EQ(held(Table::Recordings).size(), 1U);
        reopen();
    }
    const std::vector<RowKey> others = {
        {.table = Table::Audits, .key = "never there", .days = {"2026-01-01", "2026-02-10"}},
        {.table = Table::Audits, .key = "l", .days = {"2026-02-09", "2026-02-10"}}};
    ASSERT_TRUE(sink().remove(others, {}));
    EXPECT_TRUE(held(Table::Audits).empty());
}

TEST_P(SinkContract, rows_without_a_day_have_a_place) {
    auto row = make_row(Table::Recordings, "k", 1, std::string(kUndated));
    ASSERT_TRUE(put({row}));
    EXPECT_EQ(held(Table::Recordings).size(), 1U);
    row.key.days = {std::string(kUndated)};
    row.day = "2026-02-10";
    ASSERT_TRUE(put({row}));
    EXPECT_EQ(held(Table::Recordings).size(), 1U);
}

TEST_P(SinkContract, a_lost_turn_writes_nothing) {
    ASSERT_TRUE(put({make_row(Table::Audits, "k", 1)}));
    const Turn lost{.still_ours = [] {
        return Result<void>(fail(ErrorCode::Conflict, "another process has it"));
    }};
    EXPECT_EQ(code_of(put({make_row(Table::Audits, "k", 2)}, lost)), "Conflict");
    const std::vector<RowKey> keys = {{.table = Table::Audits, .key = "k", .days = {"2026-02-10"}}};
    EXPECT_EQ(code_of(sink().remove(keys, lost)), "Conflict");
    EXPECT_EQ(held(Table::Audits)["k"], to_held(make_row(Table::Audits, "k", 1)));
}

TEST_P(SinkContract, says_whether_it_can_be_written) {
    const auto words = sink().probe();
    ASSERT_TRUE(words) << words.error().message;
    EXPECT_FALSE(words->empty());
    for (const auto table : kTables) {
        EXPECT_TRUE(held(table).empty());
    }
}

TEST_P(SinkContract, many_rows_at_once) {
    std::vector<Row> rows;
    for (int i = 0; i < 300; ++i) {
        rows.push_back(make_row(Table::Recordings, fmt::format("k{}", i), i,
                                fmt::format("2026-02-1{}", i % 3)));
    }
    ASSERT_TRUE(put(rows));
    EXPECT_EQ(held(Table::Recordings).size(), 300U);
}

}  // namespace oidor::sinks

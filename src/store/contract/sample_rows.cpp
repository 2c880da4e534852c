#include "store/contract/sample_rows.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

std::vector<std::filesystem::path> sample_files(int version) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(OIDOR_SOURCE_DIR) / "src/store/fixtures/rows")) {
        if (std::stoi(entry.path().filename().string().substr(0, 4)) <= version) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

/// The members of all files, later ones behind earlier ones.
std::map<std::string, std::vector<json::object>> read_samples(int version) {
    std::map<std::string, std::vector<json::object>> tables;
    for (const auto& path : sample_files(version)) {
        std::stringstream text;
        text << std::ifstream(path).rdbuf();
        const auto sample = must(parse_json(text.str()));
        for (const auto& [table, columns] : sample.at("columns").as_object()) {
            for (auto& row : tables[table]) {
                for (const auto& [column, value] : columns.as_object()) {
                    row[column] = value;
                }
            }
        }
        for (const auto& [table, rows] : sample.at("rows").as_object()) {
            for (const auto& row : rows.as_array()) {
                tables[table].push_back(row.as_object());
            }
        }
    }
    return tables;
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
    }
    return bytes;
}

std::string encode(const Table& table, const json::object& row) {
    std::string encoded;
    for (const auto& column : table.columns) {
        const auto* value = row.if_contains(column.name);
        std::string bytes;
        Value cell = nullptr;
        if (value != nullptr && value->is_int64()) {
            cell = value->as_int64();
        } else if (value != nullptr && value->is_string()) {
            bytes = column.kind == ColumnKind::Bytes ? from_hex(value->as_string())
                                                     : std::string(value->as_string());
            cell = column.kind == ColumnKind::Bytes ? Value(Bytes{bytes})
                                                    : Value(std::string_view(bytes));
        }
        append_row(encoded, {&cell, 1});
    }
    return encoded;
}

}  // namespace

RowsByTable sample_rows(const std::vector<Table>& tables, int version) {
    const auto samples = read_samples(version);
    RowsByTable rows;
    for (const auto& table : tables) {
        const auto found = samples.find(table.name);
        if (found != samples.end()) {
            for (const auto& row : found->second) {
                rows[table.name].push_back(encode(table, row));
            }
        }
    }
    return rows;
}

void fill_with_samples(TableTarget& target, int version) {
    ASSERT_FALSE(must(target.begin(version, "samples", {}, {})));
    const auto samples = sample_rows(target.tables(), version);
    for (const auto& table : target.tables()) {
        const auto rows = samples.find(table.name);
        if (rows == samples.end()) {
            continue;
        }
        std::vector<Value> values;
        for (std::string_view row : rows->second) {
            std::vector<Value> one(table.columns.size());
            must(take_row(row, one));
            values.insert(values.end(), one.begin(), one.end());
        }
        must(target.put_rows(table, values, {}));
    }
    must(target.set_complete());
    must(target.finish());
}

std::map<std::string, std::multiset<std::string>> rows_in(TableSource& source) {
    std::map<std::string, std::multiset<std::string>> rows;
    for (const auto& table : source.tables()) {
        auto& of_table = rows[table.name];
        must(source.each_row(table, {}, [&](TableRow row) -> Result<void> {
            std::string bytes;
            append_row(bytes, row);
            of_table.insert(bytes);
            return {};
        }));
    }
    return rows;
}

}  // namespace oidor::store

// Both formats pass the contract; then what only files can do wrong.
#include "sinks/files/files_sink.hpp"

#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "sinks/contract/sink_contract.hpp"

namespace oidor::sinks::files {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string read_whole(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void write_whole(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

/// The cells of a CSV: a reader of its own, so that it does not share the sink's mistakes.
std::vector<std::vector<std::string>> read_cells(const std::string& text) {
    std::vector<std::vector<std::string>> records;
    std::vector<std::string> record;
    std::size_t at = 0;
    while (at < text.size()) {
        std::string cell;
        if (text[at] == '"') {
            for (++at; text[at] != '"' || text[at + 1] == '"'; ++at) {
                at += text[at] == '"' ? 1 : 0;
                cell += text[at];
            }
            ++at;
        } else {
            const auto end = text.find_first_of(",\r", at);
            cell = text.substr(at, end - at);
            at = end;
        }
        record.push_back(cell);
        if (text[at] == '\r') {
            EXPECT_EQ(text.substr(at, 2), "\r\n");
            records.push_back(std::move(record));
            record.clear();
            ++at;
        }
        ++at;
    }
    return records;
}

/// A cell back as the JSON that it was, by the type of its column.
std::string to_json_text(const std::string& cell, ColumnType type) {
    if (type != ColumnType::String) {
        return cell.empty()                    ? "null"
               : type == ColumnType::Timestamp ? format_json(json::value(cell))
                                               : format_json(*parse_json(cell));
    }
    // An empty text and null are one in a CSV; what was neutralised has an apostrophe before it.
    const bool neutral =
        cell.size() > 1 && cell.front() == '\'' && std::string_view("=+-@\t\r").contains(cell[1]);
    return format_json(json::value(neutral ? cell.substr(1) : cell));
}

std::vector<fs::path> files_of(const fs::path& folder, Table table) {
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder / sinks::format(table), ignored)) {
        files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

std::vector<HeldValues> read_csv(const fs::path& folder, Table table) {
    std::vector<HeldValues> rows;
    for (const auto& path : files_of(folder, table)) {
        const auto records = read_cells(read_whole(path));
        for (std::size_t i = 1; i < records.size(); ++i) {
            HeldValues values;
            for (const auto& column : columns_of(table)) {
                const auto place = std::ranges::find(records[0], column.name) - records[0].begin();
                const auto& cell = records[i].at(static_cast<std::size_t>(place));
                values[std::string(column.name)] =
                    cell.empty() ? "null" : to_json_text(cell, column.type);
            }
            rows.push_back(std::move(values));
        }
    }
    return rows;
}

std::vector<HeldValues> read_json_lines(const fs::path& folder, Table table) {
    std::vector<HeldValues> rows;
    for (const auto& path : files_of(folder, table)) {
        std::istringstream lines(read_whole(path));
        for (std::string line; std::getline(lines, line);) {
            HeldValues values;
            const auto value = parse_json(line);
            for (const auto& member : value->get_object()) {
                values[std::string(member.key())] = format_json(member.value());
            }
            rows.push_back(std::move(values));
        }
    }
    return rows;
}

SinkBackend backend_of(const std::string& format) {
    return {.name = format,
            .open = [format](const fs::path& folder) -> Result<std::unique_ptr<Sink>> {
                return make_files_sink({.folder = folder.string(), .format = format});
            },
            .read = format == "csv" ? read_csv : read_json_lines};
}

INSTANTIATE_TEST_SUITE_P(Files, SinkContract,
                         testing::Values(backend_of("csv"), backend_of("jsonl")),
                         [](const auto& info) { return info.param.name; });

/// A folder, and sinks over it.
class Files : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "oidor-files-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override {
        std::error_code ignored;
        fs::permissions(folder_, fs::perms::owner_all, ignored);
        fs::remove_all(folder_, ignored);
    }
    std::unique_ptr<Sink> open() {
        return make_files_sink({.folder = folder_.string(), .format = GetParam()});
    }
    static Result<void> put(Sink& sink, const std::vector<Row>& rows, const Turn& turn = {}) {
        return sink.put(rows, turn).outcome;
    }
    fs::path file(const std::string& day = "2026-02-10") {
        return folder_ / "call_audits" / (day + "." + GetParam());
    }
    std::size_t files() { return files_of(folder_, Table::Audits).size(); }

    fs::path folder_ = {};
};

INSTANTIATE_TEST_SUITE_P(Files, Files, testing::Values("csv", "jsonl"),
                         [](const auto& info) { return info.param; });

std::string code_of(const Result<void>& result) {
    return result ? "success" : std::string(faces_of(result.error().code).name);
}

TEST_P(Files, a_day_delivered_again_is_the_same_bytes) {
    const auto sink = open();
    const std::vector rows = {make_row(Table::Audits, "k"), make_row(Table::Audits, "l", 2)};
    ASSERT_TRUE(put(*sink, rows));
    const auto before = read_whole(file());
    ASSERT_TRUE(put(*sink, rows));
    ASSERT_TRUE(put(*open(), {rows[1]}));
    EXPECT_EQ(read_whole(file()), before);
}

TEST_P(Files, a_day_without_rows_has_no_file) {
    const auto sink = open();
    ASSERT_TRUE(put(*sink, {make_row(Table::Audits, "k")}));
    EXPECT_EQ(files(), 1U);
    const std::vector<RowKey> keys = {
        {.table = Table::Audits, .key = "k", .days = {"2026-02-10", "2026-02-09"}}};
    ASSERT_TRUE(sink->remove(keys, {}));
    EXPECT_EQ(files(), 0U);
}

TEST_P(Files, a_full_disk_leaves_the_file_as_it_was) {
    const auto sink = open();
    ASSERT_TRUE(put(*sink, {make_row(Table::Audits, "k")}));
    const auto before = read_whole(file());
    std::vector<Row> rows;
    for (int i = 0; i < 2000; ++i) {
        rows.push_back(make_row(Table::Audits, fmt::format("k{}", i)));
    }
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    const rlimit small{.rlim_cur = 64 << 10, .rlim_max = old.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto full = put(*sink, rows);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(code_of(full), "Unavailable");
    EXPECT_NE(full.error().message.find("disk is full"), std::string::npos);
    EXPECT_EQ(read_whole(file()), before);
    EXPECT_EQ(files(), 1U);
    ASSERT_TRUE(put(*sink, rows));
}

TEST_P(Files, a_place_that_is_no_folder_is_forbidden_until_it_is_mended) {
    write_whole(folder_ / "call_audits", "in the way");
    const auto sink = open();
    EXPECT_EQ(code_of(put(*sink, {make_row(Table::Audits, "k")})), "Forbidden");
    fs::remove(folder_ / "call_audits");
    EXPECT_TRUE(put(*sink, {make_row(Table::Audits, "k")}));
}

TEST_P(Files, a_folder_that_cannot_be_written_is_forbidden) {
    if (::geteuid() == 0) {
        // Root may write everywhere but in a file system that is read-only.
        const auto sink = make_files_sink({.folder = "/proc/oidor", .format = GetParam()});
        EXPECT_FALSE(put(*sink, {make_row(Table::Audits, "k")}));
        EXPECT_FALSE(sink->probe());
        return;
    }
    fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
    const auto sink = open();
    EXPECT_EQ(code_of(put(*sink, {make_row(Table::Audits, "k")})), "Forbidden");
    EXPECT_FALSE(sink->probe());
}

TEST_P(Files, what_is_no_file_of_ours_is_corrupt_and_stays_as_it_is) {
    for (const std::string text :
         {"something else\r\n", "{\"row_key\": 1}\n", "\"cut", "{\"row_key\":\"k\"}",
          "call_sid,row_key\r\nonly one\r\n", "call_sid,row_key\r\na\"b,c\r\n",
          "call_sid,row_key\r\n\"a\"b,c\r\n"}) {
        write_whole(file(), text);
        const auto done = put(*open(), {make_row(Table::Audits, "k")});
        EXPECT_EQ(code_of(done), "Corrupt") << text;
        EXPECT_EQ(read_whole(file()), text);
        EXPECT_EQ(files(), 1U);
    }
}

TEST_P(Files, a_day_is_never_a_path) {
    const auto sink = open();
    for (const std::string day : {"../../etc", "2026/02", "", "2026-02-10.csv", "..", "undatedx"}) {
        EXPECT_EQ(code_of(put(*sink, {make_row(Table::Audits, "k", 1, day)})), "Invalid") << day;
    }
    EXPECT_EQ(files(), 0U);
}

TEST_P(Files, left_overs_of_a_process_that_died_go) {
    const auto left = folder_ / "call_audits" / ".oidor-0190";
    write_whole(left, "half a fi");
    ASSERT_TRUE(put(*open(), {make_row(Table::Audits, "k")}));
    EXPECT_FALSE(fs::exists(left));
    EXPECT_EQ(files(), 1U);
}

TEST_P(Files, two_processes_wait_for_each_other) {
    const int lock = ::open((folder_ / ".oidor.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(::flock(lock, LOCK_EX), 0);
    const auto sink = open();
    EXPECT_EQ(
        code_of(put(*sink, {make_row(Table::Audits, "k")}, {.deadline = Deadline::after(50ms)})),
        "Timeout");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(code_of(put(*sink, {make_row(Table::Audits, "k")}, {.stop = stop.get_token()})),
              "Cancelled");
    std::jthread other([&] { EXPECT_TRUE(put(*sink, {make_row(Table::Audits, "k")})); });
    ASSERT_EQ(::flock(lock, LOCK_UN), 0);
    other.join();
    ::close(lock);
    EXPECT_EQ(files(), 1U);
}

TEST_P(Files, several_writers_lose_nothing) {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < 4; ++writer) {
        writers.emplace_back([&, writer] {
            const auto sink = open();
            for (int i = 0; i < 10; ++i) {
                EXPECT_TRUE(
                    put(*sink, {make_row(Table::Audits, fmt::format("k{}-{}", writer, i))}));
            }
        });
    }
    writers.clear();
    const auto rows = GetParam() == "csv" ? read_csv(folder_, Table::Audits)
                                          : read_json_lines(folder_, Table::Audits);
    EXPECT_EQ(rows.size(), 40U);
}

TEST_P(Files, nobody_but_the_group_reads_them) {
    ASSERT_TRUE(put(*open(), {make_row(Table::Audits, "k")}));
    struct stat status {};
    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07U, 0U);
}

}  // namespace
}  // namespace oidor::sinks::files

#include "backup/backup.hpp"

#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backup/archive.hpp"
#include "backup/left_out.hpp"
#include "base/id.hpp"
#include "base/sha256.hpp"
#include "store/copying.hpp"
#include "store/store.hpp"

namespace oidor::backup {
namespace {

namespace fs = std::filesystem;

/// What the fixture's recording holds.
constexpr std::string_view kAudio = "RIFF-fixture-audio";

template <typename T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message;
        return T{};
    }
    return std::move(*result);
}
void must(const Result<void>& result) {
    if (!result) {
        ADD_FAILURE() << result.error().message;
    }
}

std::string read_file(const fs::path& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

void write_over(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

using Rows = std::map<std::string, std::multiset<std::string>>;

Rows rows_in(store::TableSource& source) {
    Rows rows;
    for (const auto& table : source.tables()) {
        if (is_left_out(table.name)) {
            continue;
        }
        auto& of_table = rows[table.name];
        must(source.each_row(table, {}, [&](store::TableRow row) -> Result<void> {
            std::string bytes;
            append_row(bytes, row);
            of_table.insert(bytes);
            return {};
        }));
    }
    return rows;
}

class Backups : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("oidor-backup-" + format_uuid(make_uuid7()));
        fs::create_directories(folder_);
        // The newest store that a release left, with rows in every table.
        std::set<fs::path> released;
        for (const auto& entry :
             fs::directory_iterator(fs::path(OIDOR_SOURCE_DIR) / "src/store/fixtures/released")) {
            if (entry.path().extension() == ".db") {
                released.insert(entry.path());
            }
        }
        fs::copy_file(*released.rbegin(), data());
        blobs_ = must(blobs::open_filesystem_blobs(folder_ / "audio"));
        put_audio(*blobs_, kAudio);
    }
    void TearDown() override { fs::remove_all(folder_); }

    static void put_audio(blobs::BlobStore& blobs, std::string_view bytes) {
        const auto writer = must(blobs.open_writer());
        must(writer->write(bytes));
        must(writer->commit());
    }

    [[nodiscard]] fs::path data() const { return folder_ / "oidor.db"; }
    [[nodiscard]] fs::path place() const { return folder_ / GetParam(); }
    [[nodiscard]] static bool is_folder() { return std::string_view(GetParam()) == "saved"; }

    BackupOptions options() {
        BackupOptions options;
        options.place = place();
        options.open_tables = [this] {
            return store::open_sqlite_source(data(), store::Hold::Snapshot);
        };
        options.backend = "sqlite";
        options.program = "test";
        options.now = now_ += std::chrono::seconds(1);
        return options;
    }
    Result<BackupReport> save(int keep = 0) {
        auto wanted = options();
        wanted.keep = keep;
        return make_backup(wanted, *blobs_);
    }
    /// Restores into a place of its own; the rows that are there then.
    Result<Rows> restore() {
        TRY_ASSIGN(const auto saved, open_backup(place(), ""));
        const auto to = folder_ / ("restored-" + format_uuid(make_uuid7()));
        TRY_ASSIGN(const auto target, store::open_sqlite_target(to));
        TRY(store::copy_tables(saved->tables(), *target, {}));
        TRY_ASSIGN(const auto restored, blobs::open_filesystem_blobs(to.string() + "-audio"));
        TRY(saved->restore_blobs(*restored, {}));
        TRY(restored->verify(sha256_hex(kAudio)));
        TRY(target->finish());
        return rows_in(*target);
    }
    void execute(const std::string& statement) {
        const auto command =
            "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); "
            "d.executescript(sys.argv[2]); d.commit()";
        const pid_t child = ::fork();
        if (child == 0) {
            ::execlp("python3", "python3", "-c", command, data().c_str(), statement.c_str(),
                     nullptr);
            ::_exit(127);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0) << statement;
    }

    fs::path folder_ = {};
    std::unique_ptr<blobs::BlobStore> blobs_ = {};
    Timestamp now_ = Timestamp(std::chrono::seconds(1'770'000'000));
};

INSTANTIATE_TEST_SUITE_P(Places, Backups, testing::Values("saved", "saved.tar"),
                         [](const auto& info) {
                             return std::string(info.param) == "saved" ? "folder" : "tar";
                         });

TEST_P(Backups, what_is_restored_is_what_was_saved) {
    const auto report = must(save());
    EXPECT_EQ(report.blobs, 1);
    EXPECT_EQ(report.copied_bytes, static_cast<std::int64_t>(kAudio.size()));
    EXPECT_TRUE(report.absent.empty());
    const auto before = rows_in(*must(store::open_sqlite_source(data(), store::Hold::Snapshot)));
    EXPECT_EQ(must(restore()), before);
    const auto checked = must(verify_backup(place(), "", {}));
    EXPECT_TRUE(checked.faults.empty());
    EXPECT_EQ(checked.rows, report.rows);
    EXPECT_EQ(checked.blobs, 1);
}

TEST_P(Backups, no_session_is_in_it) {
    must(save());
    const auto saved = must(open_backup(place(), ""));
    for (const auto& table : saved->tables().tables()) {
        EXPECT_NE(table.name, "sessions");
    }
}

TEST_P(Backups, audio_that_is_not_there_is_named_and_the_rest_saved) {
    must(blobs_->remove(sha256_hex(kAudio)));
    const auto report = must(save());
    EXPECT_EQ(report.absent, std::vector<std::string>{sha256_hex(kAudio)});
    EXPECT_TRUE(must(verify_backup(place(), "", {})).faults.empty());
}

TEST_P(Backups, audio_that_was_erased_meanwhile_is_not_missing) {
    must(blobs_->remove(sha256_hex(kAudio)));
    auto wanted = options();
    int asked = 0;
    wanted.open_tables = [&]() -> Result<std::unique_ptr<store::TableSource>> {
        if (++asked == 2) {
            execute("UPDATE recordings SET sha256 = NULL");
        }
        return store::open_sqlite_source(data(), store::Hold::Snapshot);
    };
    EXPECT_TRUE(must(make_backup(wanted, *blobs_)).absent.empty());
    EXPECT_EQ(asked, 2);
}

TEST_P(Backups, audio_that_is_damaged_is_named_and_left_out) {
    write_over(**blobs_->open_local(sha256_hex(kAudio)), "RIFF-fixture-other");
    const auto report = must(save());
    EXPECT_EQ(report.damaged, std::vector<std::string>{sha256_hex(kAudio)});
    EXPECT_TRUE(must(verify_backup(place(), "", {})).faults.empty());
}

TEST_P(Backups, one_that_cannot_be_written_leaves_the_one_before) {
    must(save());
    const auto before = must(restore());
    const pid_t child = ::fork();
    if (child == 0) {
        auto wanted = options();
        // Opened before: the limit is for the backup, not for the store's own files.
        auto tables = wanted.open_tables();
        wanted.open_tables = [&]() -> Result<std::unique_ptr<store::TableSource>> {
            return std::move(tables);
        };
        const rlimit limit = {.rlim_cur = 1000, .rlim_max = 1000};
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto full = make_backup(wanted, *blobs_);
        const bool right = !full && full.error().code == ErrorCode::Unavailable &&
                           full.error().message.find("the disk is full") != std::string::npos;
        ::_exit(right ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(must(restore()), before);
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
        EXPECT_EQ(entry.path().string().find("unfinished"), std::string::npos) << entry.path();
    }
}

TEST_P(Backups, one_that_failed_half_way_is_not_seen) {
    auto wanted = options();
    wanted.open_tables = []() -> Result<std::unique_ptr<store::TableSource>> {
        return fail(ErrorCode::Unavailable, "away");
    };
    EXPECT_FALSE(make_backup(wanted, *blobs_));
    EXPECT_FALSE(open_backup(place(), ""));
    must(save());
    EXPECT_TRUE(open_backup(place(), ""));
}

TEST_P(Backups, a_newer_format_or_schema_is_refused) {
    execute("INSERT INTO schema_migrations VALUES (9999, 'x', 0)");
    const auto refused = save();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
}

TEST_P(Backups, where_there_is_none_nothing_is_found) {
    const auto missing = open_backup(place(), "");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
}

class FolderBackups : public Backups {
  protected:
    [[nodiscard]] fs::path state() const { return place() / must(list_snapshots(place())).back(); }
};
INSTANTIATE_TEST_SUITE_P(Places, FolderBackups, testing::Values("saved"),
                         [](const auto& /*info*/) { return "folder"; });

TEST_P(FolderBackups, each_flipped_bit_is_found_and_its_part_named) {
    must(save());
    for (const auto& entry : fs::directory_iterator(state())) {
        const auto name = entry.path().filename().string();
        SCOPED_TRACE(name);
        const auto good = read_file(entry.path());
        auto bad = good;
        bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
        write_over(entry.path(), bad);
        const auto checked = verify_backup(place(), "", {});
        if (name == "manifest.json") {
            ASSERT_FALSE(checked);
            EXPECT_EQ(checked.error().code, ErrorCode::Corrupt);
            EXPECT_NE(checked.error().message.find(name), std::string::npos);
        } else {
            const auto faults = must(checked).faults;
            ASSERT_EQ(faults.size(), 1U);
            EXPECT_NE(faults.front().find(name), std::string::npos) << faults.front();
        }
        const auto restored = restore();
        ASSERT_FALSE(restored);
        EXPECT_EQ(restored.error().code, ErrorCode::Corrupt);
        write_over(entry.path(), good);
    }
    EXPECT_TRUE(restore());
}

TEST_P(FolderBackups, a_missing_or_cut_part_is_named) {
    must(save());
    const auto part = state() / "events-00001.rows.zst";
    const auto good = read_file(part);
    write_over(part, good.substr(0, good.size() - 1));
    EXPECT_NE(must(verify_backup(place(), "", {})).faults.at(0).find("events"), std::string::npos);
    fs::remove(part);
    EXPECT_NE(must(verify_backup(place(), "", {})).faults.at(0).find("missing"), std::string::npos);
}

TEST_P(FolderBackups, damaged_audio_is_named_and_never_restored) {
    must(save());
    const auto hex = sha256_hex(kAudio);
    const auto path = place() / "blobs" / hex.substr(0, 2) / hex.substr(2, 2) / hex;
    write_over(path, "RIFF-fixture-other");
    const auto faults = must(verify_backup(place(), "", {})).faults;
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_NE(faults.front().find(hex), std::string::npos);
    const auto restored = restore();
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, ErrorCode::Corrupt);
    // As the message says.
    fs::remove(path);
    EXPECT_EQ(must(save()).copied_blobs, 1);
    EXPECT_TRUE(restore());
}

TEST_P(FolderBackups, audio_that_is_there_is_not_copied_again) {
    EXPECT_EQ(must(save()).copied_blobs, 1);
    const auto again = must(save());
    EXPECT_EQ(again.copied_blobs, 0);
    EXPECT_EQ(again.blobs, 1);
    EXPECT_EQ(must(list_snapshots(place())).size(), 2U);
}

TEST_P(FolderBackups, the_oldest_go_with_the_audio_that_only_they_name) {
    must(save());
    execute("UPDATE recordings SET sha256 = NULL");
    const auto second = must(save(2));
    EXPECT_TRUE(second.removed.empty());
    const auto third = must(save(2));
    EXPECT_EQ(third.removed.size(), 1U);
    EXPECT_EQ(third.removed_blobs, 1);
    EXPECT_EQ(must(list_snapshots(place())).size(), 2U);
    EXPECT_TRUE(must(verify_backup(place(), "", {})).faults.empty());
    EXPECT_TRUE(
        must(verify_backup(place(), must(list_snapshots(place())).front(), {})).faults.empty());
}

TEST_P(FolderBackups, what_an_interrupted_one_left_is_cleared_away) {
    must(save());
    fs::create_directories(place() / ".unfinished-2020-01-01T00-00-00.000000Z");
    must(save());
    for (const auto& entry : fs::directory_iterator(place())) {
        EXPECT_FALSE(entry.path().filename().string().starts_with(".unfinished"));
    }
}

TEST_P(FolderBackups, two_at_once_do_not_meet) {
    const auto first = must(open_folder_writer(place(), now_));
    const auto second = save();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::Conflict);
}

TEST_P(FolderBackups, a_data_folder_is_no_place_for_it) {
    auto wanted = options();
    wanted.place = folder_;
    const auto refused = make_backup(wanted, *blobs_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Invalid);
}

TEST_P(FolderBackups, an_older_state_knows_what_was_erased_since) {
    const auto first = must(save()).snapshot;
    execute("INSERT INTO tombstones VALUES ('conversation', x'0102', 5000000)");
    must(save());
    const auto old = must(open_backup(place(), first));
    const auto since = must(old->newer_tombstones());
    ASSERT_EQ(since.size(), 2U) << "the one of the fixture and the new one";
    EXPECT_TRUE(must(must(open_backup(place(), ""))->newer_tombstones()).empty());
    // Named by its own folder, too.
    EXPECT_EQ(must(must(open_backup(place() / first, ""))->newer_tombstones()).size(), 2U);
}

TEST_P(FolderBackups, only_this_user_can_read_it) {
    must(save());
    for (const auto& entry : fs::recursive_directory_iterator(place())) {
        const auto others = fs::perms::group_all | fs::perms::others_all;
        EXPECT_EQ(entry.status().permissions() & others, fs::perms::none) << entry.path();
    }
}

TEST(LeftOut, every_column_of_hashes_is_sorted_in) {
    // Hashes of something else than audio. A new column of them goes here, or into names_blob.
    const std::set<std::string> others = {"announced_spans.list_sha256",
                                          "announcements.list_sha256",
                                          "audits.input_sha256",
                                          "blob_checks.sha256",
                                          "blob_claims.sha256",
                                          "conversation_transcripts.sha256",
                                          "deliveries.sha256",
                                          "events.body_sha256",
                                          "keys.key_sha256",
                                          "model_answers.input_sha256",
                                          "scorecards.sha256",
                                          "sessions.token_sha256",
                                          "speech_calls.request_sha256",
                                          "speech_replies.audio_sha256",  // recordings hold it
                                          "speech_replies.request_sha256",
                                          "transcripts.sha256"};
    for (const auto& table : must(store::tables_of(store::newest_schema_version()))) {
        for (const auto& column : table.columns) {
            if (column.kind == store::ColumnKind::Bytes && column.name.ends_with("sha256")) {
                EXPECT_NE(others.contains(table.name + "." + column.name),
                          names_blob(table.name, column.name))
                    << table.name << "." << column.name
                    << ": does it name audio, which a backup must hold?";
            }
        }
    }
}

}  // namespace
}  // namespace oidor::backup

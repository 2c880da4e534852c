// What the disk, other programs and operators do to the file.
#include <chrono>
#include <csignal>
#include <fstream>
#include <future>
#include <latch>

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/contract/store_contract.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/test_folder.hpp"

namespace oidor::store::sqlite {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Connection> open_raw(const TestFolder& folder) {
    return must(Connection::open(folder.file(), 50ms, Access::ReadWrite));
}

Result<std::vector<EventReceipt>> keep(Store& store, std::vector<NewEvent> delivery) {
    std::promise<Result<std::vector<EventReceipt>>> promise;
    store.inbox().keep(std::move(delivery), [&](auto kept) { promise.set_value(std::move(kept)); });
    return promise.get_future().get();
}

/// The code with which a child process, as a user without rights, fails to open the store.
std::string open_code_as_nobody(const std::filesystem::path& file) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) {
            ::_exit(200);
        }
        const SystemClock clock;
        const auto opened = open_sqlite_store({.path = file}, clock);
        ::_exit(opened ? 100 : static_cast<int>(opened.error().code));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 201;
    return code < 100 ? std::string(faces_of(static_cast<ErrorCode>(code)).name)
                      : std::to_string(code);
}

TEST(SqliteFaults, a_locked_store_is_unavailable_and_goes_on_afterwards) {
    const TestFolder folder;
    const SystemClock clock;
    const auto store =
        must(open_sqlite_store({.path = folder.file(), .busy_timeout = 20ms}, clock));
    const auto other = open_raw(folder);
    must(other->execute("BEGIN IMMEDIATE"));
    const auto refused = keep(*store, {make_event("a", "START")});
    EXPECT_EQ(code_of(refused), "Unavailable");
    EXPECT_NE(refused.error().message.find("another program holds the store"), std::string::npos);
    EXPECT_TRUE(must(store->inbox().list_events({}, {}, 10)).empty());
    must(other->execute("ROLLBACK"));
    EXPECT_FALSE(must(keep(*store, {make_event("a", "START")})).at(0).repeated);
}

TEST(SqliteFaults, a_store_that_is_locked_whole_cannot_be_opened) {
    const TestFolder folder;
    const SystemClock clock;
    const auto other = open_raw(folder);
    must(other->execute("PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE t (a)"));
    EXPECT_EQ(code_of(open_sqlite_store({.path = folder.file(), .busy_timeout = 20ms}, clock)),
              "Unavailable");
}

TEST(SqliteFaults, a_full_disk_is_unavailable_and_loses_nothing_that_was_kept) {
    const TestFolder folder;
    const SystemClock clock;
    // A file system of 1 MB would need a mount: the limit of a file's size is refused alike.
    const pid_t child = ::fork();
    if (child == 0) {
        struct rlimit limit = {.rlim_cur = 1'500'000, .rlim_max = 1'500'000};
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &limit);
        auto store = open_sqlite_store({.path = folder.file()}, clock);
        if (!store) {
            ::_exit(10);
        }
        for (int i = 0; i < 1000; ++i) {
            auto event = make_event("a", "TALK", i);
            event.raw = std::string(10'000, 'x');
            const auto kept = keep(**store, {event});
            if (!kept) {
                const bool right = kept.error().code == ErrorCode::Unavailable &&
                                   kept.error().message.find("disk") != std::string::npos;
                std::ofstream(folder.path / "kept") << i;
                ::_exit(right ? 0 : 11);
            }
        }
        ::_exit(12);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_EQ(WEXITSTATUS(status), 0);
    int kept = 0;
    std::ifstream(folder.path / "kept") >> kept;
    EXPECT_GT(kept, 10);
    const auto store = must(open_sqlite_store({.path = folder.file()}, clock));
    EXPECT_EQ(must(store->inbox().list_events({}, {}, 500)).size(), static_cast<std::size_t>(kept));
    EXPECT_FALSE(must(keep(*store, {make_event("a", "TALK", kept)})).at(0).repeated);
}

TEST(SqliteFaults, a_full_file_harms_no_later_write) {
    const TestFolder folder;
    const auto connection = open_raw(folder);
    must(connection->execute("CREATE TABLE t (a BLOB); PRAGMA max_page_count = 20"));
    const std::string big(200'000, 'x');
    const auto refused = connection->run("INSERT INTO t VALUES (?)", Blob{big});
    EXPECT_EQ(code_of(refused), "Unavailable");
    EXPECT_NE(refused.error().message.find("the disk is full; free space"), std::string::npos);
    EXPECT_EQ(must(connection->run("INSERT INTO t VALUES (?)", Blob{"x"})), 1);
}

TEST(SqliteFaults, a_folder_without_rights_is_forbidden) {
    const TestFolder folder;
    const SystemClock clock;
    std::filesystem::permissions(folder.path, std::filesystem::perms(0555));
    EXPECT_EQ(open_code_as_nobody(folder.file()), "Forbidden");
    EXPECT_EQ(open_code_as_nobody(folder.path / "below" / "oidor.db"), "Forbidden");
    must(open_sqlite_store({.path = folder.file()}, clock));
    std::filesystem::permissions(folder.file(), std::filesystem::perms(0444));
    EXPECT_EQ(open_code_as_nobody(folder.file()), "Forbidden");
    std::filesystem::permissions(folder.path, std::filesystem::perms(0755));
}

TEST(SqliteFaults, a_folder_that_is_a_file_is_unavailable) {
    const TestFolder folder;
    const SystemClock clock;
    std::ofstream(folder.path / "file") << "x";
    EXPECT_EQ(code_of(open_sqlite_store({.path = folder.path / "file" / "oidor.db"}, clock)),
              "Unavailable");
    std::filesystem::create_directory(folder.file());
    EXPECT_EQ(code_of(open_sqlite_store({.path = folder.file()}, clock)), "Unavailable");
}

TEST(SqliteFaults, a_file_that_is_no_store_is_corrupt_and_left_alone) {
    const TestFolder folder;
    const SystemClock clock;
    const std::string text(10'000, 'x');
    std::ofstream(folder.file()) << text;
    EXPECT_EQ(code_of(open_sqlite_store({.path = folder.file()}, clock)), "Corrupt");
    std::ifstream file(folder.file());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST(SqliteFaults, damaged_pages_are_corrupt) {
    const TestFolder folder;
    const SystemClock clock;
    {
        const auto store = must(open_sqlite_store({.path = folder.file()}, clock));
        for (int i = 0; i < 50; ++i) {
            must(keep(*store, {make_event("a", "TALK", i)}));
        }
    }
    const auto size = std::filesystem::file_size(folder.file());
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(static_cast<std::size_t>(size) - 4096, '\x5a');
    file.close();
    const auto opened = open_sqlite_store({.path = folder.file()}, clock);
    EXPECT_EQ(code_of(opened), "Corrupt");
    EXPECT_NE(opened.error().message.find("restore a backup"), std::string::npos);
}

TEST(SqliteFaults, another_programs_database_is_not_touched) {
    const TestFolder folder;
    const SystemClock clock;
    must(open_raw(folder)->execute("CREATE TABLE theirs (a)"));
    EXPECT_EQ(code_of(open_sqlite_store({.path = folder.file()}, clock)), "Unsupported");
    EXPECT_EQ(must(schema_version(*open_raw(folder))), 0);
}

TEST(SqliteFaults, too_many_waiting_writes_are_refused_at_once) {
    const TestFolder folder;
    const SystemClock clock;
    const auto store = must(open_sqlite_store(
        {.path = folder.file(), .waiting_writes_max = 3, .waiting_bytes_max = 100'000}, clock));
    // The writer stands in the first write's callback until we let it go.
    std::latch standing(1);
    std::latch go_on(1);
    store->inbox().keep({make_event("a", "START")}, [&](auto) {
        standing.count_down();
        go_on.wait();
    });
    standing.wait();
    std::latch kept(3);
    std::atomic<int> refused = 0;
    const auto count = [&](const Result<std::vector<EventReceipt>>& receipts) {
        if (receipts) {
            kept.count_down();
        } else {
            EXPECT_EQ(receipts.error().code, ErrorCode::Unavailable);
            ++refused;
        }
    };
    auto big = make_event("a", "TALK", 99);
    big.raw = std::string(90'000, 'x');
    store->inbox().keep({big}, count);
    store->inbox().keep({big}, count);
    EXPECT_EQ(refused, 1);
    for (int i = 0; i < 4; ++i) {
        store->inbox().keep({make_event("a", "TALK", i)}, count);
    }
    EXPECT_EQ(refused, 3);
    EXPECT_EQ(must(store->health()).waiting_writes, 3);
    go_on.count_down();
    kept.wait();
    EXPECT_FALSE(must(keep(*store, {make_event("a", "END")})).at(0).repeated);
}

TEST(SqliteFaults, the_access_log_is_append_only) {
    const TestFolder folder;
    const SystemClock clock;
    const auto store = must(open_sqlite_store({.path = folder.file()}, clock));
    must(store->keyring().append_access({{.action = "listen"}}));
    const auto raw = open_raw(folder);
    EXPECT_EQ(code_of(raw->run("UPDATE access_log SET action = 'x'")), "Conflict");
    EXPECT_EQ(code_of(raw->run("DELETE FROM access_log")), "Conflict");
    EXPECT_EQ(must(store->keyring().list_access({}, 10)).size(), 1U);
}

TEST(SqliteFaults, a_damaged_transcript_is_corrupt) {
    const TestFolder folder;
    const SystemClock clock;
    const auto store = must(open_sqlite_store({.path = folder.file()}, clock));
    const auto id = must(store->conversations().identify(make_key(1)));
    const std::string json = R"({"segments":[]})";
    must(store->conversations().put_transcript(
        id, {.sha256_hex = sha256_hex(json), .json = json, .origin = "provided"}, {}));
    const auto raw = open_raw(folder);
    must(raw->run("UPDATE transcripts SET body = substr(body, 1, length(body) - 1)"));
    EXPECT_EQ(code_of(store->conversations().find_transcript(id)), "Corrupt");
    must(raw->run("UPDATE transcripts SET body = x'02'"));
    EXPECT_EQ(code_of(store->conversations().find_transcript(id)), "Unsupported");
}

TEST(SqliteFaults, a_damaged_audit_is_told_beside_the_others) {
    const TestFolder folder;
    const SystemClock clock;
    const auto store = must(open_sqlite_store({.path = folder.file()}, clock));
    MappedConversation mapped;
    mapped.conversation.id = must(store->conversations().identify(make_key(1)));
    mapped.conversation.day = "2026-02-10";
    mapped.participations = {{.leg = "1"}};
    const auto row = must(store->conversations().merge(mapped, {}));
    AuditRow audit;
    audit.participation = row.participations.at(0).id;
    audit.conversation = row.conversation.id;
    audit.scorecard_id = "general-es";
    audit.input_sha256 = sha256_hex("x");
    audit.json = "{}";
    must(store->conversations().put_audit(audit, ConversationState::Audited, {}));
    must(open_raw(folder)->run("UPDATE audits SET body = substr(body, 1, length(body) - 1)"));
    const auto page = must(store->reports().list_judged(
        {.from = "2026-02-10", .to = "2026-02-11", .bodies = Bodies::With}, {}, 10));
    ASSERT_EQ(page.parts.size(), 1U);
    ASSERT_TRUE(page.parts[0].audit);
    EXPECT_TRUE(page.parts[0].audit->unreadable);
    EXPECT_TRUE(page.parts[0].audit->json.empty());
}

TEST(SqliteFaults, the_log_stays_within_its_bound) {
    const TestFolder folder;
    const SystemClock clock;
    const std::int64_t bound = std::int64_t{1} << 20U;
    const auto store =
        must(open_sqlite_store({.path = folder.file(), .wal_bytes_max = bound}, clock));
    for (int i = 0; i < 100; ++i) {
        auto event = make_event("a", "TALK", i);
        event.raw = std::string(100'000, 'x');
        must(keep(*store, {event}));
        EXPECT_LT(std::filesystem::file_size(folder.path / "oidor.db-wal"),
                  static_cast<std::uintmax_t>(2 * bound));
    }
}

}  // namespace
}  // namespace oidor::store::sqlite

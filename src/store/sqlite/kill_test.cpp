// P1: what was acknowledged is there after `kill -9`, whatever the writer was doing.
#include <atomic>
#include <csignal>
#include <cstring>
#include <set>
#include <thread>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/contract/store_contract.hpp"
#include "store/sqlite/test_folder.hpp"

namespace oidor::store::sqlite {
namespace {

constexpr int kRounds = 8;

/// Keeps events one after another from `first`, and writes the number of each acknowledged one to
/// the pipe; until it is killed.
[[noreturn]] void keep_until_killed(const std::filesystem::path& file, int pipe, int first) {
    const SystemClock clock;
    auto store = open_sqlite_store({.path = file, .wal_bytes_max = 200'000}, clock);
    if (!store) {
        ::_exit(1);
    }
    for (int i = first;; ++i) {
        (*store)->inbox().keep({make_event(std::to_string(i % 10), "TALK", i)},
                               [pipe, i](auto kept) {
                                   if (kept && ::write(pipe, &i, sizeof(i)) != sizeof(i)) {
                                       ::_exit(2);
                                   }
                               });
        if (i % 16 == 0) {
            // Waits for its own write, so that batches of many sizes are under way.
            (void)(*store)->conversations().identify(make_key(i % 10));
        }
    }
}

/// Lets a child keep events until `count` were acknowledged, kills it, and gives their numbers.
std::set<int> run_child(const std::filesystem::path& file, int first, std::size_t count) {
    int ends[2] = {};
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        keep_until_killed(file, ends[1], first);
    }
    ::close(ends[1]);
    std::set<int> acknowledged;
    int number = 0;
    while (::read(ends[0], &number, sizeof(number)) == sizeof(number)) {
        acknowledged.insert(number);
        if (acknowledged.size() == count) {
            ::kill(child, SIGKILL);
        }
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
    return acknowledged;
}

TEST(SqliteKill, every_acknowledged_event_is_there_with_its_job) {
    const TestFolder folder;
    const SystemClock clock;
    std::set<int> acknowledged;
    for (int round = 0; round < kRounds; ++round) {
        // From before the first checkpoint to behind several of them.
        acknowledged.merge(
            run_child(folder.file(), round * 100'000, static_cast<std::size_t>(1 + round * 97)));
    }
    const auto store = must(open_sqlite_store({.path = folder.file()}, clock));
    std::set<std::string> kept;
    std::optional<std::int64_t> before;
    while (true) {
        const auto events = must(store->inbox().list_events({}, before, 500));
        if (events.empty()) {
            break;
        }
        for (const auto& event : events) {
            EXPECT_TRUE(kept.insert(event.normalised).second) << "kept twice";
        }
        before = events.back().sequence;
    }
    for (const int number : acknowledged) {
        EXPECT_TRUE(
            kept.contains(make_event(std::to_string(number % 10), "TALK", number).normalised))
            << "lost: " << number;
    }
    EXPECT_GE(acknowledged.size(), 500U);
    EXPECT_EQ(must(store->queue().claim({"map"}, 100, std::chrono::seconds(1))).size(), 10U);
}

}  // namespace
}  // namespace oidor::store::sqlite

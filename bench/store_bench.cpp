// Figures of the store alone, as JSON lines: the bare ceiling of group commit, `Inbox::keep`, and
// jobs through the whole queue. Runs in a temporary folder on the disk of the working directory (or
// the first argument); with a database in OIDOR_BENCH_STORE_URL, which must be empty, in that, one
// figure a run.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include <sqlite3.h>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "jobs/worker_pool.hpp"
#include "store/store.hpp"

namespace oidor {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

struct Folder {
    explicit Folder(const std::filesystem::path& parent)
        : path(parent / ("oidor-bench-" + format_uuid(make_uuid7()))) {
        std::filesystem::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path path;
};

/// libstdc++ 12's semaphores can miss a wake-up and sleep for ever (GCC bug 104928).
class Permits {
  public:
    explicit Permits(int count) : count_(count) {}
    void acquire() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return count_ > 0; });
        --count_;
    }
    void release() {
        {
            const std::lock_guard lock(mutex_);
            ++count_;
        }
        ready_.notify_one();
    }

  private:
    std::mutex mutex_ = {};
    std::condition_variable ready_ = {};
    int count_;
};

double seconds_since(Steady::time_point begun) {
    return std::chrono::duration<double>(Steady::now() - begun).count();
}

[[noreturn]] void give_up(const std::string& message) {
    fmt::print(stderr, "store_bench: {}\n", message);
    std::exit(1);
}

template <typename T>
T must(Result<T> result) {
    if (!result) {
        give_up(result.error().message);
    }
    return std::move(*result);
}

/// Empty: SQLite.
std::string database_url() {
    const char* url = std::getenv("OIDOR_BENCH_STORE_URL");
    return url != nullptr ? url : "";
}

/// With the CPU time of the whole process, which other programs do not change, beside each figure.
void print(const char* figure, double value, const char* unit) {
    static const char* const prefix = database_url().empty() ? "" : "postgres_";
    static double before = 0;
    const double now = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
    fmt::print("{{\"figure\": \"{}{}\", \"value\": {:.2f}, \"unit\": \"{}\", \"cpu_s\": {:.2f}}}\n",
               prefix, figure, value, unit, now - std::exchange(before, now));
    std::fflush(stdout);
}

std::unique_ptr<store::Store> open(const Folder& folder, const Clock& clock) {
    if (const auto url = database_url(); !url.empty()) {
        return must(store::open_postgres_store({.url = Secret(url)}, clock));
    }
    return must(store::open_sqlite_store({.path = folder.path / "oidor.db"}, clock));
}

/// A loop that only inserts 1 KB rows by one key and commits 64 of them at a time.
void bare_ceiling(const std::filesystem::path& parent, int count) {
    const Folder folder(parent);
    sqlite3* database = nullptr;
    sqlite3_open((folder.path / "bare.db").c_str(), &database);
    sqlite3_exec(database,
                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (key TEXT "
                 "PRIMARY KEY, body BLOB) "
                 "STRICT, WITHOUT ROWID;",
                 nullptr, nullptr, nullptr);
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(database, "INSERT INTO t VALUES (?, ?) ON CONFLICT DO NOTHING", -1, &insert,
                       nullptr);
    const std::string body(1024, 'x');
    const auto begun = Steady::now();
    for (int i = 0; i < count; ++i) {
        if (i % 64 == 0) {
            sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
        }
        const auto key = fmt::format("anura/default/{:012}", i);
        sqlite3_bind_text(insert, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
        sqlite3_bind_blob(insert, 2, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
        sqlite3_step(insert);
        sqlite3_reset(insert);
        if (i % 64 == 63 || i + 1 == count) {
            sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr);
        }
    }
    print("bare_group_commit_64", count / seconds_since(begun), "rows/s");
    sqlite3_finalize(insert);
    sqlite3_close(database);
}

store::NewEvent make_event(int conversation, const char* kind, const std::string& body) {
    store::NewEvent event;
    event.external_id =
        fmt::format("{:016x}", static_cast<std::uint64_t>(conversation) * 0x9E3779B97F4A7C15U);
    event.conversation = {
        .source = "anura", .account = "default", .external_id = event.external_id};
    event.kind = kind;
    event.normalised = body;
    event.raw = body;
    event.body_sha256 = sha256(fmt::format("{}{}", kind, conversation));
    event.content_type = "application/json";
    event.received_at = SystemClock().now();
    return event;
}

/// `keep` with `waiting` deliveries under way, as from that many connections; three events a
/// conversation.
void keep(const std::filesystem::path& parent, int count, int waiting) {
    const Folder folder(parent);
    const SystemClock clock;
    const auto store = open(folder, clock);
    const std::string body(1024, 'x');
    Permits room(waiting);
    std::atomic<int> failed = 0;
    static constexpr const char* kKinds[] = {"START", "TALK", "END"};
    const auto begun = Steady::now();
    for (int i = 0; i < count; ++i) {
        room.acquire();
        // The events of a call come apart: 1000 calls are open at a time.
        const int conversation = (i / 3000) * 1000 + i % 1000;
        store->inbox().keep({make_event(conversation, kKinds[(i / 1000) % 3], body)},
                            [&](auto kept) {
                                failed += kept ? 0 : 1;
                                room.release();
                            });
    }
    for (int i = 0; i < waiting; ++i) {
        room.acquire();
    }
    const auto rate = count / seconds_since(begun);
    if (failed > 0) {
        give_up("events were not kept");
    }
    print(fmt::format("keep_1kb_waiting_{}", waiting).c_str(), rate, "events/s");
}

/// Jobs through enqueue, claim and finish in batches of 100.
void queue_jobs(const std::filesystem::path& parent, int count) {
    const Folder folder(parent);
    const SystemClock clock;
    const auto store = open(folder, clock);
    auto& queue = store->queue();
    const auto begun = Steady::now();
    std::jthread producer([&] {
        for (int i = 0; i < count; i += 100) {
            std::vector<store::JobSpec> specs;
            for (int j = i; j < i + 100; ++j) {
                specs.push_back({.kind = "map", .key = std::to_string(j)});
            }
            must(queue.enqueue(specs).has_value() ? Result<int>(0)
                                                  : fail(ErrorCode::Internal, "enqueue"));
        }
    });
    std::atomic<int> done = 0;
    const auto consume = [&] {
        while (done < count) {
            const auto leased = must(queue.claim({"map"}, 100, 10s));
            std::vector<store::JobEnding> endings;
            for (const auto& job : leased) {
                endings.push_back({.id = job.id, .lease = job.lease});
            }
            if (!endings.empty()) {
                must(queue.finish(endings));
            }
            done += static_cast<int>(endings.size());
        }
    };
    std::jthread first(consume);
    std::jthread second(consume);
    first.join();
    second.join();
    print("jobs_enqueue_claim_finish_100", count / seconds_since(begun), "jobs/s");
}

/// The same with the worker pool and no-op handlers.
void pool_jobs(const std::filesystem::path& parent, int count) {
    const Folder folder(parent);
    const SystemClock clock;
    const auto store = open(folder, clock);
    std::vector<store::JobSpec> specs;
    for (int i = 0; i < count; ++i) {
        specs.push_back({.kind = "map", .key = std::to_string(i)});
    }
    std::atomic<int> done = 0;
    Permits ended(0);
    jobs::WorkerPool pool(*store, clock, {.claim_batch = 200});
    pool.add_kind("map", {.handler = [&](const jobs::JobContext&) -> Result<void> {
                      if (++done == count) {
                          ended.release();
                      }
                      return {};
                  }});
    const auto begun = Steady::now();
    pool.start();
    for (int i = 0; i < count; i += 100) {
        const std::vector<store::JobSpec> some(specs.begin() + i, specs.begin() + i + 100);
        (void)store->queue().enqueue(some);
    }
    ended.acquire();
    pool.stop(Deadline::after(10s));
    print("jobs_through_pool", count / seconds_since(begun), "jobs/s");
}

/// From the call of `enqueue` to the first line of the handler, one job at a time.
void idle_start(const std::filesystem::path& parent, int count) {
    const Folder folder(parent);
    const SystemClock clock;
    const auto store = open(folder, clock);
    Permits started(0);
    std::atomic<Steady::time_point> at = {};
    jobs::WorkerPool pool(*store, clock, {});
    pool.add_kind("map", {.handler = [&](const jobs::JobContext&) -> Result<void> {
                      at = Steady::now();
                      started.release();
                      return {};
                  }});
    pool.start();
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        std::this_thread::sleep_for(5ms);
        const auto begun = Steady::now();
        (void)store->queue().enqueue({{.kind = "map", .key = std::to_string(i)}});
        started.acquire();
        times.push_back(std::chrono::duration<double, std::milli>(at.load() - begun).count());
    }
    pool.stop(Deadline::after(10s));
    std::ranges::sort(times);
    double sum = 0;
    for (const auto time : times) {
        sum += time;
    }
    print("idle_add_to_start_mean", sum / count, "ms");
    print("idle_add_to_start_p99", times[times.size() * 99 / 100], "ms");
}

}  // namespace
}  // namespace oidor

/// `store_bench [FOLDER [FIGURE]]`: FIGURE is `bare`, `keep`, `queue`, `pool` or `idle`.
int main(int argc, char** argv) {
    const std::filesystem::path parent = argc > 1 ? argv[1] : ".";
    const std::string_view only = argc > 2 ? argv[2] : "";
    const auto wanted = [&](std::string_view figure) { return only.empty() || only == figure; };
    if (wanted("bare")) {
        oidor::bare_ceiling(parent, 100'000);
    }
    if (wanted("keep")) {
        oidor::keep(parent, 100'000, 64);
        oidor::keep(parent, 100'000, 1000);
    }
    if (wanted("queue")) {
        oidor::queue_jobs(parent, 50'000);
    }
    if (wanted("pool")) {
        oidor::pool_jobs(parent, 50'000);
    }
    if (wanted("idle")) {
        oidor::idle_start(parent, 200);
    }
    return 0;
}

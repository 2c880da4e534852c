#include "jobs/worker_pool.hpp"

#include <filesystem>
#include <future>

#include <gtest/gtest.h>

#include "base/id.hpp"

namespace oidor::jobs {
namespace {

using namespace std::chrono_literals;

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("oidor-jobs-" + format_uuid(make_uuid7()));
    ~Folder() { std::filesystem::remove_all(path); }
};

TEST(WorkerPool, runs_a_queued_job_and_marks_it_done) {
    const Folder folder;
    const SystemClock clock;
    auto store = store::open_sqlite_store({.path = folder.path / "oidor.db"}, clock);
    ASSERT_TRUE(store) << store.error().message;
    std::promise<std::string> ran;
    WorkerPool pool(**store, clock, {});
    pool.add_kind("map", {.handler = [&](const JobContext& context) -> Result<void> {
                      ran.set_value(context.job.key);
                      return {};
                  }});
    pool.start();
    ASSERT_TRUE((*store)->queue().enqueue({{.kind = "map", .key = "1"}}));
    EXPECT_EQ(ran.get_future().get(), "1");
    pool.stop(Deadline::after(5s));
    const auto jobs = (*store)->queue().list_jobs({}, {}, {}, 10);
    ASSERT_TRUE(jobs);
    ASSERT_EQ(jobs->size(), 1U);
    EXPECT_EQ(jobs->front().state, store::JobState::Done);
}

}  // namespace
}  // namespace oidor::jobs

#include <gtest/gtest.h>

#include "store/store.hpp"

namespace oidor::store {
TEST(SqliteStore, opens) {
    const SystemClock clock;
    auto store = open_sqlite_store({.path = "/tmp/probe/t1/oidor.db"}, clock);
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE((*store)->queue().enqueue({{.kind = "a", .key = "1"}}));
    auto jobs = (*store)->queue().claim({"a"}, 10, std::chrono::seconds(1));
    ASSERT_TRUE(jobs) << jobs.error().message;
    ASSERT_EQ(jobs->size(), 1U);
}
}  // namespace oidor::store

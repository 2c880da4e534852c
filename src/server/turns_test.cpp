#include "server/turns.hpp"

#include <gtest/gtest.h>

namespace oidor::server {
namespace {

TEST(Turns, the_third_is_asked_to_come_back_until_one_has_ended) {
    Turns turns(kTurnsAtOnce);
    auto first = Turn::take(turns, "checks");
    const auto second = Turn::take(turns, "checks");
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    const auto third = Turn::take(turns, "checks");
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(third.error().message, "2 checks are under way");
    EXPECT_EQ(third.error().retry_after, std::chrono::seconds(2));
    first.value().reset();
    EXPECT_TRUE(Turn::take(turns, "checks"));
}

}  // namespace
}  // namespace oidor::server

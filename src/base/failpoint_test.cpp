#include "base/failpoint.hpp"

#include <csignal>
#include <set>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace oidor {
namespace {

class Failpoints : public testing::Test {
  protected:
    void TearDown() override {
        ASSERT_TRUE(arm_failpoints(""));
        observe_failpoints({});
    }
};

Result<void> reach_blob() { return fail_at<Failpoint::pipeline_fetch_after_blob>(); }

TEST_F(Failpoints, are_off_until_they_are_armed) {
    EXPECT_FALSE(failpoints::any_armed.load());
    EXPECT_TRUE(reach_blob());
    EXPECT_TRUE(list_armed_failpoints().empty());
}

TEST_F(Failpoints, every_name_is_used_once_and_says_when_it_is_reached) {
    std::set<std::string_view> names;
    for (const auto& row : failpoint_table()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_FALSE(row.text.empty()) << row.name;
        EXPECT_NE(row.text.back(), '.') << row.name;
        EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_."),
                  std::string_view::npos)
            << row.name;
    }
}

TEST_F(Failpoints, an_error_comes_with_its_code_at_each_hit) {
    ASSERT_TRUE(arm_failpoints("pipeline.fetch.after_blob=error:Timeout"));
    for (int hit = 0; hit < 2; ++hit) {
        const auto reached = reach_blob();
        ASSERT_FALSE(reached);
        EXPECT_EQ(reached.error().code, ErrorCode::Timeout);
        EXPECT_NE(reached.error().message.find("pipeline.fetch.after_blob"), std::string::npos);
    }
    EXPECT_TRUE(fail_at<Failpoint::pipeline_fetch_after_row>());
    EXPECT_EQ(list_armed_failpoints(),
              std::vector<std::string>{"pipeline.fetch.after_blob=error:Timeout"});
}

TEST_F(Failpoints, a_numbered_hit_is_the_only_one_that_counts) {
    ASSERT_TRUE(arm_failpoints("pipeline.fetch.after_blob=error:Unavailable@2;"));
    EXPECT_TRUE(reach_blob());
    EXPECT_FALSE(reach_blob());
    EXPECT_TRUE(reach_blob());
}

TEST_F(Failpoints, who_observes_is_told_of_hits_that_count) {
    std::vector<std::string> told;
    observe_failpoints([&told](const FailpointFaces& faces) { told.emplace_back(faces.name); });
    ASSERT_TRUE(arm_failpoints("pipeline.fetch.after_blob=error:Unavailable@2"));
    (void)reach_blob();
    EXPECT_TRUE(told.empty());
    (void)reach_blob();
    EXPECT_EQ(told, std::vector<std::string>{"pipeline.fetch.after_blob"});
}

TEST_F(Failpoints, a_delay_waits) {
    ASSERT_TRUE(arm_failpoints("store.commit.after=delay:30"));
    const auto started = std::chrono::steady_clock::now();
    pass<Failpoint::store_commit_after>();
    EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(30));
}

TEST_F(Failpoints, kill_ends_the_process_as_sigkill_does) {
    const pid_t child = ::fork();
    if (child == 0) {
        (void)arm_failpoints("store.commit.after=kill@2");
        pass<Failpoint::store_commit_after>();
        pass<Failpoint::store_commit_after>();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST_F(Failpoints, a_fault_in_the_text_is_told_and_arms_nothing) {
    const auto refused = [](std::string_view text, std::string_view why) {
        const auto armed = arm_failpoints(text);
        ASSERT_FALSE(armed) << text;
        EXPECT_EQ(armed.error().code, ErrorCode::Invalid);
        EXPECT_NE(armed.error().message.find(why), std::string::npos) << armed.error().message;
        EXPECT_FALSE(failpoints::any_armed.load());
    };
    refused("pipeline.fetch.after_blop=kill", "the nearest is pipeline.fetch.after_blob");
    refused("pipeline.fetch.after_blob", "expected kill");
    refused("pipeline.fetch.after_blob=", "expected kill");
    refused("pipeline.fetch.after_blob=die", "expected kill");
    refused("pipeline.fetch.after_blob=kill@0", "from 1");
    refused("pipeline.fetch.after_blob=kill@x", "from 1");
    refused("pipeline.fetch.after_blob=kill@99999999999", "from 1");
    refused("pipeline.fetch.after_blob=delay:0", "milliseconds");
    refused("pipeline.fetch.after_blob=error:Nope", "wants a code");
    refused("store.commit.after=error:Internal", "no error can be given there");
}

}  // namespace
}  // namespace oidor

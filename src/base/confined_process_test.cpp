#include "base/confined_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <chrono>
#include <csignal>

#include "base/frames.hpp"

namespace oidor {
namespace {

using namespace std::chrono_literals;

/// Runs a shell line, collects what it prints.
Result<std::string> run_shell(const std::string& line, Watch watch = {},
                              const std::string& input = {}) {
    std::string output;
    ChildProgram program = {.path = "/bin/sh", .arguments = {"-c", line}};
    program.output_bytes_max = 1 << 20U;
    program.on_output = [&](std::string_view bytes) {
        output += bytes;
        return Result<void>();
    };
    TRY_ASSIGN(const auto process, ConfinedProcess::start(std::move(program), std::move(watch)));
    TRY(process->write(input));
    TRY(process->finish());
    return output;
}

TEST(ConfinedProcess, gives_back_what_the_child_prints) {
    EXPECT_EQ(*run_shell("printf hello"), "hello");
}

TEST(ConfinedProcess, carries_more_than_a_pipe_holds_in_both_directions) {
    const std::string input(900'000, 'x');
    EXPECT_EQ(run_shell("cat", {}, input)->size(), input.size());
}

TEST(ConfinedProcess, hands_over_no_environment_and_no_descriptor) {
    ASSERT_EQ(::setenv("OIDOR_TEST_SECRET", "seen", 1), 0);
    EXPECT_EQ(*run_shell("printf '%s' \"$OIDOR_TEST_SECRET\""), "");
    const int fd = ::open("/dev/null", O_RDONLY);  // Without O_CLOEXEC, as other libraries do it.
    EXPECT_EQ(*run_shell("ls /proc/self/fd | wc -l"), "4\n");  // Three, and that of `ls` itself.
    ::close(fd);
}

TEST(ConfinedProcess, reports_a_status_with_the_childs_words) {
    const auto result = run_shell("echo no model >&2; exit 3");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Internal);
    EXPECT_EQ(result.error().message, "ended with status 3 (no model )");
}

TEST(ConfinedProcess, reports_a_crash) {
    const auto result = run_shell("kill -SEGV $$");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Internal);
    EXPECT_TRUE(result.error().message.starts_with("ended by signal 11"));
}

TEST(ConfinedProcess, tells_which_signal_ended_it) {
    for (const auto& [words, signal] : {std::pair("kill -SEGV $$", SIGSEGV), {"exit 3", 0}}) {
        const auto process =
            ConfinedProcess::start({.path = "/bin/sh", .arguments = {"-c", words}}, {});
        ASSERT_TRUE(process);
        EXPECT_FALSE((*process)->finish());
        EXPECT_EQ((*process)->end_signal(), signal);
    }
}

TEST(ConfinedProcess, calls_used_up_processor_time_a_timeout) {
    const auto result = run_shell("kill -XCPU $$");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Timeout);
}

TEST(ConfinedProcess, kills_the_child_at_the_deadline) {
    const auto begin = std::chrono::steady_clock::now();
    const auto result = run_shell("exec sleep 100", {.deadline = Deadline::after(30ms)});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Timeout);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 50s);
}

TEST(ConfinedProcess, kills_the_child_when_asked_to_stop) {
    std::stop_source stop;
    stop.request_stop();
    const auto result = run_shell("exec sleep 100", {.stop = stop.get_token()});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
}

TEST(ConfinedProcess, beats_while_it_waits) {
    std::stop_source stop;
    int beats = 0;
    Watch watch = {.stop = stop.get_token(), .heartbeat_every = 1ms};
    watch.heartbeat = [&] {
        if (++beats == 3) {
            stop.request_stop();
        }
    };
    const auto result = run_shell("exec sleep 100", watch);
    EXPECT_EQ(beats, 3);
    EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
}

TEST(ConfinedProcess, bounds_the_output) {
    const auto result = run_shell("yes");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::TooLarge);
}

TEST(ConfinedProcess, ends_with_the_readers_error) {
    ChildProgram program = {.path = "/bin/sh", .arguments = {"-c", "yes"}};
    program.on_output = [](std::string_view) -> Result<void> {
        return fail(ErrorCode::Corrupt, "enough");
    };
    const auto process = ConfinedProcess::start(std::move(program), {});
    ASSERT_TRUE(process);
    const auto result = (*process)->finish();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Corrupt);
}

TEST(ConfinedProcess, survives_a_child_that_does_not_read) {
    EXPECT_TRUE(run_shell("exec 0<&-; exit 0", {}, std::string(5'000'000, 'x')));
}

TEST(ConfinedProcess, names_a_program_that_is_missing) {
    const auto process = ConfinedProcess::start({.path = "/nowhere/oidor-decode"}, {});
    ASSERT_FALSE(process);
    EXPECT_EQ(process.error().code, ErrorCode::Internal);
    EXPECT_EQ(process.error().message, "start /nowhere/oidor-decode: No such file or directory");
}

TEST(Frames, are_read_whatever_the_pieces) {
    std::string stream;
    for (const std::string payload : {"", "a", "hello"}) {
        const auto head = frame_head('x', static_cast<std::uint32_t>(payload.size()));
        stream.append(head.data(), head.size());
        stream += payload;
    }
    FrameReader reader(16);
    std::string seen;
    for (const char c : stream) {
        ASSERT_TRUE(reader.feed({&c, 1}, [&](char kind, std::string_view payload) {
            seen += fmt::format("{}:{} ", kind, payload);
            return Result<void>();
        }));
    }
    EXPECT_EQ(seen, "x: x:a x:hello ");
    EXPECT_TRUE(reader.at_border());
}

TEST(Frames, beyond_the_bound_are_refused) {
    FrameReader reader(16);
    const auto head = frame_head('x', 17);
    const auto result = reader.feed({head.data(), head.size()},
                                    [](char, std::string_view) { return Result<void>(); });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Internal);
}

}  // namespace
}  // namespace oidor

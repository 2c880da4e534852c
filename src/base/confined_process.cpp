#include "base/confined_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace oidor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kErrorTextMax = 4096;
constexpr std::size_t kErrorShownMax = 300;
/// How soon a stop request is seen.
constexpr auto kPollMax = 100ms;
/// How long a child may take to end after it closed its output.
constexpr auto kEndMax = 10s;

void close_fd(int& fd) {
    if (fd >= 0) {
        ::close(fd);
        fd = -1;
    }
}

/// A pair of descriptors that no other child inherits; [0] is read, [1] is written.
Result<std::array<int, 2>> open_pipe() {
    std::array<int, 2> ends = {-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail(ErrorCode::Internal, "open a pipe: {}", std::strerror(errno));
    }
    return ends;
}

/// The input is a socket pair: writing to a child that is gone must not raise SIGPIPE.
Result<std::array<int, 2>> open_socket_pair() {
    std::array<int, 2> ends = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail(ErrorCode::Internal, "open a socket pair: {}", std::strerror(errno));
    }
    return ends;
}

/// What a child wrote to its standard error, as one short printable line.
std::string shown_errors(const std::string& text) {
    std::string shown;
    for (const char c : text.substr(0, kErrorShownMax)) {
        shown.push_back(c >= ' ' && c <= '~' ? c : ' ');
    }
    return shown.empty() ? "no message" : shown;
}

/// posix_spawn's two settings, freed together.
struct SpawnSettings {
    SpawnSettings() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    posix_spawn_file_actions_t actions = {};
    posix_spawnattr_t attributes = {};
};

int spawn_with(const std::string& path, const std::vector<std::string>& arguments,
               const std::array<int, 3>& descriptors, int& pid) {
    SpawnSettings settings;
    // Moved above the range of 0 to 2 first, so that no dup2 overwrites a source that is still due.
    std::array<int, 3> high = {-1, -1, -1};
    for (std::size_t i = 0; i < 3; ++i) {
        high[i] = ::fcntl(descriptors[i], F_DUPFD_CLOEXEC, 10);
        posix_spawn_file_actions_adddup2(&settings.actions, high[i], static_cast<int>(i));
    }
    posix_spawn_file_actions_addclosefrom_np(&settings.actions, 3);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&settings.attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&settings.attributes, &signals);
    posix_spawnattr_setpgroup(&settings.attributes, 0);
    posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                       POSIX_SPAWN_SETPGROUP);
    std::vector<char*> argv = {const_cast<char*>(path.c_str())};
    for (const auto& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    std::string locale = "LC_ALL=C";
    std::array<char*, 2> environment = {locale.data(), nullptr};
    const int error = ::posix_spawn(&pid, path.c_str(), &settings.actions, &settings.attributes,
                                    argv.data(), environment.data());
    for (int& fd : high) {
        close_fd(fd);
    }
    return error;
}

}  // namespace

std::string own_program_folder() {
    std::array<char, 4096> buffer = {};
    const auto size = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
    const std::string path(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

ConfinedProcess::ConfinedProcess(ChildProgram program, Watch watch)
    : program_(std::move(program)),
      watch_(std::move(watch)),
      next_heartbeat_(std::chrono::steady_clock::now() + watch_.heartbeat_every) {}

ConfinedProcess::~ConfinedProcess() { kill_and_reap(); }

Result<std::unique_ptr<ConfinedProcess>> ConfinedProcess::start(ChildProgram program, Watch watch) {
    std::unique_ptr<ConfinedProcess> process(
        new ConfinedProcess(std::move(program), std::move(watch)));
    TRY(process->spawn());
    return process;
}

Result<void> ConfinedProcess::spawn() {
    std::array<int, 2> input = {-1, -1};
    if (program_.input_fd < 0) {
        TRY_ASSIGN(input, open_socket_pair());
        input_ = input[1];
        ::fcntl(input_, F_SETFL, O_NONBLOCK);
    }
    auto output = open_pipe();
    auto errors = open_pipe();
    int error = ENFILE;
    if (output && errors) {
        error = spawn_with(
            program_.path, program_.arguments,
            {input[0] >= 0 ? input[0] : program_.input_fd, (*output)[1], (*errors)[1]}, pid_);
    }
    close_fd(input[0]);
    if (output) {
        output_ = (*output)[0];
        ::close((*output)[1]);
        ::fcntl(output_, F_SETFL, O_NONBLOCK);
    }
    if (errors) {
        errors_ = (*errors)[0];
        ::close((*errors)[1]);
        ::fcntl(errors_, F_SETFL, O_NONBLOCK);
    }
    if (error != 0) {
        pid_ = -1;
        return fail(ErrorCode::Internal, "start {}: {}", program_.path, std::strerror(error));
    }
    return {};
}

Result<void> ConfinedProcess::check_watch() {
    if (watch_.stop.stop_requested()) {
        kill_and_reap();
        return fail(ErrorCode::Cancelled, "asked to stop");
    }
    if (watch_.deadline.expired()) {
        kill_and_reap();
        return fail(ErrorCode::Timeout, "not done in time");
    }
    const auto now = std::chrono::steady_clock::now();
    if (watch_.heartbeat && now >= next_heartbeat_) {
        next_heartbeat_ = now + watch_.heartbeat_every;
        watch_.heartbeat();
    }
    return {};
}

Result<void> ConfinedProcess::wait_for_events(bool wants_write, bool& can_write) {
    TRY(check_watch());
    std::array<pollfd, 3> polled = {
        pollfd{.fd = output_, .events = POLLIN, .revents = 0},
        pollfd{.fd = errors_, .events = POLLIN, .revents = 0},
        pollfd{.fd = wants_write ? input_ : -1, .events = POLLOUT, .revents = 0}};
    const auto wait = std::min<std::chrono::milliseconds>(kPollMax, watch_.deadline.remaining());
    if (::poll(polled.data(), polled.size(), static_cast<int>(wait.count())) < 0 &&
        errno != EINTR) {
        return fail(ErrorCode::Internal, "poll: {}", std::strerror(errno));
    }
    if (polled[1].revents != 0) {
        read_errors();
    }
    if (polled[0].revents != 0) {
        TRY(read_output());
    }
    can_write = polled[2].revents != 0;
    return {};
}

Result<void> ConfinedProcess::read_output() {
    std::array<char, 65536> buffer;  // NOLINT(*-member-init): read() fills it
    const auto size = ::read(output_, buffer.data(), buffer.size());
    if (size < 0) {
        return {};
    }
    if (size == 0) {
        close_fd(output_);
        return {};
    }
    output_bytes_ += static_cast<std::size_t>(size);
    if (output_bytes_ > program_.output_bytes_max) {
        kill_and_reap();
        return fail(ErrorCode::TooLarge, "more than {} bytes of output", program_.output_bytes_max);
    }
    if (!program_.on_output) {
        return {};
    }
    auto taken = program_.on_output({buffer.data(), static_cast<std::size_t>(size)});
    if (!taken) {
        kill_and_reap();
    }
    return taken;
}

void ConfinedProcess::read_errors() {
    std::array<char, 1024> buffer = {};
    const auto size = ::read(errors_, buffer.data(), buffer.size());
    if (size == 0) {
        close_fd(errors_);
    } else if (size > 0 && error_text_.size() < kErrorTextMax) {
        error_text_.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

Result<void> ConfinedProcess::write(std::string_view bytes) {
    while (!bytes.empty() && input_ >= 0) {
        bool can_write = false;
        TRY(wait_for_events(/*wants_write=*/true, can_write));
        if (!can_write) {
            continue;
        }
        const auto size = ::send(input_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(size));
        } else if (errno != EAGAIN && errno != EINTR) {
            close_fd(input_);
        }
    }
    return {};
}

Result<void> ConfinedProcess::finish() {
    close_fd(input_);
    bool unused = false;
    while (output_ >= 0 || errors_ >= 0) {
        TRY(wait_for_events(/*wants_write=*/false, unused));
    }
    return reap();
}

Result<void> ConfinedProcess::reap() {
    int status = 0;
    rusage usage = {};
    const auto end = std::chrono::steady_clock::now() + kEndMax;
    while (::wait4(pid_, &status, WNOHANG, &usage) == 0) {
        TRY(check_watch());
        if (std::chrono::steady_clock::now() >= end) {
            kill_and_reap();
            return fail(ErrorCode::Internal, "closed its output but did not end");
        }
        std::this_thread::sleep_for(1ms);
    }
    pid_ = -1;
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        end_signal_ = signal;
        if (signal == SIGXCPU) {
            return fail(ErrorCode::Timeout, "used up its processor time");
        }
        return fail(ErrorCode::Internal, "ended by signal {} ({})", signal,
                    shown_errors(error_text_));
    }
    if (WEXITSTATUS(status) != 0) {
        return fail(ErrorCode::Internal, "ended with status {} ({})", WEXITSTATUS(status),
                    shown_errors(error_text_));
    }
    return {};
}

void ConfinedProcess::kill_and_reap() {
    close_fd(input_);
    close_fd(output_);
    close_fd(errors_);
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
    }
}

}  // namespace oidor

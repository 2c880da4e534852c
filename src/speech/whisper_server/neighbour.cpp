#include "speech/whisper_server/neighbour.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern "C" char** environ;  // NOLINT(readability-redundant-declaration)

namespace oidor::speech::whisper_server {
namespace {

constexpr auto kLookEvery = 100ms;
constexpr auto kHealthMax = 2s;
/// A program that ran for so long was well: its next pause is the first one again.
constexpr auto kWellAfter = 1min;
constexpr int kFirstOtherFd = 3;

/// What may be told to a program that is none of ours.
constexpr std::array<std::string_view, 8> kEnvironment = {
    "PATH",          "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES",
    "XDG_CACHE_HOME"};
constexpr std::array<std::string_view, 3> kEnvironmentPrefixes = {"GGML_", "OMP_", "VK_"};

std::vector<std::string> list_environment() {
    std::vector<std::string> kept;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view line(*entry);
        const auto name = line.substr(0, line.find('='));
        const bool known = std::ranges::count(kEnvironment, name) > 0 ||
                           std::ranges::any_of(kEnvironmentPrefixes, [&](std::string_view prefix) {
                               return name.starts_with(prefix);
                           });
        if (known) {
            kept.emplace_back(line);
        }
    }
    return kept;
}

/// The path of a program; nothing when there is none that could be started.
std::optional<std::string> find_program(const std::string& name) {
    if (name.find('/') != std::string::npos) {
        return ::access(name.c_str(), X_OK) == 0 ? std::optional(name) : std::nullopt;
    }
    const char* const path = ::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): never changed.
    std::string_view folders = path != nullptr ? path : "/usr/bin:/bin";
    while (!folders.empty()) {
        const auto end = std::min(folders.find(':'), folders.size());
        auto candidate = fmt::format("{}/{}", folders.substr(0, end), name);
        if (::access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
        folders.remove_prefix(std::min(end + 1, folders.size()));
    }
    return std::nullopt;
}

/// A port that nobody listens on now. Should another take it first, the program ends at once and is
/// started with another.
Result<std::uint16_t> find_free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const bool found = socket >= 0 && ::bind(socket, generic, size) == 0 &&
                       ::getsockname(socket, generic, &size) == 0;
    const int error = errno;
    if (socket >= 0) {
        ::close(socket);
    }
    if (!found) {
        return fail(ErrorCode::Unavailable, "find a free port: {}", std::strerror(error));
    }
    return ntohs(address.sin_port);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// Between fork and exec: system calls alone.
[[noreturn]] void become(const char* path, char* const* arguments, char* const* environment,
                         int report_fd, pid_t parent) {
    // Whatever ends us ends it; whoever died meanwhile is not waited for.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);  // The terminal's Ctrl-C is for us, and we end it in our own time.
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, 0);
    ::dup2(nothing, 1);
    ::dup2(nothing, 2);
    const int report = ::dup2(report_fd, kFirstOtherFd);
    ::fcntl(report, F_SETFD, FD_CLOEXEC);
    ::close_range(kFirstOtherFd + 1, ~0U, 0);
    if (::getppid() == parent) {
        ::execve(path, arguments, environment);
    }
    const int error = errno;
    const auto written = ::write(report, &error, sizeof(error));
    ::_exit(written == sizeof(error) ? 127 : 126);
}

}  // namespace

struct Neighbour::Child {
    pid_t pid = -1;
    Running running = {};
    std::chrono::steady_clock::time_point since = {};
    bool ended = false;
    int status = 0;

    /// True when it has ended; it is then no zombie any more.
    bool look() {
        if (!ended && ::waitpid(pid, &status, WNOHANG) == pid) {
            ended = true;
        }
        return ended;
    }
    [[nodiscard]] std::string how_it_ended() const {
        return WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status))
                                   : fmt::format("ended with status {}", WEXITSTATUS(status));
    }
};

Neighbour::Neighbour(NeighbourOptions options, std::shared_ptr<const net::OperatorClient> client)
    : options_(std::move(options)),
      client_(std::move(client)),
      thread_([this](const std::stop_token& stop) { watch_over(stop); }) {}

Neighbour::~Neighbour() {
    thread_.request_stop();
    thread_.join();
}

std::optional<int> Neighbour::find_pid() const {
    const std::lock_guard lock(mutex_);
    return pid_;
}

void Neighbour::give_up(std::uint64_t run) {
    {
        const std::lock_guard lock(mutex_);
        given_up_ = std::max(given_up_, run);
    }
    changed_.notify_all();
}

Result<Neighbour::Running> Neighbour::get(const Watch& watch) {
    std::unique_lock lock(mutex_);
    wanted_ = true;
    changed_.notify_all();
    const auto failures_before = failures_;
    for (;;) {
        if (running_ && running_->run > given_up_) {
            return *running_;
        }
        if (failures_ > failures_before) {
            return fail(last_failure_);
        }
        if (watch.stop.stop_requested()) {
            return fail(ErrorCode::Cancelled, "asked to stop");
        }
        if (watch.deadline.expired()) {
            return fail(ErrorCode::Timeout, "{} did not answer in time", options_.program);
        }
        if (watch.heartbeat) {
            lock.unlock();
            watch.heartbeat();
            lock.lock();
        }
        changed_.wait_for(lock, watch.stop, kLookEvery, [&] {
            return (running_ && running_->run > given_up_) || failures_ > failures_before;
        });
    }
}

bool Neighbour::rest(std::chrono::milliseconds pause, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, pause, [] { return false; });
    return !stop.stop_requested();
}

Result<Neighbour::Child> Neighbour::start_program() {
    const auto path = find_program(options_.program);
    if (!path) {
        return fail(ErrorCode::Unsupported,
                    "no program {}: install it, or set speech.whisper_server.program",
                    options_.program);
    }
    TRY_ASSIGN(const auto port, find_free_port());
    std::vector<std::string> words = {*path};
    words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
    words.insert(words.end(), {"--host", "127.0.0.1", "--port", fmt::format("{}", port)});
    auto environment = list_environment();
    auto arguments = pointers_to(words);
    auto variables = pointers_to(environment);
    std::array<int, 2> report = {-1, -1};
    if (::pipe2(report.data(), O_CLOEXEC) != 0) {
        return fail(ErrorCode::Unavailable, "open a pipe: {}", std::strerror(errno));
    }
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        become(path->c_str(), arguments.data(), variables.data(), report[1], parent);
    }
    ::close(report[1]);
    int error = pid < 0 ? errno : 0;
    ssize_t got = -1;
    do {
        got = pid < 0 ? 0 : ::read(report[0], &error, sizeof(error));
    } while (got < 0 && errno == EINTR);
    ::close(report[0]);
    if (pid < 0 || got > 0) {
        if (pid > 0) {
            ::waitpid(pid, nullptr, 0);
        }
        return fail(ErrorCode::Unavailable, "start {}: {}", *path, std::strerror(error));
    }
    Child child;
    child.pid = pid;
    child.since = std::chrono::steady_clock::now();
    child.running.url = fmt::format("http://127.0.0.1:{}", port);
    const std::lock_guard lock(mutex_);
    child.running.run = ++runs_;
    pid_ = pid;
    return child;
}

bool Neighbour::await_health(Child& child, const std::stop_token& stop, std::string& why) {
    const auto patience = Deadline::after(options_.start_max);
    while (!stop.stop_requested()) {
        if (child.look()) {
            why = child.how_it_ended() + " while starting";
            return false;
        }
        if (patience.expired()) {
            why = fmt::format("did not answer within {} s",
                              std::chrono::ceil<std::chrono::seconds>(options_.start_max).count());
            return false;
        }
        net::ClientRequest request{.url = child.running.url + "/health"};
        request.deadline =
            Deadline::after(std::min<std::chrono::milliseconds>(kHealthMax, patience.remaining()));
        // Refused, 503 or 404: it reads its model.
        const auto answer = client_->send(request, stop);
        if (answer && answer->status == 200) {
            return true;
        }
        if (!rest(kLookEvery, stop)) {
            break;
        }
    }
    why = "is not wanted any more";
    return false;
}

void Neighbour::await_end(Child& child, const std::stop_token& stop) {
    while (!stop.stop_requested() && !child.look()) {
        std::unique_lock lock(mutex_);
        if (given_up_ >= child.running.run) {
            return;
        }
        changed_.wait_for(lock, stop, kLookEvery, [] { return false; });
    }
}

void Neighbour::end(Child& child) const {
    if (!child.look()) {
        ::kill(child.pid, SIGTERM);
        const auto patience = Deadline::after(options_.end_max);
        while (!child.look() && !patience.expired()) {
            std::this_thread::sleep_for(10ms);
        }
    }
    if (!child.look()) {
        ::kill(child.pid, SIGKILL);
        ::waitpid(child.pid, &child.status, 0);
        child.ended = true;
    }
}

void Neighbour::watch_over(const std::stop_token& stop) {
    {
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [this] { return wanted_; })) {
            return;
        }
    }
    auto pause = options_.back_off_first;
    while (!stop.stop_requested()) {
        Error failure;
        bool was_well = false;
        auto child = start_program();
        if (child) {
            std::string why;
            if (await_health(*child, stop, why)) {
                {
                    const std::lock_guard lock(mutex_);
                    running_ = child->running;
                }
                changed_.notify_all();
                await_end(*child, stop);
                was_well = std::chrono::steady_clock::now() - child->since >= kWellAfter;
            } else {
                failure = {.code = ErrorCode::Unavailable,
                           .message = fmt::format("{} {}", options_.program, why)};
            }
            {
                const std::lock_guard lock(mutex_);
                running_.reset();
            }
            end(*child);
        } else {
            failure = child.error();
        }
        {
            const std::lock_guard lock(mutex_);
            pid_.reset();
            if (!failure.message.empty()) {
                last_failure_ = failure;
                if (failure.code == ErrorCode::Unavailable) {
                    last_failure_.retry_after = pause;
                }
                ++failures_;
            }
        }
        changed_.notify_all();
        pause = was_well ? options_.back_off_first : pause;
        if (!stop.stop_requested() && !rest(pause, stop)) {
            return;
        }
        pause = std::min(pause * 2, options_.back_off_max);
    }
}

}  // namespace oidor::speech::whisper_server

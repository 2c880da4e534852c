#include "net/handover.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/server/descriptor.hpp"

namespace oidor::net {
namespace {

using namespace std::chrono_literals;
using server::Descriptor;

constexpr int kFirstPassed = 3;  // Where systemd's protocol begins.
constexpr std::string_view kGiven = "oidor: the listening socket";
constexpr std::string_view kServing = "oidor: serving";
/// From the socket's receipt to the first request it is only threads that are started.
constexpr std::chrono::seconds kConfirmWithin{30};

std::optional<int> read_number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool plain = !text.empty() && text.front() != '-' && (text.front() != '0' || value == 0);
    return error == std::errc() && end == text.data() + text.size() && plain ? std::optional(value)
                                                                             : std::nullopt;
}

std::optional<std::string> take_variable(const char* name) {
    // Once at the start, when there is one thread. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char* value = std::getenv(name);
    std::optional<std::string> found;
    if (value != nullptr) {
        found = value;
        ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
    }
    return found;
}

std::string socket_name(std::uint16_t port) { return fmt::format("take-over-{}.sock", port); }

/// Any folder, however long its path: an address holds 107 characters, so the name is looked up
/// below the open folder.
sockaddr_un address_in(const Descriptor& folder, const std::string& name) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const auto path = fmt::format("/proc/self/fd/{}/{}", folder.get(), name);
    path.copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
    return address;
}

Descriptor open_folder(const std::filesystem::path& folder) {
    return Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// Keeps another process from putting its socket there between our look at the name and what we do
/// to it. Where a file system has no locks, the look alone must do.
class NameLock {
  public:
    explicit NameLock(const Descriptor& folder) : folder_(folder) {
        while (::flock(folder_.get(), LOCK_EX) != 0 && errno == EINTR) {
        }
    }
    NameLock(const NameLock&) = delete;
    NameLock& operator=(const NameLock&) = delete;
    ~NameLock() { ::flock(folder_.get(), LOCK_UN); }

  private:
    const Descriptor& folder_;
};

Descriptor make_socket() { return Descriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)); }

/// The same user, or root, at the other end.
bool is_ours(int connection) {
    ucred other = {};
    socklen_t size = sizeof(other);
    return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &other, &size) == 0 &&
           (other.uid == ::geteuid() || other.uid == 0);
}

/// Waits for one of two descriptors; 0: time is over, 1: the first, 2: the second.
int wait_for(int first, int second, std::chrono::milliseconds patience) {
    std::array<pollfd, 2> polled = {pollfd{first, POLLIN, 0}, pollfd{second, POLLIN, 0}};
    const auto deadline = Deadline::after(patience);
    for (;;) {
        const int left = patience.count() < 0 ? -1 : static_cast<int>(deadline.remaining().count());
        const int ready = ::poll(polled.data(), second < 0 ? 1 : 2, left);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            return 0;
        }
        return polled[0].revents != 0 ? 1 : 2;
    }
}

bool send_listener(int connection, int listener) {
    std::string text(kGiven);
    iovec part = {text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &listener, sizeof(int));
    return ::sendmsg(connection, &message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(kGiven.size());
}

/// The text of the next message, and the descriptor that came with it.
std::pair<std::string, Descriptor> receive(int connection) {
    std::array<char, 64> text = {};
    iovec part = {text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(connection, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    Descriptor passed;
    if (size >= 0) {
        const cmsghdr* header = CMSG_FIRSTHDR(&message);
        if (header != nullptr && header->cmsg_level == SOL_SOCKET &&
            header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int))) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(header), sizeof(int));
            passed = Descriptor(descriptor);
        }
    }
    return {std::string(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))),
            std::move(passed)};
}

/// The port that a socket listens on; null when it does not, or not on TCP.
std::optional<std::uint16_t> listening_port(int descriptor) {
    sockaddr_storage bound = {};
    socklen_t size = sizeof(bound);
    int listening = 0;
    socklen_t listening_size = sizeof(listening);
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_size) != 0 ||
        listening == 0 ||
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
        return std::nullopt;
    }
    if (bound.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
    }
    return bound.ss_family == AF_INET6
               ? std::optional(ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port))
               : std::nullopt;
}

/// Has `asked` listen under `name`, and tells its inode; null with errno. Under a name of its own
/// first: a successor's socket takes the place of its predecessor's in one step, and one that a
/// dead process has left is simply replaced.
std::optional<ino_t> put_socket(const Descriptor& folder, const Descriptor& asked,
                                const std::string& name) {
    const auto passing = fmt::format("{}.{}", name, ::getpid());
    const NameLock lock(folder);
    ::unlinkat(folder.get(), passing.c_str(), 0);
    const auto address = address_in(folder, passing);
    struct stat made = {};
    if (::bind(asked.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::fchmodat(folder.get(), passing.c_str(), S_IRUSR | S_IWUSR, 0) != 0 ||
        ::listen(asked.get(), 4) != 0 ||
        ::fstatat(folder.get(), passing.c_str(), &made, AT_SYMLINK_NOFOLLOW) != 0 ||
        ::renameat(folder.get(), passing.c_str(), folder.get(), name.c_str()) != 0) {
        const int why = errno;
        ::unlinkat(folder.get(), passing.c_str(), 0);
        errno = why;
        return std::nullopt;
    }
    return made.st_ino;
}

class SocketGiver final : public ListenerGiver {
  public:
    SocketGiver(Descriptor folder, Descriptor asked, Descriptor listener, Descriptor wake,
                std::string name, ino_t inode, std::function<void()> on_taken)
        : folder_(std::move(folder)),
          asked_(std::move(asked)),
          listener_(std::move(listener)),
          wake_(std::move(wake)),
          name_(std::move(name)),
          inode_(inode),
          on_taken_(std::move(on_taken)),
          thread_([this] {
              ::pthread_setname_np(::pthread_self(), "hand-over");
              run();
          }) {}
    SocketGiver(const SocketGiver&) = delete;
    SocketGiver& operator=(const SocketGiver&) = delete;
    ~SocketGiver() override {
        stopping_ = true;
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof(one));
        thread_.join();
        // A successor's socket of the same name stays.
        const NameLock lock(folder_);
        struct stat found = {};
        if (::fstatat(folder_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
            found.st_ino == inode_) {
            ::unlinkat(folder_.get(), name_.c_str(), 0);
        }
    }

  private:
    void run() {
        while (!stopping_ && wait_for(wake_.get(), asked_.get(), -1ms) == 2) {
            const Descriptor connection(::accept4(asked_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (connection.is_open() && give(connection)) {
                on_taken_();
                return;
            }
        }
    }

    bool give(const Descriptor& connection) {
        return is_ours(connection.get()) && send_listener(connection.get(), listener_.get()) &&
               wait_for(wake_.get(), connection.get(), kConfirmWithin) == 2 &&
               receive(connection.get()).first == kServing;
    }

    const Descriptor folder_;
    const Descriptor asked_;
    const Descriptor listener_;
    const Descriptor wake_;
    const std::string name_;
    const ino_t inode_;
    const std::function<void()> on_taken_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace

Activation take_activation() {
    static_cast<void>(take_variable("LISTEN_FDNAMES"));
    return {.listen_pid = take_variable("LISTEN_PID"), .listen_fds = take_variable("LISTEN_FDS")};
}

Result<std::optional<int>> find_activated_socket(const Activation& activation, int self) {
    if (!activation.listen_pid && !activation.listen_fds) {
        return std::optional<int>();
    }
    const auto pid = read_number(activation.listen_pid.value_or(""));
    const auto count = read_number(activation.listen_fds.value_or(""));
    if (!pid || !count) {
        return fail(ErrorCode::Invalid,
                    "take the socket of systemd: LISTEN_PID and LISTEN_FDS must both be numbers");
    }
    if (*pid != self || *count == 0) {
        return std::optional<int>();
    }
    if (*count > 1) {
        return fail(ErrorCode::Invalid,
                    "take the socket of systemd: {} were passed, one is taken: write one "
                    "ListenStream= in the socket unit",
                    *count);
    }
    struct stat found = {};
    if (::fstat(kFirstPassed, &found) != 0 || !S_ISSOCK(found.st_mode)) {
        return fail(ErrorCode::Invalid, "take the socket of systemd: descriptor {} is no socket",
                    kFirstPassed);
    }
    return std::optional(kFirstPassed);
}

Result<std::unique_ptr<ListenerGiver>> ListenerGiver::open(const std::filesystem::path& folder,
                                                           std::uint16_t port, int listener,
                                                           std::function<void()> on_taken) {
    const auto refuse = [&folder] {
        return fail(ErrorCode::Unavailable, "hand over the listening socket in {}: {}",
                    folder.string(), std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    };
    auto place = open_folder(folder);
    auto asked = make_socket();
    Descriptor own(::fcntl(listener, F_DUPFD_CLOEXEC, 0));
    Descriptor wake(::eventfd(0, EFD_CLOEXEC));
    if (!place.is_open() || !asked.is_open() || !own.is_open() || !wake.is_open()) {
        return refuse();
    }
    const auto name = socket_name(port);
    const auto made = put_socket(place, asked, name);
    if (!made) {
        return refuse();
    }
    return std::unique_ptr<ListenerGiver>(
        std::make_unique<SocketGiver>(std::move(place), std::move(asked), std::move(own),
                                      std::move(wake), name, *made, std::move(on_taken)));
}

TakenListener::~TakenListener() {
    const Descriptor descriptor(descriptor_);
    const Descriptor connection(connection_);
}

int TakenListener::release() { return std::exchange(descriptor_, -1); }

Result<void> TakenListener::confirm() {
    if (::send(connection_, kServing.data(), kServing.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(kServing.size())) {
        return fail(ErrorCode::Unavailable, "take over: the process before this one has gone");
    }
    return {};
}

Result<std::unique_ptr<TakenListener>> take_listener(const std::filesystem::path& folder,
                                                     std::uint16_t port, Deadline deadline) {
    const auto nobody = [] { return std::unique_ptr<TakenListener>(); };
    const auto place = open_folder(folder);
    auto connection = make_socket();
    if (!place.is_open()) {
        return nobody();
    }
    const auto address = address_in(place, socket_name(port));
    if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
        0) {
        if (errno == ENOENT || errno == ECONNREFUSED) {
            return nobody();
        }
        return fail(errno == EACCES ? ErrorCode::Forbidden : ErrorCode::Unavailable,
                    "take over {}: {}", folder.string(),
                    std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    }
    if (!is_ours(connection.get())) {
        return fail(ErrorCode::Forbidden, "take over {}: another user's process serves there",
                    folder.string());
    }
    if (wait_for(connection.get(), -1, deadline.remaining()) == 0) {
        return fail(ErrorCode::Timeout, "take over {}: the process that serves did not answer",
                    folder.string());
    }
    auto [text, listener] = receive(connection.get());
    if (text.empty()) {
        return nobody();  // It is ending by itself.
    }
    if (text != kGiven || !listener.is_open() || listening_port(listener.get()) != port) {
        return fail(ErrorCode::Invalid, "take over {}: what came is no socket that listens on {}",
                    folder.string(), port);
    }
    return std::make_unique<TakenListener>(listener.release(), connection.release());
}

}  // namespace oidor::net

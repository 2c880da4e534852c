// A server for tests that answers with any bytes, however wrong, one connection after the other.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace oidor::net::testing {

/// The server's side of one connection.
class RawConnection {
  public:
    explicit RawConnection(int socket) : socket_(socket) {}
    bool send(std::string_view bytes) const {
        return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    /// True when the other side closes within that time.
    [[nodiscard]] bool closed_within(int milliseconds) const {
        pollfd waiting = {.fd = socket_, .events = POLLIN, .revents = 0};
        char byte = 0;
        return ::poll(&waiting, 1, milliseconds) == 1 && ::recv(socket_, &byte, 1, 0) <= 0;
    }

  private:
    int socket_;
};

class RawServer {
  public:
    /// `answer` is called with each request's head, on the server's thread; the connection is
    /// closed after it.
    using Answer = std::function<void(const std::string& head, const RawConnection&)>;

    explicit RawServer(Answer answer)
        : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
        ::listen(socket_, 16);
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this] { run(); });
    }
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;
    ~RawServer() {
        ::shutdown(socket_, SHUT_RDWR);
        thread_.join();
        ::close(socket_);
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    void run() {
        for (;;) {
            const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) {
                return;
            }
            std::string head;
            std::array<char, 4096> bytes = {};
            ssize_t got = 0;
            while (head.find("\r\n\r\n") == std::string::npos &&
                   (got = ::recv(connection, bytes.data(), bytes.size(), 0)) > 0) {
                head.append(bytes.data(), static_cast<std::size_t>(got));
            }
            answer_(head, RawConnection(connection));
            ::close(connection);
        }
    }

    Answer answer_;
    int socket_;
    std::uint16_t port_ = 0;
    std::jthread thread_ = {};
};

}  // namespace oidor::net::testing

// A client for tests that sends any bytes, however wrong, and reads answers with a time limit.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http_parse.hpp"

namespace oidor::net::testing {

inline constexpr int kTimeLimitMs = 20'000;

inline std::string find_header(std::string_view head, std::string_view name) {
    std::size_t at = 0;
    while ((at = head.find("\r\n", at)) != std::string_view::npos) {
        at += 2;
        const auto line = head.substr(at, head.find("\r\n", at) - at);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) {
            return std::string(line.substr(line.find_first_not_of(' ', colon + 1)));
        }
    }
    return {};
}

struct RawResponse {
    int status = 0;         ///< 0: the connection ended without a whole answer.
    std::string head = {};  ///< Status line and headers.
    std::string body = {};
};

class RawClient {
  public:
    explicit RawClient(std::uint16_t port);
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient();

    /// False when the other side has closed.
    bool send(std::string_view bytes);
    void finish_sending();
    /// `Head`: the answer has no body whatever its Content-Length.
    enum class Body { Expected, Head };
    RawResponse read_response(Body body = Body::Expected);
    /// Everything until the other side closes.
    std::string read_all();
    /// True when the other side closes within the time limit without sending more.
    bool closed();

  private:
    bool read_some();

    int socket_ = -1;
    std::string buffer_ = {};
};

inline RawClient::RawClient(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        ::close(socket_);
        socket_ = -1;
    }
}

inline RawClient::~RawClient() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

inline bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

inline void RawClient::finish_sending() { ::shutdown(socket_, SHUT_WR); }

inline bool RawClient::read_some() {
    pollfd waiting = {.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kTimeLimitMs) != 1) {
        return false;
    }
    std::array<char, 65536> bytes = {};
    const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got <= 0) {
        return false;
    }
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
}

inline RawResponse RawClient::read_response(Body body) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!read_some()) {
            return {};
        }
    }
    RawResponse response;
    response.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    const auto length = find_header(response.head, "content-length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    if (body == Body::Head) {
        size = 0;
    }
    while (buffer_.size() < size) {
        if (!read_some()) {
            return {};
        }
    }
    response.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    std::from_chars(response.head.data() + 9, response.head.data() + 12, response.status);
    return response;
}

inline std::string RawClient::read_all() {
    while (read_some()) {
    }
    return std::move(buffer_);
}

inline bool RawClient::closed() {
    if (!buffer_.empty()) {
        return false;
    }
    pollfd waiting = {.fd = socket_, .events = POLLIN, .revents = 0};
    char byte = 0;
    return ::poll(&waiting, 1, kTimeLimitMs) == 1 && ::recv(socket_, &byte, 1, 0) <= 0;
}

}  // namespace oidor::net::testing

#include "net/server/listener.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server/descriptor.hpp"

namespace oidor::net::server {
namespace {

constexpr int kBacklog = 4096;

void read_address(const sockaddr_storage& from, IpAddress& address, std::uint16_t& port) {
    if (from.ss_family == AF_INET) {
        sockaddr_in v4 = {};
        std::memcpy(&v4, &from, sizeof(v4));
        std::array<std::uint8_t, 4> bytes = {};
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        address = IpAddress::from_v4(bytes);
        port = ntohs(v4.sin_port);
    } else if (from.ss_family == AF_INET6) {
        sockaddr_in6 v6 = {};
        std::memcpy(&v6, &from, sizeof(v6));
        std::array<std::uint8_t, 16> bytes = {};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        address = IpAddress::from_v6(bytes);
        port = ntohs(v6.sin6_port);
    }
}

Result<Listener> describe(Descriptor descriptor) {
    sockaddr_storage bound = {};
    socklen_t size = sizeof(bound);
    int listening = 0;
    socklen_t listening_size = sizeof(listening);
    if (::getsockname(descriptor.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0 ||
        ::getsockopt(descriptor.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_size) !=
            0 ||
        listening == 0 || (bound.ss_family != AF_INET && bound.ss_family != AF_INET6)) {
        return fail(ErrorCode::Invalid, "listen: the inherited descriptor is no listening socket");
    }
    const int flags = ::fcntl(descriptor.get(), F_GETFL);
    ::fcntl(descriptor.get(), F_SETFL, flags | O_NONBLOCK);
    ::fcntl(descriptor.get(), F_SETFD, FD_CLOEXEC);
    IpAddress address;
    Listener listener;
    read_address(bound, address, listener.address.port);
    listener.address.host = address.to_string();
    listener.descriptor = descriptor.release();
    return listener;
}

Failure explain(const std::string& listen, int error) {
    if (error == EADDRINUSE) {
        return fail(ErrorCode::Conflict,
                    "listen {}: address already in use: choose another with --listen", listen);
    }
    if (error == EACCES) {
        return fail(ErrorCode::Forbidden,
                    "listen {}: not permitted: choose a port from 1024 up with --listen", listen);
    }
    if (error == EADDRNOTAVAIL) {
        return fail(ErrorCode::Invalid,
                    "listen {}: this machine has no such address: choose another with --listen",
                    listen);
    }
    return fail(ErrorCode::Unavailable, "listen {}: {}", listen, std::strerror(error));
}

}  // namespace

Result<Listener> open_listener(const std::string& listen, int inherited) {
    if (inherited >= 0) {
        return describe(Descriptor(inherited));
    }
    TRY_ASSIGN(const auto where, parse_host_port(listen));
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failure =
        ::getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found);
    if (failure != 0) {
        return fail(ErrorCode::Invalid, "listen {}: {}", listen, ::gai_strerror(failure));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
    Descriptor descriptor(
        ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (descriptor.get() < 0) {
        return explain(listen, errno);
    }
    const int on = 1;
    // A restart must not wait for the old connections' last minute.
    ::setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (::bind(descriptor.get(), found->ai_addr, found->ai_addrlen) != 0 ||
        ::listen(descriptor.get(), kBacklog) != 0) {
        return explain(listen, errno);
    }
    return describe(Descriptor(descriptor.release()));
}

int accept_connection(int listener, IpAddress& address, std::uint16_t& port) {
    sockaddr_storage from = {};
    socklen_t size = sizeof(from);
    const int descriptor = ::accept4(listener, reinterpret_cast<sockaddr*>(&from), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
        read_address(from, address, port);
    }
    return descriptor;
}

}  // namespace oidor::net::server

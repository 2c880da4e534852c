// Listening sockets, by system calls alone.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "net/address.hpp"

namespace oidor::net::server {

struct Listener {
    int descriptor = -1;
    HostPort address = {};
};

/// Binds and listens on HOST:PORT, or checks an inherited descriptor (not -1), which is taken over
/// whatever happens. The socket does not block. Errors: Invalid (address), Conflict (in use),
/// Forbidden (port below 1024), Unavailable.
Result<Listener> open_listener(const std::string& listen, int inherited);

/// The next connection, not blocking; -1 with errno when there is none.
int accept_connection(int listener, IpAddress& address, std::uint16_t& port);

}  // namespace oidor::net::server

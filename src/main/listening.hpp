// Where the server's listening socket comes from: bound here, passed by systemd, or taken over from
// the process that serves now.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "net/handover.hpp"
#include "net/server.hpp"

namespace oidor {

/// How a process comes by its socket.
struct ListeningOptions {
    std::filesystem::path data_dir = {};
    net::Activation activation = {};
    /// Ask the process that serves on the same folder and port; bind when there is none.
    bool take_over = false;
};

/// A server that listens and does not accept yet.
struct ListeningServer {
    std::unique_ptr<net::Server> server = {};
    std::unique_ptr<net::TakenListener> taken = {};  ///< To be confirmed once it serves.
    bool inherited = false;                          ///< The address is not `listen`'s.
};

/// Opens the server. A predecessor that is just ending is waited for, 15 s at most.
/// Errors: those of `Server::open`, `find_activated_socket` and `take_listener`.
Result<ListeningServer> open_listening_server(net::ServerOptions options, net::Handler handler,
                                              const ListeningOptions& how);

}  // namespace oidor

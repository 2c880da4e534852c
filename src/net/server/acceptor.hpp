// Takes connections from a listening socket; the socket library stays in the .cpp.
#pragma once

#include <functional>
#include <memory>

#include "net/server/session.hpp"

namespace boost::asio {
class io_context;
}

namespace oidor::net::server {

/// Lives on the thread of its context: every method is called there, or before it runs.
class Acceptor {
  public:
    /// Takes over a connected socket.
    using Deal = std::function<void(int descriptor, const Peer& peer)>;

    /// Takes over the listening socket `listener`.
    Acceptor(boost::asio::io_context& context, int listener, bool is_tls, Deal deal);
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;
    ~Acceptor();

    void start();
    /// Deals out whoever has connected already, then closes the socket. Harmless twice.
    void stop();

  private:
    class Impl;
    const std::unique_ptr<Impl> impl_;
};

}  // namespace oidor::net::server

// The HTTP server: listens, reads whole requests within stated limits, hands them to one Handler,
// and writes its answers. HTTP/1.1 with keep-alive and pipelining, plain or TLS.
//
// Threads: `open`, `start`, `stop` and the destructor are called by one owner thread. The handler
// runs on the server's I/O threads. A Responder may be used on any thread. `stats` and `port` may
// be called from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/address.hpp"
#include "net/http.hpp"

namespace oidor::net {

using namespace std::chrono_literals;

/// What is done with a body, decided by the request's header. Refusing is for answers that need
/// not wait for the body; the connection ends after it.
struct BodyPlan {
    std::size_t size_bytes_max = 0;           ///< Beyond: 413.
    std::shared_ptr<BodyStream> stream = {};  ///< Where it goes as it arrives; null: into memory.
    std::optional<Response> refusal = {};
};

/// How a server listens and what it bounds. At every bound the client gets a problem object.
struct ServerOptions {
    std::string listen = "127.0.0.1:8080";  ///< HOST:PORT; port 0 takes a free one.
    /// A listening TCP socket inherited from a predecessor, taken over; -1: bind `listen`.
    int listen_descriptor = -1;
    std::string certificate_file = {};  ///< PEM chain; with it and the key the server speaks TLS.
    std::string private_key_file = {};
    unsigned io_threads = 2;
    std::size_t connections_max = 4096;        ///< Beyond: 503 (plain) or closed, and counted.
    std::size_t header_bytes_max = 16 * 1024;  ///< Beyond: 431.
    std::size_t headers_max = 100;             ///< Beyond: 431.
    std::size_t body_bytes_max = 1024 * 1024;  ///< Beyond: 413, before the body is read.
    /// The body limit of a path instead of `body_bytes_max`; called on I/O threads.
    std::function<std::size_t(std::string_view path)> body_limit = {};
    /// What is done with the body of a request whose header has been read, instead of
    /// `body_limit`; called on I/O threads, for requests that have a body.
    std::function<BodyPlan(const Request& head)> body_plan = {};
    std::chrono::milliseconds idle_timeout = 75s;    ///< Between requests: closed.
    std::chrono::milliseconds header_timeout = 10s;  ///< Handshake, request line, headers: 408.
    std::chrono::milliseconds body_timeout = 30s;    ///< Plus what `body_rate_min` allows: 408.
    std::size_t body_bytes_per_second_min = 16 * 1024;
    std::chrono::milliseconds handler_timeout = 60s;  ///< No answer: 504, a late one is dropped.
    std::chrono::milliseconds write_timeout = 30s;    ///< For each piece of an answer: closed.
    /// While stopping, a connection between requests stays open this long: a request that is on its
    /// way is answered, with `Connection: close`, instead of finding a closed door.
    std::chrono::milliseconds drain_grace = 1s;
};

/// Counters since `open`.
struct ServerStats {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_refused = 0;  ///< Over `connections_max`.
    std::uint64_t requests = 0;             ///< Handed to the handler.
    std::uint64_t requests_rejected = 0;    ///< Answered by the server itself: 4xx, 5xx.
};

/// An HTTP/1.1 server, plain or over TLS, within the limits of its options.
class Server {
  public:
    /// Binds and listens; nothing is accepted before `start`. Errors: Invalid (address, certificate
    /// files), Conflict (address in use, not permitted), Unavailable.
    static Result<std::unique_ptr<Server>> open(ServerOptions options, Handler handler);

    virtual ~Server() = default;  ///< Stops at once.

    /// Starts the I/O threads. Once.
    virtual void start() = 0;
    /// Takes what has connected already, stops accepting, lets requests that have begun, or begin
    /// within `drain_grace`, finish until `deadline`, then closes the rest; returns when the I/O
    /// threads have ended. Harmless twice and without start.
    virtual void stop(Deadline deadline) = 0;
    /// The bound port.
    [[nodiscard]] virtual std::uint16_t port() const = 0;
    /// The bound address: an inherited socket has its own.
    [[nodiscard]] virtual HostPort address() const = 0;
    /// The listening socket, to be shared with a successor; open until `stop`.
    [[nodiscard]] virtual int listener() const = 0;
    [[nodiscard]] virtual ServerStats stats() const = 0;
};

}  // namespace oidor::net

// One connection's conversation: reads requests, has them handled, writes answers, keeps the time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/server.hpp"
#include "net/server/request_parser.hpp"
#include "net/server/transport.hpp"

namespace oidor::net::server {

/// What a session needs of its I/O thread.
class SessionHost {
  public:
    [[nodiscard]] virtual const ServerOptions& options() const = 0;
    /// The current Date header's value.
    [[nodiscard]] virtual std::string_view date() const = 0;
    [[nodiscard]] virtual bool draining() const = 0;
    /// Hands the request to the handler; returns the answer when it was made before that returned.
    /// Else `Session::answer` is called with `ticket` later.
    virtual std::optional<Response> dispatch(Request&& request, std::uint64_t ticket) = 0;
    virtual std::uint64_t make_ticket(std::size_t slot) = 0;
    /// Calls `Session::resume` with `ticket` on the session's thread, from any thread, and does
    /// nothing once the session or its server is gone.
    virtual std::move_only_function<void()> make_resumer(std::uint64_t ticket) = 0;
    virtual void count_rejected() = 0;
    /// The session has ended and is destroyed inside the call.
    virtual void end_session(std::size_t slot) = 0;

  protected:
    ~SessionHost() = default;
};

/// The far end of a connection.
struct Peer {
    IpAddress address = {};
    std::uint16_t port = 0;
    bool is_tls = false;
};

/// Lives on one I/O thread; every method is called there.
class Session final : public TransportEvents {
  public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    Session(SessionHost& host, std::size_t slot, std::unique_ptr<Transport> transport,
            const Peer& peer);

    void start();
    /// An answer that came after its handler had returned. Late ones are dropped.
    void answer(std::uint64_t ticket, Response&& response);
    /// The stream has taken the piece of `ticket`: more may come. Late ones are dropped.
    void resume(std::uint64_t ticket);
    /// Looks at the clock; may end the session.
    void tick(SteadyTime now);
    /// Ends the session after the current request; between requests after the next one, or when
    /// none comes within the grace.
    void drain();
    /// Ends the session now.
    void abort();

    void on_handshake(bool succeeded) override;
    void on_read(bool succeeded, std::size_t size) override;
    void on_write(bool succeeded) override;

  private:
    enum class Phase {
        Handshake,
        Header,
        Body,
        Streaming,  ///< A piece of the body is being taken; nothing is read meanwhile.
        Continue,
        Handling,
        Writing,
        Lingering,
        Closed
    };

    void process();
    bool accept_header();
    bool accept_body();
    void stream_piece();
    void read_more();
    void dispatch();
    void reject(int status, const Error& error);
    void respond(Response&& response);
    void write_piece();
    void finish_response();
    void linger();
    void close();
    void set_deadline(std::chrono::milliseconds from_now);
    void set_body_deadline();
    [[nodiscard]] bool between_requests() const;

    SessionHost& host_;
    const std::size_t slot_;
    const std::unique_ptr<Transport> transport_;
    const Peer peer_;
    RequestParser parser_;

    Phase phase_ = Phase::Handshake;
    bool reading_ = false;
    bool writing_ = false;
    SteadyTime deadline_ = SteadyTime::max();
    SteadyTime body_began_ = {};
    std::uint64_t body_received_ = 0;
    std::shared_ptr<BodyStream> stream_ = {};
    SteadyTime piece_began_ = {};

    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;

    std::uint64_t ticket_ = 0;
    bool head_request_ = false;
    bool keep_alive_ = true;
    std::string out_ = {};   // The head, with a small body or a file's piece behind it.
    std::string body_ = {};  // A large body, sent in pieces.
    std::size_t body_sent_ = 0;
    std::optional<FileBody> file_ = {};
    std::size_t lingered_bytes_ = 0;
};

}  // namespace oidor::net::server

// A connection's bytes, plain or TLS, behind one plain interface; the socket library stays in the
// .cpp.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace boost::asio {
class io_context;
}

namespace oidor::net::server {

/// Who is told how an operation ended. Called on the connection's I/O thread; the receiver may
/// destroy the transport inside the call.
class TransportEvents {
  public:
    virtual void on_handshake(bool succeeded) = 0;
    virtual void on_read(bool succeeded, std::size_t size) = 0;
    virtual void on_write(bool succeeded) = 0;

  protected:
    ~TransportEvents() = default;
};

/// One connection. At most one read and one write at a time; each ends in exactly one event, also
/// after `close`, and the transport must live until then.
class Transport {
  public:
    virtual ~Transport() = default;
    virtual void set_events(TransportEvents& events) = 0;
    /// Ends in on_handshake; a plain connection succeeds.
    virtual void handshake() = 0;
    virtual void read(char* into, std::size_t size) = 0;
    /// Writes both, one after the other; the bytes must live until on_write.
    virtual void write(std::string_view first, std::string_view second) = 0;
    /// Tells the other side that nothing more will come.
    virtual void shutdown_send() = 0;
    virtual void close() = 0;
};

/// Certificate and key, ready for connections.
class TlsContext {
  public:
    /// Reads PEM files. Errors: Invalid, naming the file.
    static Result<std::unique_ptr<TlsContext>> open(const std::string& certificate_file,
                                                    const std::string& private_key_file);
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    class Impl;
    [[nodiscard]] Impl& impl() const { return *impl_; }

  private:
    explicit TlsContext(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Takes over a connected TCP socket; TLS when a context is given. Null when the socket cannot be
/// used (it is closed then).
std::unique_ptr<Transport> make_transport(boost::asio::io_context& context, int descriptor,
                                          const TlsContext* tls);

}  // namespace oidor::net::server

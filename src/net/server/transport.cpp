#include "net/server/transport.hpp"

#include <array>
#include <type_traits>
#include <utility>

#include <unistd.h>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

namespace oidor::net::server {

namespace asio = boost::asio;

class TlsContext::Impl {
  public:
    asio::ssl::context context{asio::ssl::context::tls_server};
};

namespace {

using boost::system::error_code;
// The concrete executor: the default one is polymorphic and costs an indirect call per event.
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using TlsStream = asio::ssl::stream<Socket>;

template <typename Stream>
class StreamTransport final : public Transport {
  public:
    template <typename... Args>
    explicit StreamTransport(Socket&& socket, Args&... args)
        : stream_(std::move(socket), args...) {}

    void set_events(TransportEvents& events) override { events_ = &events; }

    void handshake() override {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            stream_.async_handshake(
                asio::ssl::stream_base::server,
                [this](const error_code& error) { events_->on_handshake(!error); });
        } else {
            asio::post(stream_.get_executor(), [this] { events_->on_handshake(true); });
        }
    }

    void read(char* into, std::size_t size) override {
        stream_.async_read_some(asio::buffer(into, size),
                                [this](const error_code& error, std::size_t got) {
                                    events_->on_read(!error && got > 0, got);
                                });
    }

    void write(std::string_view first, std::string_view second) override {
        const std::array buffers = {asio::const_buffer(first.data(), first.size()),
                                    asio::const_buffer(second.data(), second.size())};
        asio::async_write(stream_, buffers, [this](const error_code& error, std::size_t /*sent*/) {
            events_->on_write(!error);
        });
    }

    void shutdown_send() override {
        // No close_notify: every answer states its length, so a cut one is seen anyway.
        error_code ignored;
        socket().shutdown(asio::socket_base::shutdown_send, ignored);
    }

    void close() override {
        error_code ignored;
        socket().close(ignored);
    }

  private:
    Socket& socket() {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }

    Stream stream_;
    TransportEvents* events_ = nullptr;
};

int choose_protocol(SSL* /*session*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void* /*argument*/) {
    static constexpr std::array<unsigned char, 9> kOurs = {8,   'h', 't', 't', 'p',
                                                           '/', '1', '.', '1'};
    // The library wants the result writable and does not write.
    auto** const chosen = const_cast<unsigned char**>(out);
    return SSL_select_next_proto(chosen, out_size, kOurs.data(), kOurs.size(), in, in_size) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::open(const std::string& certificate_file,
                                                     const std::string& private_key_file) {
    auto impl = std::make_unique<Impl>();
    auto& context = impl->context;
    error_code error;
    context.set_options(asio::ssl::context::default_workarounds |
                            asio::ssl::context::no_compression | asio::ssl::context::no_tlsv1 |
                            asio::ssl::context::no_tlsv1_1,
                        error);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context.native_handle(), choose_protocol, nullptr);
    context.use_certificate_chain_file(certificate_file, error);
    if (error) {
        return fail(ErrorCode::Invalid, "certificate file {}: {}", certificate_file,
                    error.message());
    }
    context.use_private_key_file(private_key_file, asio::ssl::context::pem, error);
    if (error) {
        return fail(ErrorCode::Invalid, "private key file {}: {}", private_key_file,
                    error.message());
    }
    if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
        return fail(ErrorCode::Invalid, "private key file {}: not the key of certificate {}",
                    private_key_file, certificate_file);
    }
    return std::unique_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

std::unique_ptr<Transport> make_transport(asio::io_context& context, int descriptor,
                                          const TlsContext* tls) {
    Socket socket(context.get_executor());
    error_code error;
    socket.assign(asio::ip::tcp::v4(), descriptor, error);  // The family is not used again.
    if (error) {
        ::close(descriptor);
        return nullptr;
    }
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    if (tls == nullptr) {
        return std::make_unique<StreamTransport<Socket>>(std::move(socket));
    }
    return std::make_unique<StreamTransport<TlsStream>>(std::move(socket), tls->impl().context);
}

}  // namespace oidor::net::server

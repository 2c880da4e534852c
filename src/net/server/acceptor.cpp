#include "net/server/acceptor.hpp"

#include <cerrno>
#include <chrono>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/server/listener.hpp"

namespace oidor::net::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds kPause{100};
constexpr unsigned kBatch = 32;
/// As many as may wait in the listening socket's queue.
constexpr unsigned kSweepMax = 4096;

}  // namespace

class Acceptor::Impl {
  public:
    Impl(asio::io_context& context, int listener, bool is_tls, Deal deal)
        : listener_(context, listener), pause_(context), is_tls_(is_tls), deal_(std::move(deal)) {}

    void wait() {
        listener_.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this](const error_code& error) {
                                 if (!error && !stopped_) {
                                     accept_some();
                                 }
                             });
    }

    void stop() {
        if (std::exchange(stopped_, true)) {
            return;
        }
        // Who has connected is served: closing the only listening socket resets its queue.
        for (unsigned i = 0; i < kSweepMax && accept_one() == Accepted::Yes; ++i) {
        }
        error_code ignored;
        listener_.close(ignored);
        pause_.cancel();
    }

  private:
    enum class Accepted { Yes, None, NoRoom };

    Accepted accept_one() {
        for (;;) {
            Peer peer{.address = {}, .port = 0, .is_tls = is_tls_};
            const int descriptor =
                accept_connection(listener_.native_handle(), peer.address, peer.port);
            if (descriptor >= 0) {
                deal_(descriptor, peer);
                return Accepted::Yes;
            }
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                return Accepted::NoRoom;
            }
            if (errno == EAGAIN || errno == EBADF || errno == EINVAL) {
                return Accepted::None;
            }
            // One that went away while it waited: the next.
        }
    }

    void accept_some() {
        for (unsigned i = 0; i < kBatch; ++i) {
            const auto accepted = accept_one();
            if (accepted == Accepted::NoRoom) {
                return wait_a_little();
            }
            if (accepted == Accepted::None) {
                break;
            }
        }
        wait();
    }

    /// Out of descriptors: the connection stays in the queue until one is free.
    void wait_a_little() {
        pause_.expires_after(kPause);
        pause_.async_wait([this](const error_code& error) {
            if (!error && !stopped_) {
                accept_some();
            }
        });
    }

    asio::posix::stream_descriptor listener_;
    asio::steady_timer pause_;
    const bool is_tls_;
    const Deal deal_;
    bool stopped_ = false;
};

Acceptor::Acceptor(asio::io_context& context, int listener, bool is_tls, Deal deal)
    : impl_(std::make_unique<Impl>(context, listener, is_tls, std::move(deal))) {}

Acceptor::~Acceptor() = default;

void Acceptor::start() { impl_->wait(); }

void Acceptor::stop() { impl_->stop(); }

}  // namespace oidor::net::server

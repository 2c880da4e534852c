#include "store/postgres/listener.hpp"

#include <array>
#include <cerrno>

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "store/postgres/back_off.hpp"
#include "store/postgres/in_use.hpp"

namespace oidor::store::postgres {

using namespace std::chrono_literals;

Result<std::unique_ptr<Listener>> Listener::open(const Target& target, Wakes& wakes) {
    std::unique_ptr<Listener> listener(new Listener(target, wakes));
    listener->signal_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (listener->signal_ < 0) {
        return fail(ErrorCode::Unavailable, "open the store: no file descriptor is left");
    }
    TRY(listener->listen());
    listener->thread_ = std::jthread([raw = listener.get()] {
        pthread_setname_np(pthread_self(), "store-listener");
        raw->loop();
    });
    return listener;
}

Listener::~Listener() {
    stopping_ = true;
    announce();
    if (thread_.joinable()) {
        thread_.join();
    }
    if (signal_ >= 0) {
        ::close(signal_);
    }
}

void Listener::announce() {
    wanted_ = true;
    // A counter that is full is as good a sign as one more.
    (void)::eventfd_write(signal_, 1);
}

Result<void> Listener::listen() {
    TRY_ASSIGN(auto connection, Connection::open(target_));
    TRY(share_store(*connection));
    // Each schema is a store of its own.
    TRY(connection->first("SELECT 'oidor_queued_' || md5(current_schema())",
                          [&](const sql::Row& row) { channel_ = row.text(0); }));
    // It only says and hears: nothing is lost when the server forgets a word.
    TRY(connection->execute("SET synchronous_commit = off; LISTEN " + channel_));
    connection_ = std::move(connection);
    return {};
}

void Listener::loop() {
    BackOff back_off(100ms, 5s);
    while (!stopping_) {
        if (connection_) {
            if (!serve()) {
                connection_.reset();
            }
            continue;
        }
        const auto pause = back_off.pause(Deadline::never());
        wait(static_cast<int>(pause.count()));
        if (!stopping_ && listen()) {
            back_off = BackOff(100ms, 5s);
            // Who knows what was said meanwhile.
            wakes_.call();
        }
    }
}

bool Listener::serve() {
    if (wanted_.exchange(false) && !stopping_ && !connection_->execute("NOTIFY " + channel_)) {
        return false;
    }
    if (PQconsumeInput(connection_->handle()) == 0) {
        return false;
    }
    bool heard = false;
    while (auto* notice = PQnotifies(connection_->handle())) {
        heard = heard || notice->be_pid != PQbackendPID(connection_->handle());
        PQfreemem(notice);
    }
    if (heard) {
        wakes_.call();
    }
    if (!wanted_ && !stopping_) {
        wait(-1);
    }
    return true;
}

void Listener::wait(int timeout_ms) {
    const int socket = connection_ ? PQsocket(connection_->handle()) : -1;
    std::array<pollfd, 2> waited = {pollfd{.fd = signal_, .events = POLLIN, .revents = 0},
                                    pollfd{.fd = socket, .events = POLLIN, .revents = 0}};
    // An interrupted wait is one that ended early.
    (void)::poll(waited.data(), waited.size(), timeout_ms);
    eventfd_t count = 0;
    (void)::eventfd_read(signal_, &count);
}

}  // namespace oidor::store::postgres

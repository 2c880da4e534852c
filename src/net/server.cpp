#include "net/server.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/assert.hpp"
#include "net/server/acceptor.hpp"
#include "net/server/listener.hpp"
#include "net/server/session.hpp"
#include "net/server/transport.hpp"

namespace oidor::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using server::Peer;
using server::Session;
using server::TlsContext;

constexpr auto kTick = 100ms;
constexpr unsigned kSlotBits = 24;
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
    "Content-Type: application/problem+json\r\nContent-Length: 127\r\n\r\n"
    R"({"type":"about:blank","title":"Service Unavailable","status":503,)"
    R"("detail":"too many connections are open","code":"Unavailable"})";

struct Counters {
    std::atomic<std::uint64_t> open = 0;
    std::atomic<std::uint64_t> accepted = 0;
    std::atomic<std::uint64_t> refused = 0;
    std::atomic<std::uint64_t> requests = 0;
    std::atomic<std::uint64_t> rejected = 0;
};

class Worker;

/// Brings answers from any thread to the worker's own. It outlives the worker while Responders
/// exist, and then throws their answers away. Answers that come together are taken in one go.
class Mailbox final : public ResponseTarget {
  public:
    explicit Mailbox(Worker& worker) : worker_(&worker) {}

    void answer(std::uint64_t ticket, Response&& response) override;
    /// The piece of a body has been taken.
    void resume(std::uint64_t ticket);
    void close() {
        const std::lock_guard lock(mutex_);
        worker_ = nullptr;
        answers_.clear();
    }
    /// Without a response: the session may go on reading.
    using Letter = std::pair<std::uint64_t, std::optional<Response>>;
    std::vector<Letter> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(answers_, {});
    }

  private:
    void put(std::uint64_t ticket, std::optional<Response> response);

    std::mutex mutex_;
    Worker* worker_;
    std::vector<Letter> answers_ = {};
};

/// The request whose handler runs on this thread right now: its answer needs no mailbox.
struct Running {
    const ResponseTarget* target = nullptr;
    std::uint64_t ticket = 0;
    std::optional<Response> response = {};
};
thread_local Running* running = nullptr;

/// One I/O thread with its sessions. Everything but `post_…` and the mailbox runs on that thread.
class Worker final : public server::SessionHost {
  public:
    Worker(const ServerOptions& options, const Handler& handler, const TlsContext* tls,
           Counters& counters)
        : options_(options),
          handler_(handler),
          tls_(tls),
          counters_(counters),
          mailbox_(std::make_shared<Mailbox>(*this)),
          context_(1),
          work_(context_.get_executor()),
          timer_(context_) {
        update_date();
    }

    asio::io_context& context() { return context_; }

    void run() {
        schedule_tick();
        context_.run();
        mailbox_->close();
    }

    /// Gives the worker a connected socket. From any thread.
    void post_connection(int descriptor, const Peer& peer) {
        asio::post(context_, [this, descriptor, peer] { adopt(descriptor, peer); });
    }
    void post_drain() {
        asio::post(context_, [this] { drain(); });
    }
    void post_abort() {
        asio::post(context_, [this] { abort(); });
    }
    void post_answers() {
        asio::post(context_, [this] { take_answers(); });
    }

    const ServerOptions& options() const override { return options_; }
    std::string_view date() const override { return date_; }
    bool draining() const override { return draining_; }
    void count_rejected() override { ++counters_.rejected; }
    std::uint64_t make_ticket(std::size_t slot) override {
        return (++requests_ << kSlotBits) | slot;
    }

    std::move_only_function<void()> make_resumer(std::uint64_t ticket) override {
        return [mailbox = mailbox_, ticket] { mailbox->resume(ticket); };
    }

    std::optional<Response> dispatch(Request&& request, std::uint64_t ticket) override {
        ++counters_.requests;
        Running frame{.target = mailbox_.get(), .ticket = ticket, .response = {}};
        running = &frame;
        try {
            handler_(std::move(request), Responder(mailbox_, ticket));
        } catch (...) {
            // A request's entry: the Responder has answered 500 while it was unwound.
            count_rejected();
        }
        running = nullptr;
        return std::move(frame.response);
    }

    void end_session(std::size_t slot) override {
        sessions_[slot].reset();
        free_slots_.push_back(slot);
        --counters_.open;
        finish_when_empty();
    }

  private:
    void adopt(int descriptor, const Peer& peer) {
        auto transport = server::make_transport(context_, descriptor, tls_);
        if (!transport || draining_) {
            --counters_.open;
            return;
        }
        if (free_slots_.empty()) {
            free_slots_.push_back(sessions_.size());
            sessions_.emplace_back();
        }
        const std::size_t slot = free_slots_.back();
        free_slots_.pop_back();
        sessions_[slot] = std::make_unique<Session>(*this, slot, std::move(transport), peer);
        sessions_[slot]->start();
    }

    void take_answers() {
        for (auto& [ticket, response] : mailbox_->take()) {
            const std::size_t slot = ticket & ((std::uint64_t{1} << kSlotBits) - 1);
            if (slot >= sessions_.size() || !sessions_[slot]) {
                continue;
            }
            if (response) {
                sessions_[slot]->answer(ticket, *std::move(response));
            } else {
                sessions_[slot]->resume(ticket);
            }
        }
    }

    template <typename Function>
    void for_each_session(Function function) {
        for (std::size_t slot = 0; slot < sessions_.size(); ++slot) {
            if (sessions_[slot]) {
                function(*sessions_[slot]);
            }
        }
    }

    void schedule_tick() {
        timer_.expires_after(kTick);
        timer_.async_wait([this](const error_code& error) {
            // A tick that was due already is not cancelled any more.
            if (error || finished_) {
                return;
            }
            update_date();
            const auto now = std::chrono::steady_clock::now();
            for_each_session([now](Session& session) { session.tick(now); });
            schedule_tick();
        });
    }

    void update_date() {
        const std::time_t now = std::time(nullptr);
        std::tm parts = {};
        gmtime_r(&now, &parts);
        std::array<char, 64> text = {};
        const std::size_t size =
            std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        date_.assign(text.data(), size);
    }

    void drain() {
        draining_ = true;
        for_each_session([](Session& session) { session.drain(); });
        finish_when_empty();
    }

    void abort() {
        draining_ = true;
        for_each_session([](Session& session) { session.abort(); });
        finish_when_empty();
    }

    void finish_when_empty() {
        if (draining_ && free_slots_.size() == sessions_.size()) {
            finished_ = true;
            timer_.cancel();
            work_.reset();
        }
    }

    const ServerOptions& options_;
    const Handler& handler_;
    const TlsContext* const tls_;
    Counters& counters_;
    const std::shared_ptr<Mailbox> mailbox_;  // Shared with Responders, which may live longer.
    std::vector<std::size_t> free_slots_ = {};
    std::uint64_t requests_ = 0;
    std::string date_ = {};
    bool draining_ = false;
    bool finished_ = false;
    // Before the sessions, whose sockets need it to the end.
    asio::io_context context_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    asio::steady_timer timer_;
    std::vector<std::unique_ptr<Session>> sessions_ = {};
};

void Mailbox::answer(std::uint64_t ticket, Response&& response) {
    if (running != nullptr && running->target == this && running->ticket == ticket) {
        running->response = std::move(response);
        return;
    }
    put(ticket, std::move(response));
}

void Mailbox::resume(std::uint64_t ticket) { put(ticket, std::nullopt); }

void Mailbox::put(std::uint64_t ticket, std::optional<Response> response) {
    const std::lock_guard lock(mutex_);
    if (worker_ == nullptr) {
        return;
    }
    answers_.emplace_back(ticket, std::move(response));
    if (answers_.size() == 1) {
        worker_->post_answers();  // With the lock held: the worker cannot go away meanwhile.
    }
}

class AsioServer final : public Server {
  public:
    AsioServer(ServerOptions options, Handler handler, std::unique_ptr<TlsContext> tls,
               server::Listener listener)
        : options_(std::move(options)),
          handler_(std::move(handler)),
          tls_(std::move(tls)),
          listener_(std::move(listener)) {
        for (unsigned i = 0; i < std::max(options_.io_threads, 1U); ++i) {
            workers_.push_back(std::make_unique<Worker>(options_, handler_, tls_.get(), counters_));
        }
        acceptor_ = std::make_unique<server::Acceptor>(
            workers_.front()->context(), listener_.descriptor, tls_ != nullptr,
            [this](int descriptor, const Peer& peer) { admit(descriptor, peer); });
    }
    ~AsioServer() override { stop(Deadline::after(0ms)); }

    void start() override {
        ASSERT(threads_.empty() && !stopped_, "a server is started once");
        acceptor_->start();
        running_ = workers_.size();
        for (auto& worker : workers_) {
            threads_.emplace_back([this, &worker = *worker] {
                worker.run();
                const std::lock_guard lock(mutex_);
                --running_;
                ended_.notify_all();
            });
        }
    }

    void stop(Deadline deadline) override {
        if (std::exchange(stopped_, true)) {
            return;
        }
        if (threads_.empty()) {
            acceptor_->stop();
            return;
        }
        asio::post(workers_.front()->context(), [this] {
            acceptor_->stop();
            // Behind the acceptor's end, so that each worker has seen all its connections.
            for (auto& worker : workers_) {
                worker->post_drain();
            }
        });
        {
            std::unique_lock lock(mutex_);
            const auto all_ended = [this] { return running_ == 0; };
            // Never: a plain wait, because the clock's last moment overflows inside.
            if (deadline.at() == Deadline::never().at()) {
                ended_.wait(lock, all_ended);
            } else if (!ended_.wait_until(lock, deadline.at(), all_ended)) {
                lock.unlock();
                for (auto& worker : workers_) {
                    worker->post_abort();
                }
            }
        }
        threads_.clear();  // Joins.
    }

    std::uint16_t port() const override { return listener_.address.port; }
    HostPort address() const override { return listener_.address; }
    int listener() const override { return listener_.descriptor; }
    ServerStats stats() const override {
        return {.connections_open = counters_.open,
                .connections_accepted = counters_.accepted,
                .connections_refused = counters_.refused,
                .requests = counters_.requests,
                .requests_rejected = counters_.rejected};
    }

  private:
    /// Deals connections out in turn. On the first worker's thread.
    void admit(int descriptor, const Peer& peer) {
        ++counters_.accepted;
        if (counters_.open.load() >= options_.connections_max) {
            ++counters_.refused;
            if (!peer.is_tls) {
                // One try: the socket's buffer is empty, and nobody waits for a client here.
                [[maybe_unused]] const auto sent =
                    ::send(descriptor, kFull.data(), kFull.size(), MSG_NOSIGNAL);
            }
            ::close(descriptor);
            return;
        }
        ++counters_.open;
        workers_[next_++ % workers_.size()]->post_connection(descriptor, peer);
    }

    const ServerOptions options_;
    const Handler handler_;
    const std::unique_ptr<TlsContext> tls_;
    const server::Listener listener_;  // The acceptor owns its descriptor.
    Counters counters_ = {};
    std::vector<std::unique_ptr<Worker>> workers_ = {};
    std::unique_ptr<server::Acceptor> acceptor_ = {};
    std::size_t next_ = 0;
    std::mutex mutex_ = {};
    std::condition_variable ended_ = {};
    std::size_t running_ = 0;
    bool stopped_ = false;
    std::vector<std::jthread> threads_ = {};
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(ServerOptions options, Handler handler) {
    std::unique_ptr<TlsContext> tls;
    if (options.certificate_file.empty() != options.private_key_file.empty()) {
        return fail(ErrorCode::Invalid, "listen {}: TLS needs a certificate and a private key file",
                    options.listen);
    }
    if (!options.certificate_file.empty()) {
        TRY_ASSIGN(tls, TlsContext::open(options.certificate_file, options.private_key_file));
    }
    TRY_ASSIGN(auto listener, server::open_listener(options.listen, options.listen_descriptor));
    try {
        return std::unique_ptr<Server>(std::make_unique<AsioServer>(
            std::move(options), std::move(handler), std::move(tls), std::move(listener)));
    } catch (const std::exception& error) {
        return fail(ErrorCode::Unavailable, "start the server: {}", error.what());
    }
}

}  // namespace oidor::net
